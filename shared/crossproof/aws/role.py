"""Takes a role with the job's token, and says what would let it where it may not."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from crossproof.aws.id_token import PAUSES, IdToken, IdTokens, Surroundings
from crossproof.aws.refusal import code, explained, passing
from crossproof.aws.trust import RoleArn, advice, shown
from crossproof.errors import CrossproofError, NoAccess

_ONE_HOUR = 3600  # what a role allows unless it was told otherwise
_KEYS_NOT_FETCHED = "retrieve verification key"  # STS could not reach GitHub for a moment; so with the code below


class Role:
    """A role that can be taken again and again."""

    def __init__(self, arn: RoleArn, name: str, id_tokens: IdTokens, sts: Any, around: Surroundings) -> None:
        """`sts` is a client that signs nothing and repeats nothing by itself; `name` appears in CloudTrail."""
        self.arn = arn
        self._name = name
        self._id_tokens = id_tokens
        self._sts = sts
        self._around = around

    def take(self) -> Mapping[str, Any]:
        """Give credentials (AccessKeyId, SecretAccessKey, SessionToken, Expiration), masked."""
        taken = self._asked(self._id_tokens.fetch())
        for secret in ("AccessKeyId", "SecretAccessKey", "SessionToken"):
            self._around.mask(str(taken[secret]))
        now, until = self._around.clock.now(), taken["Expiration"]
        if until <= now:
            raise NoAccess(
                f"The credentials of {self.arn.arn} have ended before they could be used.",
                why="This machine's clock is ahead of AWS's by an hour or more.",
                seen=f"valid until {until:%Y-%m-%d %H:%M:%S} UTC; here it is {now:%Y-%m-%d %H:%M:%S} UTC",
                fix="Correct the clock of the self-hosted runner (NTP).",
                anchor="oidc",
            )
        return taken

    def _asked(self, token: IdToken) -> Mapping[str, Any]:
        pauses = iter(PAUSES)
        while True:
            try:
                answer = self._sts.assume_role_with_web_identity(
                    RoleArn=self.arn.arn,
                    RoleSessionName=self._name,
                    WebIdentityToken=token.value.reveal(),
                    DurationSeconds=_ONE_HOUR,
                )
                return dict(answer["Credentials"])
            except (ClientError, BotoCoreError) as error:
                pause = next(pauses, None) if _may_pass(error) else None
                if pause is None:
                    raise self._refused(error, token.claims) from None
                word = code(error) if isinstance(error, ClientError) else type(error).__name__
                self._around.announce(f"AWS STS: {word}; asking again in {pause:.0f} s")
                self._around.clock.sleep(pause)

    def _refused(self, error: ClientError | BotoCoreError, claims: Mapping[str, str]) -> CrossproofError:
        """Explain by the claims: they are what a trust policy is compared with, and no secret."""
        doing = f"Taking the role {self.arn.arn}"
        plain = explained(error, doing)
        match code(error) if isinstance(error, ClientError) else "":
            case "AccessDenied":
                why = "The role does not exist, or its trust policy does not match what the job's token claims."
                fix = advice(self.arn, claims)
            case "InvalidIdentityToken":
                why = "The account has no identity provider for this issuer, or the provider lacks the audience."
                fix = (
                    f"In account {self.arn.account}, make an IAM identity provider for {claims.get('iss')} "
                    f"with audience {claims.get('aud')}. {advice(self.arn, claims)}"
                )
            case "ExpiredTokenException":
                why, fix = "The job's token lives for minutes only.", "Check the clock of a self-hosted runner."
            case _:
                return plain
        seen = f"{plain.seen}; the token claims {shown(claims)}"
        return NoAccess(f"{doing} was refused.", why=why, seen=seen, fix=fix, anchor="oidc")


def _may_pass(error: ClientError | BotoCoreError) -> bool:
    """A denial is final: asking twelve times, as other actions do, only hides it."""
    if isinstance(error, ClientError) and (code(error) == "IDPCommunicationError" or _KEYS_NOT_FETCHED in str(error)):
        return True
    return passing(error)
