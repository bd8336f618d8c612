"""Reads the name of a registry, and says whose it is: an account's ECR in a region, or any registry that speaks OCI."""

import re
from dataclasses import dataclass

from crossproof.addresses import is_this_machine
from crossproof.units import clip

# Amazon's forms: the older one, its FIPS and China variants, and the dual-stack one (`dkr-ecr`, `on.aws`).
_ECR = re.compile(
    r"(?P<account>\d{12})\.(?:dkr\.ecr(?P<fips>-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?"
    r"|dkr-ecr(?P<fips6>-fips)?\.(?P<region6>[a-z0-9-]+)\.on\.(?:aws|amazonwebservices\.com\.cn))",
    re.ASCII,
)
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?P<name>{_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:]+\])(?::(?P<port>\d{{1,5}}))?", re.ASCII)
_DOCKER_HUB = {"docker.io", "index.docker.io", "registry-1.docker.io"}


@dataclass(frozen=True, slots=True)
class Ecr:
    """Whose private registry it is, and where; read from the host, never from the surroundings' region."""

    account: str
    region: str
    fips: bool = False


@dataclass(frozen=True, slots=True)
class Registry:
    """A registry by the host that images are named with."""

    host: str
    ecr: Ecr | None = None

    @classmethod
    def parse(cls, text: str) -> "Registry":
        """Read a host; a masked one, a URL or one with a path is refused with the form that is meant."""
        host = text.strip().rstrip("/").lower()
        if "***" in host:
            raise ValueError(
                f"{clip(text)} was masked on its way here: amazon-ecr-login and configure-aws-credentials mask the "
                "account id; set their `mask-aws-account-id: false`, or write the registry as a variable"
            )
        if "://" in host or "/" in host:
            raise ValueError(
                f"{clip(text)} is more than a host; write only HOST[:PORT], the path is `image_repository`"
            )
        found = _HOST.fullmatch(host)
        named = found and ("." in found["name"] or found["port"] or found["name"] == "localhost" or "[" in host)
        if not found or not named or int(found["port"] or 1) > 65535:  # noqa: PLR2004
            raise ValueError(f"{clip(text)} is no registry; write its host, such as ghcr.io or localhost:5000")
        return cls(host, _ecr_of(host))

    @property
    def base_url(self) -> str:
        """Where its API answers; in clear only on this machine."""
        found = _HOST.fullmatch(self.host)
        local = found and is_this_machine(found["name"].strip("[]"))
        host = "registry-1.docker.io" if self.host in _DOCKER_HUB else self.host
        return f"{'http' if local else 'https'}://{host}"

    def path_of(self, repository: str) -> str:
        """Give the name that the API knows a repository by; Docker Hub keeps its own below `library/`."""
        return f"library/{repository}" if self.host in _DOCKER_HUB and "/" not in repository else repository

    def __str__(self) -> str:
        """Write the host."""
        return self.host


def _ecr_of(host: str) -> Ecr | None:
    found = _ECR.fullmatch(host)
    if not found:
        return None
    return Ecr(found["account"], found["region"] or found["region6"], bool(found["fips"] or found["fips6"]))
