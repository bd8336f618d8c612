"""resolve-dashboard-image as a decision: what it answers to every situation of two repositories and a registry."""

import json
from dataclasses import dataclass, field

import pytest
from tests import events
from tests.clocks import JumpingClock
from tests.companions import FakeRegistry, FakeSources, push_image, sha_of
from tests.events import HEAD, MERGE

from crossproof.actions.resolve_dashboard_image import Inputs, World, aim, run
from crossproof.errors import BadCall
from crossproof.images import manifests
from crossproof.images.events import Event, PullRequest
from crossproof.images.relevance import LAST
from crossproof.images.tags import own_tag
from crossproof.outcome import Outcome
from crossproof.runner.inputs import parse
from crossproof.verdict import Exit, Verdict

REGISTRY = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
FEAT, MASTER, LINE = sha_of("feat/x"), sha_of("master"), sha_of("release-5.8")
OLD = sha_of("old gateway")
CONTENT = {"apidef": "a", "docs": "d", "internal": "i", "internal/otel": "o", "go.mod": "m", "go.sum": "s"}
PIN = f"module d\nrequire github.com/acme/gateway v1.0.1-0.20260102030405-{OLD[:12]}\n"


@dataclass
class Scene:
    """acme/gateway under test, acme/dashboard beside it, a registry, and what one run says of them."""

    gateway: FakeSources = field(default_factory=FakeSources)
    dashboard: FakeSources = field(default_factory=FakeSources)
    registry: FakeRegistry = field(default_factory=FakeRegistry)
    clock: JumpingClock = field(default_factory=JumpingClock)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dashboard.branches = {"master": MASTER, "feat/x": FEAT}
        self.dashboard.files = {"go.mod": PIN}
        self.gateway.trees = {HEAD: CONTENT, OLD[:12]: CONTENT}

    def run(self, event: Event | None = None, **inputs: str) -> Outcome:
        given = {"companion_repository": "acme/dashboard", "ecr_registry": REGISTRY, "token": "t", **inputs}
        world = World(
            event=event or events.pull_request(),
            server="github.com",
            companion=self.dashboard,
            subject=self.gateway,
            registry=lambda: self.registry,
            clock=self.clock,
            say=self.said.append,
            cost=lambda: {"the registry": self.registry.asked},
        )
        return run(parse(Inputs, given.items()), world)

    def push(self, **changed: str) -> str:
        """A further commit of the change, with other content at some paths (`_` is read as `/`)."""
        content = {**CONTENT, **{path.replace("_", "/"): text for path, text in changed.items()}}
        sha = sha_of(str(sorted(content.items())))
        self.gateway.trees[sha] = content
        return sha

    def own(self, *tags: str, revision: str = FEAT, **more: object) -> str:
        """The companion's own build pushed an image."""
        labels = {manifests.REVISION: revision} if revision else {}
        return push_image(self.registry, "dashboard", *tags, labels={**labels, **more.pop("labels", {})}, **more)

    def built(
        self, outcome: Outcome, *, used: str = "apidef internal/otel", revision: str = FEAT, recipe: str = "1"
    ) -> str:
        """Build what an outcome asked for, as the reusable workflow does: the tag of the content, and the last one."""
        annotations = {
            manifests.REVISION: revision,
            manifests.SUBJECT_REVISION: outcome.outputs["subject_sha"],
            manifests.BUILD_KEY: outcome.outputs["build_key"],
            manifests.USED_PATHS: used,
            manifests.RECIPE: recipe,
        }
        tags = [outcome.outputs[name].rpartition(":")[2] for name in ("build_image", "last_image")]
        return push_image(self.registry, "dashboard", *tags, annotations=annotations, index=True)


@pytest.fixture
def scene():
    return Scene()


def ending(outcome: Outcome) -> tuple[str, str, int]:
    return outcome.reason.word, outcome.outputs["strategy"], outcome.exit


RESOLVED_OWN = ("resolved", "existing-branch", 0)
RESOLVED_BUILT = ("resolved", "existing-image", 0)
BUILD = ("build-required", "build-required", 0)


# --- which commit of the companion ---------------------------------------------------------------------------------


def test_the_branch_of_the_same_whole_name_is_taken_with_its_own_fresh_image(scene):
    digest = scene.own(f"sha-{FEAT}")
    outcome = scene.run()
    assert ending(outcome) == RESOLVED_OWN
    assert outcome.verdict is Verdict.PASSED
    assert outcome.outputs["dashboard_image"] == f"{REGISTRY}/dashboard:sha-{FEAT}@{digest}"
    assert outcome.outputs["dashboard_branch"] == "feat/x"
    assert (outcome.outputs["dashboard_sha"], outcome.outputs["test_ref"]) == (FEAT, FEAT)
    assert (outcome.outputs["exact"], outcome.outputs["fresh"], outcome.outputs["trusted"]) == ("true", "true", "true")
    assert scene.dashboard.asked[0] == "branch feat/x"


def test_a_branch_that_ends_alike_is_not_the_branch(scene):
    scene.dashboard.branches = {"master": MASTER, "x": FEAT}
    assert scene.run().outputs["dashboard_sha"] == MASTER


def test_the_image_of_a_proposed_branch_is_found_by_its_number_and_its_merge_commit(scene):
    merge = sha_of("merge of feat/x")
    scene.dashboard.merges = {merge: (MASTER, FEAT)}
    scene.dashboard.pulls = {41: proposed(41)}
    scene.own("pr-41", f"sha-{merge}", revision=merge)
    outcome = scene.run()
    assert ending(outcome) == RESOLVED_OWN
    assert outcome.outputs["image_tag"] == "pr-41"


def test_a_branch_s_image_is_found_by_the_tag_that_its_producer_writes(scene):
    scene.own("feat-x")
    assert scene.run().outputs["image_tag"] == "feat-x"


def test_a_missing_base_branch_of_a_release_line_is_no_reason_to_test_against_master(scene):
    outcome = scene.run(events.pull_request(base="release-5.9.1", head="fix/y"))
    assert ending(outcome) == ("no-counterpart", "", 1)
    assert "fix/y, release-5.9.1, release-5.9 was looked for" in outcome.sentence
    asked = scene.run(events.pull_request(base="release-5.9.1", head="fix/y"), on_base_missing="default")
    assert asked.outputs["dashboard_sha"] == MASTER


def test_a_patch_release_falls_to_its_minor_line(scene):
    scene.dashboard.branches["release-5.8"] = LINE
    outcome = scene.run(events.pull_request(base="release-5.8.1", head="fix/y"))
    assert (outcome.outputs["dashboard_branch"], outcome.outputs["dashboard_sha"]) == ("release-5.8", LINE)


def test_a_tag_takes_the_tag_of_the_same_name_and_is_never_built(scene):
    scene.dashboard.tags = {"v5.8.1": LINE}
    assert ending(scene.run(events.push("refs/tags/v5.8.1"))) == ("nothing-suits", "", 1)
    scene.own("v5.8.1", revision=LINE)
    outcome = scene.run(events.push("refs/tags/v5.8.1"))
    assert ending(outcome) == RESOLVED_OWN
    assert outcome.outputs["image_tag"] == "v5.8.1"


def test_a_merge_group_matches_the_branch_of_its_pull_request(scene):
    scene.gateway.pulls = {7: proposed(7, repository="acme/gateway")}
    scene.own(f"sha-{FEAT}")
    assert scene.run(events.merge_group()).outputs["dashboard_branch"] == "feat/x"


def test_a_merge_group_whose_pull_request_may_not_be_read_does_not_pretend_that_it_has_no_branch(scene):
    scene.gateway.denied = {"pull"}
    outcome = scene.run(events.merge_group())
    assert ending(outcome) == ("no-access", "", 3)
    assert "Grant what pull needs." in outcome.summary


def test_the_seed_s_base_expression_in_a_merge_queue_is_seen_through(scene):
    scene.gateway.pulls = {7: proposed(7, repository="acme/gateway", head="other")}
    outcome = scene.run(events.merge_group(), base_ref="gh-readonly-queue/master/pr-7-" + "c" * 40)
    assert outcome.outputs["dashboard_branch"] == "master"


def test_an_override_may_be_a_commit_a_branch_or_a_tag_and_nothing_stands_in_for_it(scene):
    scene.dashboard.tags = {"v1": LINE}
    assert scene.run(companion_ref="v1").outputs["dashboard_sha"] == LINE
    assert scene.run(companion_ref="feat/x").outputs["dashboard_sha"] == FEAT
    assert scene.run(companion_ref=MASTER).outputs["dashboard_sha"] == MASTER
    assert ending(scene.run(companion_ref="nowhere")) == ("no-counterpart", "", 1)


def test_a_dependency_in_the_pull_request_s_text_goes_before_the_branch(scene):
    scene.dashboard.pulls = {5: proposed(5, head="theirs", sha=LINE)}
    event = events.pull_request(body="Depends-On: acme/dashboard#5")
    assert scene.run(event).outputs["dashboard_sha"] == FEAT
    outcome = scene.run(event, depends_on="body")
    assert (outcome.outputs["dashboard_sha"], outcome.outputs["dashboard_branch"]) == (LINE, "theirs")


@pytest.mark.parametrize(
    ("pull", "said"),
    [
        ({"state": "closed"}, "which was closed without being merged; change that line"),
        ({"repository": "mallory/dashboard"}, "which comes from a fork; change that line"),
    ],
)
def test_a_dependency_that_cannot_be_used_is_said_and_not_passed_over(scene, pull, said):
    scene.dashboard.pulls = {5: proposed(5, **pull)}
    outcome = scene.run(events.pull_request(body="Depends-On: acme/dashboard#5"), depends_on="body")
    assert outcome.exit is Exit.CALL_MUST_CHANGE
    assert said in outcome.sentence


def test_a_dependency_that_is_not_there_is_a_fault_even_where_unknowns_may_be_passed_over(scene):
    event = events.pull_request(body="Depends-On: acme/dashboard#5")
    assert scene.run(event, depends_on="body", on_unknown="continue").exit is Exit.CALL_MUST_CHANGE


def test_a_dependency_that_is_merged_leaves_the_usual_names(scene):
    scene.dashboard.pulls = {5: proposed(5, state="merged")}
    event = events.pull_request(body="Depends-On: acme/dashboard#5")
    assert scene.run(event, depends_on="body").outputs["dashboard_branch"] == "feat/x"


def proposed(number: int, *, head="feat/x", sha=FEAT, state="open", repository="acme/dashboard") -> PullRequest:
    return PullRequest(
        number=number, head_sha=sha, head_ref=head, head_repository=repository, base_ref="master",
        open=state == "open", merged=state == "merged",
    )  # fmt: skip


# --- which image ---------------------------------------------------------------------------------------------------


def test_where_no_image_has_both_one_is_to_be_built_under_the_name_of_its_content(scene):
    outcome = scene.run()
    assert ending(outcome) == BUILD
    assert outcome.verdict is Verdict.UNPROVEN
    assert outcome.outputs["needs_build"] == "true"
    key = outcome.outputs["build_key"]
    assert outcome.outputs["dashboard_image"] == outcome.outputs["build_image"] == f"{REGISTRY}/dashboard:xr-{key}"
    assert outcome.outputs["digest"] == ""
    assert outcome.outputs["last_image"] == f"{REGISTRY}/dashboard:{own_tag(LAST, 'master')}"


def built_once(scene) -> Outcome:
    """Build twice: the first build learns what is used, the second is named by it."""
    scene.built(scene.run())
    outcome = scene.run()
    scene.built(outcome)
    return outcome


def test_what_was_built_for_the_pair_is_found_again_with_two_looks_at_the_registry(scene):
    wanted = built_once(scene)
    scene.registry.asked, scene.dashboard.asked, scene.gateway.asked = 0, [], []
    outcome = scene.run()
    assert ending(outcome) == RESOLVED_BUILT
    assert outcome.outputs["build_key"] == wanted.outputs["build_key"]
    assert outcome.outputs["dashboard_image"].startswith(f"{wanted.outputs['build_image']}@sha256:")
    assert outcome.outputs["image_path"] == f"dashboard@{outcome.outputs['digest']}"
    assert (scene.registry.asked, scene.dashboard.asked, scene.gateway.asked) == (
        2,
        ["branch feat/x"],
        [f"tree {HEAD}"],
    )


def test_a_push_that_changes_only_what_the_companion_does_not_use_needs_no_build(scene):
    built_once(scene)
    pushed = scene.push(docs="changed", internal="changed, but not in otel")
    assert ending(scene.run(commit_sha=pushed)) == RESOLVED_BUILT


@pytest.mark.parametrize("path", ["apidef", "internal/otel", "go.mod", "go.sum"])
def test_a_push_that_changes_what_the_companion_uses_needs_one_and_its_revert_none(scene, path):
    built_once(scene)
    pushed = scene.push(**{path.replace("/", "_"): "changed"})
    wanted = scene.run(commit_sha=pushed)
    assert ending(wanted) == BUILD
    scene.built(wanted)
    reverted = scene.push()
    assert ending(scene.run(commit_sha=reverted)) == RESOLVED_BUILT


def test_a_companion_that_moved_on_needs_a_build(scene):
    built_once(scene)
    scene.dashboard.branches["feat/x"] = sha_of("a later commit")
    assert ending(scene.run()) == BUILD


def test_another_recipe_forces_a_build(scene):
    built_once(scene)
    assert ending(scene.run(recipe="2")) == BUILD


def test_an_image_under_the_key_s_tag_that_does_not_say_so_is_not_believed(scene):
    tag = scene.run().outputs["build_image"].rpartition(":")[2]
    scene.own(tag)
    outcome = scene.run()
    assert outcome.exit is Exit.NOT_FOUND_OUT
    assert "Somebody else pushed it: delete the tag" in outcome.summary


def test_the_companion_s_own_image_is_not_used_where_the_change_is_in_what_it_uses(scene):
    scene.own(f"sha-{FEAT}")
    scene.gateway.trees[HEAD] = {**CONTENT, "apidef": "changed"}
    outcome = scene.run(relevant_paths="apidef docs")
    assert ending(outcome) == BUILD
    assert f"it was built with {OLD[:7]}, which differs in apidef" in outcome.summary


def test_the_companion_s_own_image_is_used_where_the_change_is_elsewhere(scene):
    scene.own(f"sha-{FEAT}")
    scene.gateway.trees[HEAD] = {**CONTENT, "docs": "changed"}
    assert ending(scene.run(relevant_paths="apidef")) == RESOLVED_OWN
    assert ending(scene.run(relevant_paths="*")) == BUILD
    assert ending(scene.run()) == BUILD, "nobody said what is used, so all of it counts"


def test_a_companion_without_our_code_needs_only_its_own_fresh_image(scene):
    scene.own(f"sha-{FEAT}")
    scene.dashboard.files = {}
    assert ending(scene.run(relevant_paths="none")) == RESOLVED_OWN
    assert "text go.mod" not in scene.dashboard.asked
    assert not [each for each in scene.gateway.asked if each.startswith("tree")]


def test_without_pin_and_label_nobody_knows_what_the_own_image_was_built_with(scene):
    scene.dashboard.files = {}
    scene.own(f"sha-{FEAT}")
    outcome = scene.run()
    assert ending(outcome) == BUILD
    assert "no label, and no go.mod" in outcome.summary


def test_the_own_image_s_label_says_what_it_was_built_with_and_what_it_used(scene):
    scene.dashboard.files = {}
    scene.gateway.trees["e" * 40] = {**CONTENT, "docs": "other"}
    said = {manifests.SUBJECT_REVISION: "e" * 40, manifests.USED_PATHS: "apidef", manifests.SUBJECT: "Acme/Gateway"}
    scene.own(f"sha-{FEAT}", labels=said)
    assert ending(scene.run()) == RESOLVED_OWN


def test_what_another_commit_of_the_companion_used_proves_nothing_about_this_one(scene):
    scene.built(scene.run(), revision=sha_of("another commit"), used="apidef")
    scene.own(f"sha-{FEAT}")
    pushed = scene.push(docs="changed")
    assert ending(scene.run(commit_sha=pushed)) == BUILD
    scene.built(scene.run(recipe="another"), used="apidef", recipe="another")
    assert ending(scene.run(commit_sha=pushed)) == RESOLVED_OWN


def test_the_last_build_serves_by_what_it_says_even_under_another_key(scene):
    """As where the companion builds by itself, under the key of the whole commit: docs must not make it build again."""
    scene.built(scene.run(relevant_paths="*"), used="apidef")
    outcome = scene.run(commit_sha=scene.push(docs="changed"))
    assert ending(outcome) == RESOLVED_BUILT
    assert outcome.outputs["image_tag"] == own_tag(LAST, "master")
    assert ending(scene.run(commit_sha=scene.push(apidef="changed"))) == BUILD
    assert ending(scene.run(commit_sha=scene.push(docs="changed"), recipe="2")) == BUILD
    scene.dashboard.branches["feat/x"] = sha_of("a later commit")
    assert ending(scene.run()) == BUILD


def test_a_key_of_too_few_paths_is_no_proof_where_the_image_says_that_it_uses_more(scene):
    wanted = scene.run(relevant_paths="docs")
    scene.built(wanted, used="apidef internal/otel")
    outcome = scene.run(relevant_paths="docs")
    assert outcome.exit is Exit.NOT_FOUND_OUT
    assert "says that it uses apidef internal/otel, of which its key does not know all" in outcome.sentence


def test_a_hand_written_list_may_add_to_what_the_image_says_and_never_take_away(scene):
    scene.own(f"sha-{FEAT}", labels={manifests.USED_PATHS: "apidef"})
    assert ending(scene.run(commit_sha=scene.push(apidef="changed"), relevant_paths="docs")) == BUILD
    assert ending(scene.run(commit_sha=scene.push(docs="changed"), relevant_paths="docs")) == BUILD
    assert ending(scene.run(commit_sha=scene.push(internal="changed"), relevant_paths="docs")) == RESOLVED_OWN


def test_what_the_key_was_made_from_can_be_given_to_the_build(scene):
    assert scene.run().outputs["used_paths"] == "."
    assert scene.run(relevant_paths="none").outputs["used_paths"] == "none"
    listed = scene.run(relevant_paths="internal/otel apidef").outputs
    assert listed["used_paths"] == "apidef internal/otel"
    assert scene.run(relevant_paths=listed["used_paths"]).outputs["build_key"] == listed["build_key"]


def test_a_stale_image_is_never_used_silently(scene):
    scene.own("feat-x", revision=sha_of("an earlier commit"))
    outcome = scene.run()
    assert ending(outcome) == BUILD
    assert "stale: it was built from" in outcome.summary


def test_an_image_that_does_not_say_what_it_was_built_from_is_not_taken_for_fresh(scene):
    scene.own("feat-x", revision="")
    assert ending(scene.run()) == BUILD
    scene.own(f"sha-{FEAT}", revision="")
    assert ending(scene.run()) == RESOLVED_OWN, "here the tag itself names the commit"


def test_a_label_goes_before_a_tag_that_contradicts_it(scene):
    scene.own(f"sha-{FEAT}", revision=MASTER)
    assert ending(scene.run()) == BUILD


def test_an_image_for_another_platform_cannot_be_tested_with(scene):
    scene.own(f"sha-{FEAT}", platform="linux/arm64")
    outcome = scene.run()
    assert ending(outcome) == BUILD
    assert "it is there for linux/arm64 and not for linux/amd64" in outcome.summary
    assert ending(scene.run(require_platforms="linux/arm64/v8")) == RESOLVED_OWN


def test_an_index_is_read_down_to_the_labels_of_its_image(scene):
    scene.own(f"sha-{FEAT}", index=True)
    assert ending(scene.run()) == RESOLVED_OWN


def test_an_index_whose_image_was_deleted_is_no_image(scene):
    scene.own(f"sha-{FEAT}", index=True)
    children = [name for name, stored in scene.registry.stored.items() if stored.media_type == manifests.MANIFEST]
    for name in children:
        del scene.registry.stored[name]
    outcome = scene.run()
    assert outcome.exit is Exit.NOT_FOUND_OUT
    assert "as a lifecycle rule for untagged images can do" in outcome.summary


def test_a_build_that_is_running_is_waited_for(scene):
    scene.dashboard.running = ["Build is in_progress", "Build is in_progress"]
    clock_sleep = scene.clock.sleep

    def sleep(seconds):
        clock_sleep(seconds)
        if len(scene.clock.slept) == 2:
            scene.own(f"sha-{FEAT}")

    scene.clock.sleep = sleep
    outcome = scene.run(wait_seconds="10m")
    assert ending(outcome) == RESOLVED_OWN
    assert scene.clock.slept == [15.0, 15.0]


def test_a_build_that_does_not_end_in_time_proves_nothing(scene):
    scene.dashboard.running = ["Build is in_progress"] * 99
    outcome = scene.run(wait_seconds="60")
    assert ending(outcome) == ("still-building", "", 3)
    assert sum(scene.clock.slept) <= 60


def test_nobody_waits_for_a_build_whose_image_would_not_have_the_change(scene):
    scene.dashboard.running = ["Build is in_progress"] * 99
    scene.gateway.trees[HEAD] = {**CONTENT, "apidef": "changed"}
    assert ending(scene.run(wait_seconds="10m")) == BUILD
    assert scene.clock.slept == []


def test_when_the_build_that_was_waited_for_left_no_image_one_is_built(scene):
    scene.dashboard.running = ["Build is in_progress"]
    assert ending(scene.run(wait_seconds="10m")) == BUILD


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({}, ("nothing-suits", "", 1)),
        ({"on_no_build": "skip"}, ("skipped", "skipped", 0)),
        ({"on_no_build": "stale"}, ("stale-image", "stale-image", 0)),
    ],
)
def test_where_no_build_is_allowed_the_declared_way_out_is_taken(scene, inputs, expected):
    scene.own("feat-x", revision=MASTER)
    outcome = scene.run(build="never", **inputs)
    assert ending(outcome) == expected
    assert outcome.outputs["exact"] == "false"
    assert outcome.verdict is not Verdict.PASSED


def test_a_stand_in_is_announced_in_warning_summary_and_outputs(scene):
    digest = scene.own("feat-x", revision=MASTER)
    outcome = scene.run(build="never", on_no_build="stale")
    assert outcome.outputs["dashboard_image"] == f"{REGISTRY}/dashboard:feat-x@{digest}"
    assert (outcome.outputs["exact"], outcome.outputs["fresh"], outcome.outputs["needs_build"]) == ("false",) * 3
    lacking = "it is not proven to have this change, and perhaps not even the companion's commit."
    assert [(each.level, each.message) for each in outcome.annotations] == [
        ("warning", "The image used is a stand-in that was declared: " + lacking),
    ]
    assert outcome.sentence.endswith("stands in.")


def test_a_named_image_is_only_proven_to_be_there(scene):
    digest = scene.own("mine")
    outcome = scene.run(image="dashboard:mine")
    assert ending(outcome) == ("override", "override", 0)
    assert outcome.verdict is Verdict.UNPROVEN
    assert outcome.outputs["digest"] == digest
    assert ending(scene.run(image=f"dashboard@{digest}")) == ("override", "override", 0)
    assert ending(scene.run(image="other:mine")) == ("nothing-suits", "", 1)
    assert scene.dashboard.asked == []


# --- who is trusted ------------------------------------------------------------------------------------------------

FORK = events.pull_request(origin="mallory/gateway")


def test_a_fork_s_change_uses_what_is_there_and_is_never_built(scene):
    scene.dashboard.files = {}
    scene.own(f"sha-{MASTER}", revision=MASTER)
    outcome = scene.run(FORK)
    assert ending(outcome) == ("stale-image", "stale-image", 0)
    assert (outcome.outputs["trusted"], outcome.outputs["dashboard_branch"]) == ("false", "master")
    assert "branch feat/x" not in scene.dashboard.asked


def test_a_fork_s_change_that_is_in_an_image_already_is_proven(scene):
    scene.own(f"sha-{MASTER}", revision=MASTER)
    assert ending(scene.run(FORK)) == RESOLVED_OWN


def test_a_fork_s_head_ref_given_by_hand_is_ignored_aloud(scene):
    outcome = scene.run(FORK, head_ref="feat/x")
    assert outcome.outputs["dashboard_branch"] == "master"
    assert "head_ref is ignored" in outcome.annotations[0].message


@pytest.mark.parametrize(
    ("policy", "expected"), [("skip", ("skipped", "skipped", 0)), ("fail", ("nothing-suits", "", 1))]
)
def test_what_happens_to_forks_is_the_caller_s_choice(scene, policy, expected):
    assert ending(scene.run(FORK, fork_policy=policy)) == expected
    assert ending(scene.run(events.pull_request(actor="dependabot[bot]"), fork_policy=policy)) == expected


def test_skipping_forks_asks_nobody_anything(scene):
    scene.run(FORK, fork_policy="skip")
    assert (scene.dashboard.asked, scene.gateway.asked, scene.registry.asked) == ([], [], 0)


def test_in_the_base_s_name_nothing_is_built(scene):
    outcome = scene.run(events.pull_request(kind="pull_request_target"))
    assert outcome.outputs["subject_sha"] == HEAD
    assert ending(outcome) == ("nothing-suits", "", 1)


# --- which commit is under test ------------------------------------------------------------------------------------


def test_the_merge_commit_is_tested_only_where_that_is_asked_for(scene):
    scene.gateway.trees[MERGE] = CONTENT
    assert scene.run().outputs["subject_sha"] == HEAD
    assert scene.run(subject_ref="merge").outputs["subject_sha"] == MERGE


def test_the_merge_commit_as_commit_sha_is_warned_of(scene):
    scene.gateway.trees[MERGE] = CONTENT
    outcome = scene.run(commit_sha=MERGE)
    assert outcome.outputs["subject_sha"] == MERGE
    assert "nobody pushed it, and it changes with the base" in outcome.annotations[0].message
    assert scene.run(commit_sha=MERGE, subject_ref="merge").annotations == []


def test_a_merge_commit_that_the_event_does_not_have_is_not_replaced_by_the_head(scene):
    with pytest.raises(BadCall) as refused:
        scene.run(events.pull_request(kind="pull_request_target"), subject_ref="merge")
    assert refused.value.faults[0].where == "subject_ref"


def test_a_commit_that_github_does_not_have_stops_the_search(scene):
    outcome = scene.run(commit_sha="9" * 40)
    assert outcome.exit is Exit.NOT_FOUND_OUT
    assert "the commit under test cannot be read" in outcome.sentence


@pytest.mark.parametrize(
    "kind", ["a closed pull request", "a deleted branch", "a deleted release", "a comment on an issue"]
)
def test_where_there_is_nothing_to_test_there_is_nothing_to_resolve(scene, kind):
    outcome = scene.run(events.EVERY_KIND[kind])
    assert ending(outcome) == ("skipped", "skipped", 0)
    assert scene.dashboard.asked == []


def test_a_person_at_a_terminal_gives_what_an_event_would_tell(scene):
    scene.own(f"sha-{FEAT}")
    by_hand = Event(repository=events.GATEWAY)
    assert ending(scene.run(by_hand, commit_sha=HEAD, head_ref="feat/x", base_ref="master")) == RESOLVED_OWN
    with pytest.raises(BadCall) as refused:
        scene.run(by_hand)
    assert [fault.where for fault in refused.value.faults] == ["commit_sha", "base_ref"]


# --- what could not be found out -----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["branch", "pull_of", "parents", "text"])
def test_a_look_at_the_companion_that_is_refused_stops_and_says_what_to_grant(scene, method):
    scene.own("feat-x", revision=sha_of("a merge"))
    if method == "text":
        scene.own(f"sha-{FEAT}")
    scene.dashboard.denied = {method}
    outcome = scene.run()
    assert ending(outcome) == ("no-access", "", 3)
    assert f"Grant what {method.replace('_', chr(92) + '_')} needs." in outcome.summary
    assert outcome.outputs["needs_build"] == "false"


def test_a_look_at_the_change_that_is_refused_stops(scene):
    scene.gateway.denied = {"tree"}
    assert ending(scene.run()) == ("no-access", "", 3)


def test_a_run_that_may_be_building_and_may_not_be_seen_stops_where_waiting_was_asked_for(scene):
    scene.dashboard.denied = {"being_built"}
    assert ending(scene.run(wait_seconds="60")) == ("no-access", "", 3)
    assert ending(scene.run()) == BUILD


def test_a_registry_that_refuses_is_never_an_empty_one(scene):
    scene.registry.unknown = {"*"}
    outcome = scene.run()
    assert ending(outcome) == ("no-access", "", 3)
    assert "Allow ecr:BatchGetImage." in outcome.summary
    assert [each.level for each in outcome.annotations] == ["error"]


def test_labels_that_cannot_be_read_stop_too(scene):
    digest = scene.own(f"sha-{FEAT}")
    config = json.loads(scene.registry.stored[f"dashboard/{digest}"].content)["config"]["digest"]
    scene.registry.unknown = {config}
    assert scene.run().exit is Exit.NOT_FOUND_OUT


def test_going_on_past_an_unknown_moves_the_exit_code_and_never_the_verdict(scene):
    scene.dashboard.denied = {"pull_of"}
    scene.own("feat-x")
    outcome = scene.run(on_unknown="continue")
    assert (outcome.reason.word, outcome.exit, outcome.verdict) == ("not-found-out", 0, Verdict.UNPROVEN)
    assert outcome.softened_by == "on_unknown: continue"
    assert outcome.outputs["image_tag"] == "feat-x"
    assert outcome.outputs["exact"] == "false"


def test_a_build_that_follows_an_unknown_says_so(scene):
    scene.dashboard.denied = {"pull_of"}
    outcome = scene.run(on_unknown="continue")
    assert ending(outcome) == BUILD
    assert "passed over (`on_unknown: continue`)" in outcome.annotations[0].message


# --- what it says --------------------------------------------------------------------------------------------------


def test_the_page_tells_what_is_pinned_what_was_tried_and_how_to_see_the_same(scene):
    scene.own(f"sha-{FEAT}")
    digest = scene.run().outputs["digest"]
    scene.registry.asked = 0
    outcome = scene.run()
    assert outcome.sentence == (
        f"{REGISTRY}/dashboard:sha-{FEAT}@{digest} has both {FEAT[:7]} of acme/dashboard and aaaaaaa of acme/gateway."
    )
    assert (
        outcome.summary
        == f"""\
|  |  |
| --- | --- |
| image | `{REGISTRY}/dashboard:sha-{FEAT}@{digest}` |
| companion | `acme/dashboard feat/x {FEAT}` |
| under test | `acme/gateway feat/x {HEAD}` |
| build key | `{outcome.outputs["build_key"]}` |
| event | `pull_request` |
| took | `2 calls to the registry` |

| # | looked for | outcome | detail |
| --- | --- | --- | --- |
| 1 | matching-branch `feat/x` | ✅ present | {FEAT[:7]} on feat/x |
| 2 | last-build `{own_tag(LAST, "master")}` | · absent | there is none |
| 3 | built-for-the-pair `xr-{outcome.outputs["build_key"]}` | · absent | there is none |
| 4 | companion's-own `sha-{{sha}}` `sha-{FEAT}` | ✅ present | its label names the commit; it was built with {OLD[:7]}, which does not differ in any path |

<details><summary>Reproduce</summary>

```console
gh api 'repos/acme/dashboard/git/ref/heads/feat/x'
aws ecr batch-get-image --region eu-central-1 --registry-id 123456789012 --repository-name dashboard --image-ids imageTag=sha-{FEAT}
```

</details>
"""
    )


def test_the_candidates_are_there_for_later_steps_whatever_the_ending(scene):
    scene.dashboard.denied = {"branch"}
    rows = json.loads(scene.run().outputs["candidates"])
    assert rows == [
        {"stage": "commit", "kind": "matching-branch", "ref": "feat/x", "tag": "", "outcome": "unknown",
         "detail": "May not branch.", "ms": 0},
    ]  # fmt: skip


def test_a_plan_asks_nobody_anything(scene):
    outcome = scene.run(dry_run="true")
    assert (outcome.reason.word, outcome.exit) == ("dry-run", 0)
    assert "3 names would be looked for in acme/dashboard" in outcome.sentence
    assert "| companion's commit | matching-branch | `feat/x` |" in outcome.summary
    assert (scene.dashboard.asked, scene.gateway.asked, scene.registry.asked) == ([], [], 0)
    assert scene.run(events.merge_group(), dry_run="true").sentence.startswith("Pull request #7 would be read first.")


def test_the_first_line_says_what_will_be_proven():
    given = parse(
        Inputs, {"companion_repository": "acme/Dash", "ecr_registry": "ghcr.io", "image_repository": "acme/d"}.items()
    )
    assert aim(given) == (
        "resolve-dashboard-image: which image of ghcr.io/acme/d has this change and the commit of acme/Dash that "
        "belongs to it?"
    )


@pytest.mark.parametrize(
    ("inputs", "where", "said"),
    [
        ({"ecr_registry": "***.dkr.ecr.eu-west-1.amazonaws.com"}, "ecr_registry", "mask-aws-account-id: false"),
        ({"ecr_registry": "not a host"}, "ecr_registry", "is no registry"),
        ({"head_ref": "two words"}, "head_ref", "can be no branch or tag"),
        ({"commit_sha": "0" * 40}, "commit_sha", "is no full commit SHA"),
        ({"companion_tags": "v-{version}"}, "companion_tags", "has a place {version} that nothing fills"),
        ({"base_branch_map": "( => x"}, "base_branch_map", "is no regular expression"),
        ({"relevant_paths": "../x"}, "relevant_paths", "is no path inside the repository"),
        ({"on_unknown": "maybe"}, "on_unknown", "'maybe' is none of fail, continue"),
        ({"registry_username": "me", "ecr_registry": "ghcr.io"}, "registry_password", "is required where the other of the pair is given"),
        ({"registry_username": "me", "registry_password": "x"}, "registry_username", "is not for ECR"),
        ({"image": "ghcr.io/x:y"}, "image", "is on ghcr.io, and `ecr_registry` is"),
        ({"image": "x:y", "companion_ref": "z"}, "image", "exclude each other"),
        ({"require_platforms": ","}, "require_platforms", "names no platform"),
        ({"app_id": "1"}, "app_private_key", "is required with app_id"),
    ],
)  # fmt: skip
def test_a_call_that_cannot_work_is_refused_before_anything_is_asked(scene, inputs, where, said):
    with pytest.raises(BadCall) as refused:
        scene.run(**inputs)
    assert [fault.where for fault in refused.value.faults] == [where]
    assert said in refused.value.faults[0].what


def test_without_a_repository_there_is_no_change_to_test(scene):
    with pytest.raises(BadCall) as refused:
        scene.run(Event(sha=HEAD))
    assert "GITHUB_REPOSITORY is not set" in refused.value.faults[0].what
