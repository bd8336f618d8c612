"""Reads what a repository offers to be started, and starts it."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from crossproof.dispatch.preflight import Workflow, unknown_workflow
from crossproof.dispatch.sending import Reply, Silence, body_of_workflow
from crossproof.dispatch.workflow_file import WorkflowFile, read_workflow
from crossproof.errors import CrossproofError, Unreachable
from crossproof.github.access import Kind
from crossproof.github.answer import Answer
from crossproof.github.api import Api
from crossproof.github.replies import reply_to
from crossproof.probe import Absent, Present, Probe, Unknown
from crossproof.units import RepoRef

_FOLDER = ".github/workflows/"
_NOT_FOUND = 404
# From this version on GitHub always tells the run's id, and no longer knows the key that asked for it.
_TELLS_ALWAYS = "2026-03-10"
_PEOPLE = frozenset({Kind.CLASSIC, Kind.FINE_GRAINED, Kind.USER})


class GithubWorkflows:
    """The workflows of every repository that the credential reaches. Reads each file once."""

    def __init__(self, api: Api) -> None:
        """Ask through this one seam."""
        self._api = api
        self._files: dict[tuple[RepoRef, str, str], Probe[WorkflowFile]] = {}
        self._login: str | None = None

    # -- what there is ---------------------------------------------------------------------------------------------

    def default_branch(self, repository: RepoRef) -> str:
        """Name it."""
        return self._api.get(f"/repos/{repository}").member("default_branch", str)

    def workflow(self, repository: RepoRef, name: str, ref: str) -> Probe[Workflow]:
        """Find one workflow by file, id or name, with its file on `ref` (empty: the default branch)."""
        short = name.rpartition("/")[2]
        if not (short.endswith((".yml", ".yaml")) or short.isdecimal()):
            return self._by_name(repository, name, ref)
        seen = self._api.probe(f"/repos/{repository}/actions/workflows/{quote(short, safe='')}")
        match seen:
            case Present(answer):
                try:
                    return Present(self._workflow(answer.record(), repository, ref))
                except CrossproofError as error:
                    return Unknown.of(error)
            case Absent():
                return self._by_name(repository, name, ref)  # for the nearest name
            case Unknown():
                return seen

    def workflows(self, repository: RepoRef) -> Sequence[Workflow]:
        """Give all that have a file; GitHub also lists its own, such as Dependabot's."""
        listed = self._api.pages(f"/repos/{repository}/actions/workflows", "workflows")
        own = [raw for raw in listed if str(raw.get("path", "")).startswith(_FOLDER)]
        return [self._workflow(raw, repository, "") for raw in own]

    def login(self) -> str | None:
        """Say as whom runs are started. A job's own token and an App's cannot ask that."""
        if self._login is None and self._api.access.credential(None).kind in _PEOPLE:
            try:
                answer = self._api.ask("/user")
                self._login = answer.member("login", str) if answer.ok else None
            except CrossproofError:
                return None
        return self._login

    # -- starting --------------------------------------------------------------------------------------------------

    @property
    def gives_details(self) -> bool:
        """Whether the id may be asked for; a server that does not know how says so when asked."""
        return bool(self._api.version)

    def start_workflow(
        self, repository: RepoRef, workflow: str, ref: str, inputs: Mapping[str, str], *, details: bool
    ) -> Reply | Silence:
        """Start a workflow."""
        body = body_of_workflow(ref, inputs, details=details and self._api.version != _TELLS_ALWAYS)
        return reply_to(self._api, f"/repos/{repository}/actions/workflows/{quote(workflow, safe='')}/dispatches", body)

    def send_event(self, repository: RepoRef, event_type: str, payload: Mapping[str, object]) -> Reply | Silence:
        """Send an event."""
        body = {"event_type": event_type, "client_payload": dict(payload)}
        return reply_to(self._api, f"/repos/{repository}/dispatches", body)

    def moved_to(self, repository: RepoRef) -> RepoRef | None:
        """Read the repository, which follows it to its new name."""
        self._api.get(f"/repos/{repository}")
        name = self._api.now_called(repository)
        return name if name != repository else None

    # -- files -----------------------------------------------------------------------------------------------------

    def _by_name(self, repository: RepoRef, name: str, ref: str) -> Probe[Workflow]:
        try:
            listed = list(self._api.pages(f"/repos/{repository}/actions/workflows", "workflows"))
            named = [raw for raw in listed if name in (raw.get("name"), raw.get("path"))]
            if len(named) == 1:
                return Present(self._workflow(named[0], repository, ref))
        except CrossproofError as error:
            return Unknown.of(error)
        if named:
            return Absent(f"{len(named)} workflows are called {name!r}; name the one that is meant by its file")
        files = [str(raw.get("path", "")).rpartition("/")[2] for raw in listed]
        names = [str(raw.get("name", "")) for raw in listed]
        return Absent(unknown_workflow(name, [*files, *(each for each in names if each not in files)]).what)

    def _workflow(self, raw: Mapping[str, object], repository: RepoRef, ref: str) -> Workflow:
        path, number = raw.get("path"), raw.get("id")
        if not isinstance(path, str) or not isinstance(number, int):
            raise Unreachable("GitHub's answer about a workflow cannot be used: it has no path or no id.")
        path = path.partition("@")[0]
        active = raw.get("state") == "active"
        file = self._file(repository, path, ref) if active else Unknown("it is not active")
        return Workflow(id=number, name=str(raw.get("name", "")), path=path, state=str(raw.get("state", "")), file=file)

    def _file(self, repository: RepoRef, path: str, ref: str) -> Probe[WorkflowFile]:
        key = (repository, path, ref)
        if key not in self._files:
            self._files[key] = self._read(repository, path, ref)
        return self._files[key]

    def _read(self, repository: RepoRef, path: str, ref: str) -> Probe[WorkflowFile]:
        address = f"/repos/{repository}/contents/{quote(path)}"
        try:
            answer = self._api.ask(address, {"ref": ref} if ref else None)
            if answer.ok:
                return _parsed(answer, path)
            if answer.status == _NOT_FOUND and ref and self._api.ask(address).ok:
                return Absent(answer.message or answer.shown)  # the file is there, but not on this ref
            return Unknown.of(self._api.refused(answer))
        except CrossproofError as error:
            return Unknown.of(error)


def _parsed(answer: Answer, path: str) -> Probe[WorkflowFile]:
    """Read the YAML; what GitHub understands and we do not is no reason to refuse a call."""
    from crossproof.yaml12 import Marks, YamlFault, parse  # noqa: PLC0415 - 20 ms that only a preflight pays

    try:
        text = base64.b64decode(answer.member("content", str))
        found = read_workflow(parse(text, path, Marks()))
    except (YamlFault, binascii.Error) as fault:
        return Unknown(f"it cannot be read ({fault})")
    return Present(found) if found else Unknown("it declares no triggers that we can read")
