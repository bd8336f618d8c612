"""What a decision costs, counted where it is served: requests to GitHub, calls to ECR."""

import pytest
from botocore.awsrequest import AWSResponse
from tests import events
from tests.companions import push_image
from tests.registries import EcrPusher, answering

from crossproof.actions.resolve_dashboard_image import Inputs, World, run
from crossproof.aws.ecr import EcrRegistry
from crossproof.aws.session import ambient
from crossproof.github.access import TokenAccess
from crossproof.github.api import Api
from crossproof.github.sources import GithubSources
from crossproof.images import manifests
from crossproof.images.events import Event
from crossproof.images.hosts import Ecr
from crossproof.images.relevance import LAST
from crossproof.images.tags import own_tag
from crossproof.runner.inputs import parse
from crossproof.units import SecretStr
from crossproof_sandbox import Sandbox
from crossproof_sandbox.aws import ACCOUNT, REGION

HOST = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
CONTENT = {"go.mod": "module g\n", "go.sum": "", "apidef/a.go": "a", "internal/otel/o.go": "o"}


@pytest.fixture
def github():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def gateway(github):
    made = github.repository("acme/gateway", default_branch="master")
    made.commit(CONTENT)
    made.commit({"docs.md": "x"}, branch="feat/x")
    return made


@pytest.fixture
def dashboard(github, gateway):
    made = github.repository("acme/dashboard", default_branch="master")
    pin = f"v1.0.1-0.20260102030405-{gateway.history.branches['master'][:12]}"
    made.commit({"go.mod": f"module d\nrequire github.com/acme/gateway {pin}\n"})
    return made


@pytest.fixture
def ecr(github, monkeypatch):
    """An ECR whose blobs a server of ours hands out: moto does not."""
    for name, value in github.aws.env.items():
        monkeypatch.setenv(name, value)
    with answering() as storage:
        pusher = EcrPusher(ambient(region=REGION).client("ecr"), storage)
        pusher.client.create_repository(repositoryName="dashboard")
        yield pusher


class OpenedEcr(EcrRegistry):
    """The real adapter; only where a blob is kept is told by us, and counted as the call that it is."""

    def __init__(self, storage: str) -> None:
        super().__init__(ambient(region=REGION), Ecr(ACCOUNT, REGION))

        def where(model, params, **_):
            self.asked += 1
            digest = params["body"].decode().partition('"layerDigest": "')[2].partition('"')[0]
            return AWSResponse("", 200, {}, None), {"downloadUrl": f"{storage}/{digest}"}

        self._client.meta.events.register_first("before-call.ecr.GetDownloadUrlForLayer", where)


@pytest.fixture
def resolve(github, gateway, dashboard, ecr):
    """Resolve for a pull request; give the outcome, GitHub's count and ECR's."""

    def go(event: Event, **inputs: str):
        connected = Api(TokenAccess(SecretStr(github.token())), api_url=github.url, clock=github.clock)
        registry = OpenedEcr(ecr.blobs.url)
        world = World(
            event=event,
            server="github.com",
            companion=GithubSources(connected),
            subject=GithubSources(connected),
            registry=lambda: registry,
            clock=github.clock,
            say=lambda _: None,
            cost=dict,
        )
        before = len(github.log)
        given = {"companion_repository": "acme/dashboard", "ecr_registry": HOST, **inputs}
        outcome = run(parse(Inputs, given.items()), world)
        return outcome, len(github.log) - before, registry.asked

    return go


def proposal(gateway, base="master", **more) -> Event:
    head = gateway.history.branches["feat/x"]
    sides = {"head": {"ref": "feat/x", "sha": head, "repo": {"full_name": "acme/gateway"}}}
    pull = events.pull(base=base, **more) | sides
    return events.event("pull_request", {"action": "opened", "pull_request": pull})


def built(ecr, outcome) -> None:
    """Do what the reusable workflow does."""
    outputs = outcome.outputs
    annotations = {
        manifests.REVISION: outputs["dashboard_sha"],
        manifests.SUBJECT_REVISION: outputs["subject_sha"],
        manifests.BUILD_KEY: outputs["build_key"],
        manifests.USED_PATHS: "apidef internal/otel",
    }
    tags = [outputs[name].rpartition(":")[2] for name in ("build_image", "last_image")]
    push_image(ecr, "dashboard", *tags, annotations=annotations, index=True)


def test_a_warm_decision_with_a_branch_and_a_built_image_costs_two_and_two(gateway, dashboard, ecr, resolve):
    dashboard.commit({"main.go": "x"}, branch="feat/x")
    for _ in range(2):
        built(ecr, resolve(proposal(gateway))[0])
    outcome, github, registry = resolve(proposal(gateway))
    assert outcome.outputs["strategy"] == "existing-image"
    assert (github, registry) == (2, 2)


def test_a_warm_decision_with_the_companion_s_own_image_costs_four_and_two(gateway, dashboard, ecr, resolve):
    dashboard.commit({"main.go": "x"}, branch="feat/x")
    head = dashboard.history.branches["feat/x"]
    push_image(ecr, "dashboard", f"sha-{head}", labels={manifests.REVISION: head})
    outcome, github, registry = resolve(proposal(gateway), relevant_paths="apidef")
    assert outcome.outputs["strategy"] == "existing-branch"
    assert (github, registry) == (4, 2)


def test_the_longest_way_costs_ten_and_four_at_most(github, gateway, dashboard, ecr, resolve):
    """A dependency that is merged, no branch of the name, none of the base's, a release line that stands in, an index of
    the companion's own that is not fresh, its pull request asked for, and a build to look for."""
    line = dashboard.commit({"main.go": "line"}, branch="release-5.8")
    merged = dashboard.pull("release-5.8")
    dashboard.merge(merged)
    other = dashboard.commit({"main.go": "other"}, branch="other")
    push_image(ecr, "dashboard", "release-5.8", labels={manifests.REVISION: other}, index=True)
    said = {manifests.USED_PATHS: "apidef", manifests.REVISION: line, manifests.BUILD_KEY: "another"}
    push_image(ecr, "dashboard", own_tag(LAST, "release-5.8.1"), annotations=said, index=True)
    event = proposal(gateway, base="release-5.8.1", body=f"Depends-On: acme/dashboard#{merged.number}")
    outcome, asked, registry = resolve(event, depends_on="body", wait_seconds="60")
    assert outcome.outputs["dashboard_sha"] == line
    assert outcome.outputs["strategy"] == "build-required"
    assert (asked, registry) == (9, 4), "ten and four were promised"
