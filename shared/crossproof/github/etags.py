"""Remembers the last answer for each credential and address, so that asking again is free while nothing changed."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace

from crossproof.github.access import Credential
from crossproof.github.answer import Answer

_KEPT = 256
_LARGEST_KEPT = 2 * 1024 * 1024

NOT_MODIFIED = 304


class ETags:
    """Answers by credential and address. An ETag belongs to the token it was given to (eclipse-csi/otterdog#201)."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._answers: OrderedDict[tuple[str, str], Answer] = OrderedDict()

    def condition(self, credential: Credential, address: str) -> Mapping[str, str]:
        """Give the header that makes a repeated question free."""
        known = self._answers.get((credential.mark, address))
        return {"If-None-Match": known.headers["etag"]} if known else {}

    def settle(self, credential: Credential, address: str, answer: Answer) -> Answer:
        """Turn "not modified" into the answer it stands for; remember a new one. Headers are always the newest."""
        key = (credential.mark, address)
        if answer.status == NOT_MODIFIED and (known := self._answers.get(key)):
            self._answers.move_to_end(key)
            return replace(known, headers={**known.headers, **answer.headers}, cached=True)
        # An outage page or half a body, once remembered, would come back with every "not modified".
        if answer.ok and "etag" in answer.headers and len(answer.text) <= _LARGEST_KEPT and answer.readable:
            self._answers[key] = answer
            self._answers.move_to_end(key)
            while len(self._answers) > _KEPT:
                self._answers.popitem(last=False)
        return answer
