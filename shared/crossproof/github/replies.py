"""Sends the one request that starts something, and tells its answer in the dispatch's own words."""

from crossproof.dispatch.sending import Reply, Silence
from crossproof.github.answer import MaybeSent, NotSent
from crossproof.github.api import Api

_SERVER_TROUBLE = 500


def reply_to(api: Api, path: str, body: object = None) -> Reply | Silence:
    """Send it once. A refusal is explained with its remedy, which may take a look at the repository."""
    try:
        answer = api.send("POST", path, body)
    except NotSent as error:
        return Silence(error, left=False)
    except MaybeSent as error:
        return Silence(error, left=True)
    limit = api.limit(answer)
    explained = not answer.ok and answer.status < _SERVER_TROUBLE
    return Reply(
        status=answer.status,
        text=answer.text,
        shown=answer.shown,
        broken=bool(answer.broken),
        at=answer.at,
        limited_for=limit.after if limit else None,
        error=api.refused(answer) if explained else None,
    )
