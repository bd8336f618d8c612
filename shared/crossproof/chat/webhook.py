"""Posts through a Slack webhook: one message per run, into a channel that shows us nothing."""

import re

from crossproof.addresses import may_be_asked
from crossproof.chat.refusal import refusal
from crossproof.chat.transport import SENDABLE, Hook
from crossproof.clock import Clock
from crossproof.errors import BadCall, Fault, RateLimited
from crossproof.telling.messages import Standing, Unanswered
from crossproof.telling.notice import Notice
from crossproof.telling.wording import as_slack
from crossproof.units import SecretStr, clip

_OK = 200
_PATIENCE = 90.0
_WORD = re.compile(r"[a-z_]{1,60}")


class Webhook:
    """One address to post to."""

    name = "Slack webhook"
    memory = None

    def __init__(self, url: SecretStr, clock: Clock) -> None:
        """Refuse what is no address, without quoting it: whoever knows it may post."""
        if not SENDABLE.fullmatch(url.reveal()) or not may_be_asked(url.reveal()):
            raise BadCall([Fault("slack_webhook", "is no plain https URL; check how the secret was stored")])
        self._hook, self._clock = Hook(url.reveal()), clock

    def post(self, notice: Notice) -> Standing:
        """Post once; a limit that refused it is waited out, since then nothing was posted."""
        start = self._clock.monotonic()
        while True:
            try:
                answer = self._hook.send_dict({**as_slack(notice), "unfurl_links": False, "unfurl_media": False})
            except RateLimited as limit:
                if self._clock.monotonic() - start + limit.after > _PATIENCE:
                    raise
                self._clock.sleep(limit.after)
                continue
            said = answer.body.strip()
            if answer.status_code == _OK and said != "ok":  # a proxy's page is no Slack's answer
                raise Unanswered("The webhook's answer is not Slack's.", seen=clip(said), anchor="slack")
            if answer.status_code != _OK:
                word = said if _WORD.fullmatch(said) else f"status {answer.status_code}"
                raise refusal("the webhook", {"error": word})
            return Standing(id="", stamp=notice.stamp)
