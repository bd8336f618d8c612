"""Reads, previews and sets how long one repository of ECR keeps its images."""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from crossproof.aws.ecr import EcrRegistry
from crossproof.aws.refusal import code, explained
from crossproof.aws.session import Aws
from crossproof.clock import Clock
from crossproof.errors import CrossproofError
from crossproof.images import manifests
from crossproof.images.hosts import Ecr
from crossproof.images.lifecycle import Doomed
from crossproof.probe import Absent, Present, Probe, Unknown

_PAUSE, _TRIES = 5.0, 20  # as botocore's own waiter for the preview


class EcrLifecycle:
    """One repository's policy."""

    def __init__(self, aws: Aws, ecr: Ecr, repository: str, *, clock: Clock, say: Callable[[str], None]) -> None:
        """Ask as somebody who may see to the repository."""
        self._images = EcrRegistry(aws, ecr)
        self._client = aws.client("ecr", region_name=ecr.region, use_fips_endpoint=ecr.fips)
        self._name = repository
        self._where = {"registryId": ecr.account, "repositoryName": repository}
        self._clock = clock
        self._say = say

    def current(self) -> Probe[str]:
        """Read the policy in force; only ECR's own word says that there is none."""
        try:
            return Present(str(self._client.get_lifecycle_policy(**self._where)["lifecyclePolicyText"]))
        except (BotoCoreError, ClientError) as error:
            if isinstance(error, ClientError) and code(error) == "LifecyclePolicyNotFoundException":
                return Absent("ECR says LifecyclePolicyNotFound")
            return Unknown.of(self._explained(error, "GetLifecyclePolicy"))

    def preview(self, policy: str) -> Probe[tuple[Doomed, ...]]:
        """Let ECR work out what a policy would remove, and wait for it."""
        try:
            self._client.start_lifecycle_policy_preview(**self._where, lifecyclePolicyText=policy)
            for _ in range(_TRIES):
                pages = self._client.get_paginator("get_lifecycle_policy_preview").paginate(**self._where)
                answers = list(pages)
                states = {str(answer["status"]) for answer in answers}
                if states == {"COMPLETE"}:
                    return Present(tuple(_doomed(each) for answer in answers for each in answer["previewResults"]))
                if states != {"IN_PROGRESS"}:
                    return Unknown(f"ECR's preview ended as {', '.join(sorted(states))}")
                self._say(f"ECR works out the preview; asking again in {_PAUSE:.0f} s")
                self._clock.sleep(_PAUSE)
        except (BotoCoreError, ClientError) as error:
            return Unknown.of(self._explained(error, "StartLifecyclePolicyPreview and GetLifecyclePolicyPreview"))
        return Unknown(f"ECR did not finish the preview within {_PAUSE * _TRIES:.0f} s")

    def parts(self) -> Probe[Mapping[str, str]]:
        """List the parts of all tagged indexes; an index that cannot be read leaves everything unknown."""
        try:
            pages = self._client.get_paginator("list_images").paginate(**self._where, filter={"tagStatus": "TAGGED"})
            digests = sorted({each["imageDigest"] for page in pages for each in page["imageIds"]})
        except (BotoCoreError, ClientError) as error:
            return Unknown.of(self._explained(error, "ListImages"))
        found: dict[str, str] = {}
        for stored in self._images.look(self._name, digests).values():
            read = manifests.manifest(stored.value) if isinstance(stored, Present) else stored
            if isinstance(read, Unknown):
                return read
            if isinstance(read, Present):  # one that is absent was removed while we looked
                found |= dict.fromkeys(read.value.parts, read.value.digest)
        return Present(found)

    def put(self, policy: str) -> None:
        """Put a policy in force; the same one twice is the same."""
        try:
            self._client.put_lifecycle_policy(**self._where, lifecyclePolicyText=policy)
        except (BotoCoreError, ClientError) as error:
            raise self._explained(error, "PutLifecyclePolicy") from None

    def _explained(self, error: BotoCoreError | ClientError, action: str) -> CrossproofError:
        return explained(error, f"ecr:{action} on {self._name}")


def _doomed(entry: Mapping[str, Any]) -> Doomed:
    tags = tuple(entry.get("imageTags", ()))
    return Doomed(digest=str(entry["imageDigest"]), tags=tags, rule=int(entry.get("appliedRulePriority", 0)))
