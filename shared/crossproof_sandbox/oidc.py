"""The runner's endpoint for OIDC tokens: each job has its own bearer, and gets a token that says what it is."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from crossproof_sandbox.clock import Clock
from crossproof_sandbox.faults import Faults
from crossproof_sandbox.keys import key
from crossproof_sandbox.log import SECRET_HEADERS, Exchange, Log
from crossproof_sandbox.repository import Repository
from crossproof_sandbox.wire import Answer, Ending, LoopbackServer, Request

ISSUER = "https://token.actions.githubusercontent.com"
_LIFE = timedelta(minutes=5)
_BEFORE = timedelta(minutes=10)  # GitHub sets `nbf` so far back


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a token says of the job that asks for it."""

    repository: Repository
    ref: str = "refs/heads/main"
    event: str = "push"
    environment: str = ""
    actor: str = "octocat"
    workflow: str = ".github/workflows/ci.yml"
    run_id: int = 17_000_000_003

    @property
    def subject(self) -> str:
        """Write `sub`: an environment goes before an event, an event before a ref; values never contain a colon."""
        owner, name = self.repository.owner, self.repository
        place = f"repo:{name.full_name}"
        if self.repository.immutable_oidc_subject:
            place = f"repo:{owner.login}@{owner.id}/{name.name}@{name.id}"
        if self.environment:
            return f"{place}:environment:{self.environment.replace(':', '%3A')}"
        return f"{place}:pull_request" if self.event == "pull_request" else f"{place}:ref:{self.ref}"


class Oidc:
    """Serves the tokens; its faults and its log are like those of the API."""

    def __init__(self, clock: Clock, *, host: str) -> None:
        """Start serving on a port of its own."""
        self.faults = Faults()
        self.log = Log()
        self._clock = clock
        self._jobs: dict[str, Job] = {}
        self._server = LoopbackServer(self._answer, host=host)

    def close(self) -> None:
        """Stop serving."""
        self._server.close()

    @property
    def crashes(self) -> list[Exception]:
        """What went wrong in here."""
        return self._server.crashes

    def job(self, repository: Repository, **more: Any) -> dict[str, str]:
        """Begin a job with `id-token: write`: give the two variables that its runner sets."""
        bearer = f"sandbox-{secrets.token_hex(8)}"
        self._jobs[bearer] = Job(repository=repository, **more)
        return {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self._server.url}/token?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": bearer,
        }

    def _answer(self, request: Request) -> Answer:
        fault = self.faults.striking(request, self._clock.monotonic())
        answer = fault.instead(Answer()) if fault and fault.instead else self._serve(request)
        if fault and fault.after_accept:
            answer = fault.after_accept(answer)
        self.log.add(
            Exchange(
                at=self._clock.now(),
                method=request.method,
                path=request.path,
                operation="",
                query=request.query,
                headers={name: value for name, value in request.headers.items() if name not in SECRET_HEADERS},
                caller="job" if self._caller(request) else "refused",
                body=None,
                status=0 if answer.ending is Ending.RESET else answer.status,
                in_flight=request.in_flight,
                charged=False,
            )
        )
        return answer

    def _caller(self, request: Request) -> Job | None:
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        return self._jobs.get(bearer) if scheme.lower() == "bearer" else None

    def _serve(self, request: Request) -> Answer:
        job = self._caller(request)
        if job is None:
            return Answer.json({"message": "The bearer token is missing or unknown"}, status=401)
        if request.path != "/token" or request.query.get("api-version") != "2.0":
            return Answer.json({"message": "No such resource or api-version"}, status=404)
        token = self._token(job, request.query.get("audience", f"https://github.com/{job.repository.owner.login}"))
        return Answer.json({"count": len(token), "value": token})

    def _token(self, job: Job, audience: str) -> str:
        import jwt  # noqa: PLC0415 - cryptography is 60 ms that most tests never need

        now = self._clock.now()
        repository = job.repository
        times = {"nbf": now - _BEFORE, "iat": now, "exp": now + _LIFE}
        claims = {
            "jti": secrets.token_hex(8),
            "sub": job.subject,
            "aud": audience,
            "iss": ISSUER,
            **{name: int(moment.timestamp()) for name, moment in times.items()},
            "repository": repository.full_name,
            "repository_id": str(repository.id),
            "repository_owner": repository.owner.login,
            "repository_owner_id": str(repository.owner.id),
            "repository_visibility": "private" if repository.private else "public",
            "ref": job.ref,
            "ref_type": "tag" if job.ref.startswith("refs/tags/") else "branch",
            "sha": repository.head.sha,
            "event_name": job.event,
            "actor": job.actor,
            "workflow": job.workflow,
            "workflow_ref": f"{repository.full_name}/{job.workflow}@{job.ref}",
            "job_workflow_ref": f"{repository.full_name}/{job.workflow}@{job.ref}",
            "run_id": str(job.run_id),
            "run_attempt": "1",
            "runner_environment": "github-hosted",
            **({"environment": job.environment} if job.environment else {}),
        }
        return jwt.encode(claims, key(-1), algorithm="RS256", headers={"kid": "sandbox"})
