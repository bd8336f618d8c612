"""Says why Slack refused, and what to change, by the word that it answers with."""

from collections.abc import Mapping
from typing import Any

from crossproof.errors import CrossproofError, NoAccess, Unreachable
from crossproof.telling.messages import Unanswered
from crossproof.units import clip
from crossproof.verdict import BAD_INPUT

# "It's possible some aspect of the operation succeeded before the error was raised" (docs.slack.dev, chat.postMessage).
_DOUBTFUL = frozenset({"internal_error", "fatal_error", "request_timeout", "service_unavailable"})
_NEW_ONE = "Make a new bot token on the app's page, and store it as the secret that `slack_token` reads."
_INVITE = "Invite the app into the channel: type `/invite @its-name` there."
_ANOTHER = "Choose another channel for `slack_channel`."
_FIXES = {
    **dict.fromkeys(("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"), _NEW_ONE),
    "not_allowed_token_type": "Pass the app's bot token, which begins with `xoxb-`.",
    "not_in_channel": _INVITE,
    "channel_not_found": f"Check the channel's id; an app sees a private channel only from inside. {_INVITE}",
    "is_archived": _ANOTHER,
    "channel_is_archived": _ANOTHER,
    "no_service": "The webhook was removed: make a new one and store its address as the secret.",
    "restricted_action": "Ask a workspace admin to let the app post there.",
    "action_prohibited": "Ask a workspace admin to let the app post there.",
}


def refusal(method: str, answer: Mapping[str, Any]) -> CrossproofError:
    """Turn an answer that is not ok into an error with its remedy."""
    word = str(answer.get("error") or "no reason")
    seen = f"{method} was answered {clip(word)}"
    if word in _DOUBTFUL:
        return Unanswered(
            f"Slack answered {word} to {method}.", why="Some of it may be done.", seen=seen, anchor="slack"
        )
    if word == "missing_scope":
        needed = str(answer.get("needed") or "another scope")
        return NoAccess(
            f"The Slack app may not do {method}.",
            why=f"Its token has the scopes {clip(str(answer.get('provided') or ''), 200)}.",
            seen=seen,
            fix=f"Add the scope {clip(needed)} on the app's page, install it again, and store its new token.",
            anchor="slack",
        )
    if word in _FIXES:
        return NoAccess(f"Slack refuses {method}: {word}.", seen=seen, fix=_FIXES[word], anchor="slack")
    said = answer.get("response_metadata")
    more = f"; {clip(str(said.get('messages')), 300)}" if isinstance(said, Mapping) and said.get("messages") else ""
    return CrossproofError(
        f"Slack refuses {method} as it was sent: {clip(word)}.",
        seen=seen + more,
        fix="Open an issue with this message: what was sent should be acceptable to any Slack.",
        anchor="slack",
        reason=Unreachable.reason if word == "no reason" else BAD_INPUT,
    )
