"""Shows doctor who AWS says we are and what answers, by requests that can change nothing."""

from collections.abc import Callable, Mapping

from botocore.exceptions import BotoCoreError, ClientError

from crossproof.aws.id_token import IdTokens
from crossproof.aws.refusal import explained
from crossproof.aws.session import Aws
from crossproof.aws.trust import SHOWN
from crossproof.doctor.seen import Caller
from crossproof.errors import CrossproofError, NoAccess
from crossproof.probe import Present, Probe, Unknown

# One reading for each service, which least-privilege roles may well be denied: then it proves reach, not permission.
_READS = {
    "ecr": ("ecr", "get_authorization_token"),
    "s3": ("s3", "list_buckets"),
    "secretsmanager": ("secretsmanager", "list_secrets"),
    "ssm": ("ssm", "describe_parameters"),
}


class AwsEyes:
    """What a role, or the ambient credentials, let us see."""

    def __init__(self, open_aws: Callable[[], Aws], id_tokens: IdTokens) -> None:
        """`open_aws` is called once, at the first look: that a role may not be taken is a finding."""
        self._open = open_aws
        self._id_tokens = id_tokens
        self._opened: Aws | CrossproofError | None = None

    def claims(self) -> Probe[Mapping[str, str]]:
        """Read what the job's own token says of the job."""
        try:
            claims = self._id_tokens.fetch().claims
        except CrossproofError as error:
            return Unknown.of(error)
        return Present({name: claims[name] for name in SHOWN if claims.get(name)})

    def caller(self) -> Probe[Caller]:
        """Ask who we are; AWS lets everybody."""
        try:
            answer = self._aws().client("sts").get_caller_identity()
        except CrossproofError as error:
            return Unknown.of(error)
        except (BotoCoreError, ClientError) as error:
            return Unknown.of(explained(error, "Asking AWS who we are"))
        return Present(Caller(account=str(answer["Account"]), arn=str(answer["Arn"])))

    def reach(self, service: str) -> Probe[str]:
        """Try the service. A denial is no proof of lack: it is about this reading, not about what an action needs."""
        if service not in _READS:
            return Unknown(f"doctor knows no harmless way to try {service}")
        name, reading = _READS[service]
        try:
            getattr(self._aws().client(name), reading)()
        except CrossproofError as error:
            return Unknown.of(error)
        except (BotoCoreError, ClientError) as error:
            why = explained(error, f"Trying {service} by {reading}")
            denied = isinstance(why, NoAccess) and isinstance(error, ClientError)
            return Unknown(f"{service} answers, but {why.seen}", why.fix, why) if denied else Unknown.of(why)
        return Present(f"{reading} was answered")

    def _aws(self) -> Aws:
        if self._opened is None:
            try:
                self._opened = self._open()
            except CrossproofError as error:
                self._opened = error
        if isinstance(self._opened, CrossproofError):
            raise self._opened
        return self._opened
