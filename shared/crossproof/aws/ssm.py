"""Reads parameters from SSM, ten a request, and tells apart what is missing from what is forbidden."""

from collections.abc import Callable, Sequence

from botocore.exceptions import BotoCoreError, ClientError

from crossproof.aws.refusal import explained
from crossproof.aws.session import Aws
from crossproof.tiers.fetching import Parameters
from crossproof.units import SecretStr

_REFERENCE = "/aws/reference/secretsmanager/"
_AT_ONCE = 10  # GetParameters takes no more names


class SsmParameters:
    """The parameters of an account, and through references the secrets of Secrets Manager."""

    def __init__(self, open_aws: Callable[[], Aws], mask: Callable[[str], None]) -> None:
        """AWS is opened when something is asked for; each value is masked before anybody else has it."""
        self._open, self._mask = open_aws, mask

    def fetch(self, names: Sequence[str]) -> Parameters:
        """Ask for all. Unknown names come with status 200 in a list of their own (others read over it)."""
        ssm = self._open().client("ssm")
        values: dict[str, SecretStr] = {}
        missing: list[str] = []
        plain: list[str] = []
        for start in range(0, len(names), _AT_ONCE):
            asked = list(names[start : start + _AT_ONCE])
            try:
                answer = ssm.get_parameters(Names=asked, WithDecryption=True)
            except (ClientError, BotoCoreError) as error:
                raise explained(error, f"Reading {len(asked)} SSM parameters") from None
            for parameter in answer["Parameters"]:
                self._mask(parameter["Value"])
                for name in asked:
                    if name in _names(parameter):
                        values[name] = SecretStr(parameter["Value"])
                        plain += [name] if parameter["Type"] == "String" else []
            missing += [name for name in asked if name in answer.get("InvalidParameters", [])]
            missing += [name for name in asked if name not in values and name not in missing]
        return Parameters(values=values, missing=missing, plain=plain)


def _names(parameter: dict[str, str]) -> set[str]:
    """List the ways in which a parameter may have been asked for."""
    name, selector = parameter["Name"], parameter.get("Selector", "")
    if parameter.get("SourceResult"):  # a secret of Secrets Manager; AWS names it by the reference, moto by itself
        return {name if name.startswith(_REFERENCE) else f"{_REFERENCE}{name}"}
    versioned = {f"{name}:{parameter.get('Version', '')}", f"{name}{selector}", f"{name}:{selector.lstrip(':')}"}
    return {name, parameter.get("ARN", name), *versioned}
