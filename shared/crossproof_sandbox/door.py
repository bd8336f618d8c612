"""The front door: what happens to every request before and after its operation, in the order GitHub does it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import format_datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from crossproof_sandbox.accounts import App, Caller, Kind, Token, level_of
from crossproof_sandbox.call import Call
from crossproof_sandbox.description import Description, Violation
from crossproof_sandbox.limits import Budget
from crossproof_sandbox.log import SECRET_HEADERS, Exchange
from crossproof_sandbox.refusal import Refused, not_found
from crossproof_sandbox.repository import Repository
from crossproof_sandbox.routing import Operation, Routes
from crossproof_sandbox.wire import Answer, Ending, Request

if TYPE_CHECKING:
    from crossproof_sandbox.sandbox import Sandbox

OLD_VERSION = "2022-11-28"  # what a request without a version gets
_DESCRIPTION = Description()  # its compiled validators serve every sandbox of a process
_FREE = {"/rate_limit"}


@dataclass(kw_only=True)
class _Visit:
    """What is known so far about the request being served."""

    request: Request
    caller: Caller = None
    refused_caller: bool = False
    budget: Budget | None = None
    operation: Operation | None = None
    version: str = OLD_VERSION
    charged: bool = False
    faults: list[str] = field(default_factory=list)

    @property
    def label(self) -> str:
        match self.caller:
            case Token():
                return self.caller.label
            case App():
                return f"app:{self.caller.slug}"
            case None:
                return "refused" if self.refused_caller else "anonymous"


class Door:
    """Answers one request."""

    def __init__(self, sandbox: "Sandbox") -> None:
        """Stand before one sandbox."""
        self._sandbox = sandbox
        self._routes = Routes()
        self._numbers = count(1)

    def __call__(self, request: Request) -> Answer:
        """Serve, spoil if asked to, and write it down."""
        visit = _Visit(request=request)
        with self._sandbox.lock:
            self._sandbox.settle()
            fault = self._sandbox.faults.striking(request, self._sandbox.clock.monotonic())
            if fault and fault.before:
                fault.before()
                visit.faults.append("before")
            if fault and fault.instead:
                answer = fault.instead(Answer())
                visit.faults.append("instead")
            else:
                answer = self._answer(visit)
            if fault and fault.after_accept:
                answer = fault.after_accept(answer)
                visit.faults.append("after_accept")
            self._finish(visit, answer)
            self._write_down(visit, answer)
        return answer

    def _answer(self, visit: _Visit) -> Answer:
        try:
            answer = self._carry_out(visit)
        except Refused as refusal:
            answer = refusal.answer()
        self._check_answer(visit, answer)
        return self._conditional(visit, answer)

    def _carry_out(self, visit: _Visit) -> Answer:
        request, sandbox = visit.request, self._sandbox
        visit.version = self._version(request.headers.get("x-github-api-version", ""))
        self._identify(visit)
        sandbox.limits.check_secondary(request.method, request.in_flight, sandbox.clock.now())
        if visit.budget and request.path not in _FREE:
            sandbox.limits.check_primary(visit.budget, visit.label)
        path = self._path(request)
        found = self._routes.find("GET" if request.method == "HEAD" else request.method, path)
        if not found:
            raise not_found()
        visit.operation, params = found
        repository = self._repository(visit, params, path) if "owner" in params else None
        self._permit(visit, visit.operation, repository)
        call = Call(
            sandbox=sandbox,
            operation=visit.operation,
            path=path,
            params=params,
            query=request.query,
            body=_body(request),
            caller=visit.caller,
            version=visit.version,
            now=sandbox.server.now(),
            repository=repository,
        )
        self._check_request(call)
        return visit.operation.handle(call)

    def _version(self, asked: str) -> str:
        supported = self._sandbox.versions
        if asked and asked not in supported:
            listed = ", ".join(f'"{version}"' for version in supported)
            raise Refused(
                400,
                f'The version you specified in the "X-GitHub-API-Version" request header, "{asked}", is not a '
                f"supported version. The following versions are currently supported: {listed}.",
            )
        return asked or OLD_VERSION

    def _identify(self, visit: _Visit) -> None:
        sandbox = self._sandbox
        try:
            visit.caller = sandbox.accounts.caller(visit.request.headers.get("authorization", ""), sandbox.server.now())
        except Refused:
            visit.refused_caller = True
            raise
        visit.budget = sandbox.budget_of(visit.caller)

    def _path(self, request: Request) -> str:
        base = "" if self._sandbox.flavour == "dotcom" else "/api/v3"
        if not request.path.startswith(base):
            raise not_found()
        path = request.path.removeprefix(base).rstrip("/") or "/"
        first, _, rest = path.removeprefix("/repositories/").partition("/")
        if path.startswith("/repositories/"):  # where redirects from an old name lead
            for repository in self._sandbox.repositories.values():
                if str(repository.id) == first:
                    return f"/repos/{repository.full_name}" + (f"/{rest}" if rest else "")
            raise not_found()
        return path

    def _repository(self, visit: _Visit, params: Mapping[str, str], path: str) -> Repository:
        sandbox = self._sandbox
        name = f"{params['owner']}/{params['repo']}".lower()
        if name in sandbox.renamed:
            repository = sandbox.repositories[sandbox.renamed[name]]
            if self._sees(visit.caller, repository):
                self._redirect(visit, repository, "/".join(path.split("/")[4:]))
        found = sandbox.repositories.get(name)
        if found is None or not self._sees(visit.caller, found):
            raise not_found()
        return found

    def _redirect(self, visit: _Visit, repository: Repository, rest: str) -> None:
        location = f"{self._sandbox.url}/repositories/{repository.id}" + (f"/{rest}" if rest else "")
        if visit.request.method in {"GET", "HEAD"}:
            raise Refused(301, "Moved Permanently", headers={"Location": location})
        raise Refused(307, "Temporary Redirect", headers={"Location": location})

    def _sees(self, caller: Caller, repository: Repository) -> bool:
        match caller:
            case Token():
                hidden = repository.private and caller.kind is Kind.CLASSIC and "repo" not in caller.scopes
                return (caller.sees(repository.full_name) and not hidden) or not repository.private
            case App():
                return True  # an App's own token asks only for its installation
            case None:
                return not repository.private

    def _permit(self, visit: _Visit, operation: Operation, repository: Repository | None) -> None:
        caller = visit.caller
        if operation.as_app:
            if not isinstance(caller, App):
                raise Refused(401, "A JSON web token could not be decoded")
        elif isinstance(caller, App):
            raise Refused(403, "Resource not accessible by integration")
        elif operation.needs and repository is not None:
            self._permit_in(repository, caller, operation.needs)
            if operation.by_apps and isinstance(caller, Token) and caller.kind in {Kind.CLASSIC, Kind.FINE_GRAINED}:
                raise Refused(403, "You must authenticate via a GitHub App.")

    def _permit_in(self, repository: Repository, caller: Token | None, needs: str) -> None:
        # "a=read; b=read": either is enough
        ways = [(name, level_of(word)) for name, _, word in (way.partition("=") for way in needs.split("; "))]
        reading = all(level == level_of("read") for _, level in ways)
        if reading and not repository.private:
            return
        if caller is None:
            raise Refused(401, "Requires authentication")
        if repository.archived and not reading:
            raise Refused(403, "Repository was archived so is read-only.")
        enough = any(caller.level(name, private=repository.private) >= level for name, level in ways)
        if not enough or not caller.sees(repository.full_name):
            raise _no_permission(caller, repository)

    def _check_request(self, call: Call) -> None:
        if self._sandbox.flavour == "ghes-3.20" and isinstance(call.body, dict) and "return_run_details" in call.body:
            raise Refused(400, 'Invalid request.\n\n"return_run_details" is not a permitted key.')
        if not self._sandbox.strict:
            return
        try:
            _DESCRIPTION.check_request(call.operation.name, call.version, call.params, call.query, call.body)
        except Refused as refusal:
            self._sandbox.refused.append(refusal)
            raise

    def _check_answer(self, visit: _Visit, answer: Answer) -> None:
        if not self._sandbox.strict or visit.operation is None or answer.status in {301, 307}:
            return
        body = json.loads(answer.body) if "json" in answer.headers.get("Content-Type", "") else None
        try:
            _DESCRIPTION.check_answer(visit.operation.name, visit.version, answer.status, body)
        except Violation as violation:
            self._sandbox.violations.append(violation)
            answer.status, answer.body = 500, str(violation).encode()

    def _conditional(self, visit: _Visit, answer: Answer) -> Answer:
        """Give the answer an ETag of this caller's own, and leave the body out if the caller has it."""
        if visit.request.method != "GET" or answer.status != 200:
            visit.charged = visit.budget is not None and visit.request.path not in _FREE
            return answer
        etag = f'W/"{hashlib.sha256(visit.label.encode() + answer.body).hexdigest()}"'
        answer.headers["ETag"] = etag
        answer.headers["Cache-Control"] = "private, max-age=60, s-maxage=60"
        answer.headers["Vary"] = "Accept, Authorization, Cookie, X-GitHub-OTP"
        if etag in visit.request.headers.get("if-none-match", ""):
            headers = {name: value for name, value in answer.headers.items() if name != "Content-Type"}
            return Answer(status=304, headers=headers)
        visit.charged = visit.request.path not in _FREE
        return answer

    def _finish(self, visit: _Visit, answer: Answer) -> None:
        sandbox = self._sandbox
        if visit.charged and visit.budget:
            visit.budget.used += 1
        own = {
            "Server": "github.com",
            "Date": format_datetime(sandbox.server.date(), usegmt=True),
            "X-GitHub-Request-Id": f"5A0D:{next(self._numbers):06X}",
            "X-GitHub-Media-Type": "github.v3; format=json",
            "X-GitHub-Api-Version-Selected": visit.version,
        }
        if sandbox.flavour != "dotcom":
            own["X-GitHub-Enterprise-Version"] = f"{sandbox.flavour.removeprefix('ghes-')}.1"
        if visit.budget:
            own |= visit.budget.headers()
        if visit.operation and visit.operation.needs:
            own["X-Accepted-GitHub-Permissions"] = visit.operation.needs
        if isinstance(visit.caller, Token):
            own |= _about(visit.caller)
        answer.headers = own | answer.headers

    def _write_down(self, visit: _Visit, answer: Answer) -> None:
        request = visit.request
        self._sandbox.log.add(
            Exchange(
                at=self._sandbox.clock.now(),
                method=request.method,
                path=request.path,
                operation=visit.operation.name if visit.operation else "",
                query=request.query,
                headers={name: value for name, value in request.headers.items() if name not in SECRET_HEADERS},
                caller=visit.label,
                body=_body(request, strict=False),
                status=0 if answer.ending is Ending.RESET else answer.status,
                in_flight=request.in_flight,
                charged=visit.charged,
                faults=tuple(visit.faults),
            )
        )


def _body(request: Request, *, strict: bool = True) -> Any:
    if not request.body:
        return None
    try:
        return json.loads(request.body)
    except ValueError:
        if strict:
            raise Refused(400, "Problems parsing JSON") from None
        return request.body.decode("utf-8", "replace")


def _no_permission(caller: Token, repository: Repository) -> Refused:
    if caller.kind is Kind.CLASSIC:
        return not_found() if repository.private else Refused(403, "Must have admin rights to Repository.")
    by = "personal access token" if caller.kind is Kind.FINE_GRAINED else "integration"
    return Refused(403, f"Resource not accessible by {by}")


def _about(token: Token) -> dict[str, str]:
    """Tell what GitHub tells about a token."""
    headers: dict[str, str] = {}
    if token.kind is Kind.CLASSIC:
        headers |= {"X-OAuth-Scopes": ", ".join(token.scopes), "X-Accepted-OAuth-Scopes": "repo"}
    if token.expires_at and token.kind in {Kind.CLASSIC, Kind.FINE_GRAINED}:
        headers["GitHub-Authentication-Token-Expiration"] = token.expires_at.strftime("%Y-%m-%d %H:%M:%S UTC")
    return headers
