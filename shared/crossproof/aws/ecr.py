"""Reads images from ECR with what every pull role may do, and says which permission is missing where one is."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, ClientError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from crossproof.addresses import may_be_asked
from crossproof.aws.refusal import code, explained
from crossproof.aws.session import Aws
from crossproof.errors import BadCall, CrossproofError, Fault
from crossproof.images.hosts import Ecr
from crossproof.images.manifests import ACCEPTED, Stored
from crossproof.images.tags import is_digest, is_tag
from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.units import clip

_AT_ONCE = 100  # image ids that one BatchGetImage takes
_OK = 200


class EcrRegistry:
    """One account's registry in one region, both read from its host."""

    def __init__(self, aws: Aws, ecr: Ecr) -> None:
        """Ask as somebody who may pull."""
        self._ecr = ecr
        self._client = aws.client("ecr", region_name=ecr.region, use_fips_endpoint=ecr.fips)
        self.asked = 0
        self._client.meta.events.register("before-send.ecr", self._count)

    def look(self, repository: str, references: Sequence[str]) -> Mapping[str, Probe[Stored]]:
        """Read what tags and digests name: up to a hundred in one call."""
        found: dict[str, Probe[Stored]] = {}
        askable = [reference for reference in references if is_tag(reference) or is_digest(reference)]
        for start in range(0, len(askable), _AT_ONCE):
            found |= self._batch(repository, askable[start : start + _AT_ONCE])
        refused = {each: Absent(f"{clip(each)} can be no tag: no registry knows it") for each in references}
        return refused | found

    def blob(self, repository: str, digest: str) -> Probe[bytes]:
        """Read a blob from where ECR keeps it, by a signed address and with no credential of ours."""
        try:
            answer = self._client.get_download_url_for_layer(
                registryId=self._ecr.account, repositoryName=repository, layerDigest=digest
            )
        except (BotoCoreError, ClientError) as error:
            if isinstance(error, ClientError) and code(error) == "LayersNotFoundException":
                return Absent(f"ECR has no {digest}")
            return Unknown.of(self._explained(error, "GetDownloadUrlForLayer", repository))
        return self._downloaded(str(answer["downloadUrl"]), digest)

    def _batch(self, repository: str, references: Sequence[str]) -> dict[str, Probe[Stored]]:
        ids = [{"imageDigest" if is_digest(each) else "imageTag": each} for each in references]
        try:
            answer = self._client.batch_get_image(
                registryId=self._ecr.account,
                repositoryName=repository,
                imageIds=ids,
                acceptedMediaTypes=list(ACCEPTED),
            )
        except (BotoCoreError, ClientError) as error:
            unknown = Unknown.of(self._explained(error, "BatchGetImage", repository))
            return dict.fromkeys(references, unknown)
        found: dict[str, Probe[Stored]] = {}
        for failure in answer.get("failures", []):
            found |= dict.fromkeys(_named(failure, references), _failed(failure))
        for image in answer.get("images", []):
            found |= dict.fromkeys(_named(image, references), _stored(image))
        return found | self._left(repository, references, found, answer)

    def _left(
        self, repository: str, references: Sequence[str], found: Mapping[str, object], answer: Mapping[str, Any]
    ) -> dict[str, Probe[Stored]]:
        """An image with several tags may be answered under another of them: ask alone, then there is no doubt."""
        left = [reference for reference in references if reference not in found]
        if len(references) > 1:
            return {name: stored for each in left for name, stored in self._batch(repository, [each]).items()}
        images = answer.get("images", [])
        silent = Unknown("ECR answered BatchGetImage without a word on what was asked")
        return {each: _stored(images[0]) if len(images) == 1 and is_tag(each) else silent for each in left}

    def _downloaded(self, url: str, digest: str) -> Probe[bytes]:
        if not may_be_asked(url):
            return Unknown("ECR leads to an address without https")
        try:
            http = URLLib3Session(timeout=(10, 60), proxies=get_environ_proxies(url))
            answer = http.send(AWSRequest("GET", url, {}).prepare())
        except BotoCoreError as error:  # its text would show the address, which is a credential
            return Unknown(f"{digest} could not be downloaded from ECR's storage: {type(error).__name__}")
        if answer.status_code != _OK:
            return Unknown(f"ECR's storage answered {answer.status_code} for {digest}")
        if f"sha256:{sha256(answer.content).hexdigest()}" != digest:
            return Unknown(f"what ECR's storage sent as {digest} has another digest")
        return Present(bytes(answer.content))

    def _explained(self, error: BotoCoreError | ClientError, action: str, repository: str) -> CrossproofError:
        where = f"{repository} of account {self._ecr.account} in {self._ecr.region}"
        if isinstance(error, ClientError) and code(error) == "RepositoryNotFoundException":
            said = f"ECR has no repository {where}; create it, or name the one that has the images"
            return BadCall([Fault("image_repository", said)])
        return explained(error, f"ecr:{action} on {where}")

    def _count(self, **_: Any) -> None:
        self.asked += 1


def _named(entry: Mapping[str, Any], asked: Sequence[str]) -> list[str]:
    """Say which of our questions an entry answers."""
    named = entry.get("imageId", {})
    return [named[key] for key in ("imageTag", "imageDigest") if named.get(key) in asked]


def _failed(failure: Mapping[str, Any]) -> Absent | Unknown:
    """Only one of ECR's reasons says that the image is not there; the others say that it cannot be had now."""
    why, said = failure.get("failureCode", ""), clip(str(failure.get("failureReason", "")), 200)
    if why == "ImageNotFound":
        return Absent("ECR says ImageNotFound")
    return Unknown(f"ECR says {why}: {said}", "Look at the image in ECR; one that was archived must be restored first.")


def _stored(image: Mapping[str, Any]) -> Probe[Stored]:
    content = str(image.get("imageManifest", "")).encode()
    digest = f"sha256:{sha256(content).hexdigest()}"
    told = image.get("imageId", {}).get("imageDigest")
    if told != digest:
        return Unknown(f"ECR says that the image is {told}, but the manifest it sent is {digest}")
    return Present(Stored(content, str(image.get("imageManifestMediaType", "")), digest))
