"""Forty-five known flaws of resolving an image across repositories, and the test that keeps each one out of here.

`never:` is for a flaw that cannot occur, with the reason why. A test is named by its file below tests/ and its function.
"""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ACTION = "unit/actions/test_resolve_dashboard_image.py"
STATES = "unit/images/test_every_state.py"
EVENTS = "unit/images/test_events.py"
NAMES = "unit/images/test_counterparts.py"
SOURCES = "contract/images/test_sources.py"
OCI = "contract/registry/test_distribution.py"
ECR = "unit/aws/test_ecr.py"
GO = "contract/images/test_go_module.py"
KEY = "unit/images/test_relevance.py"
FLOW = "conformance/test_build_companion_image.py"
E2E = "e2e/test_resolve_dashboard_image.py"

FLAWS: dict[str, tuple[str, list[str] | str]] = {
    "F1": ("a branch's prefix is stripped", [f"{ACTION}::test_a_branch_that_ends_alike_is_not_the_branch"]),
    "F2": ("a branch is taken for an image", [f"{ACTION}::test_where_no_image_has_both_one_is_to_be_built_under_the_name_of_its_content"]),
    "F3": ("a branch's name is used as a tag", [
        "unit/images/test_tags.py::test_a_filled_template_is_a_tag_or_nothing",
        "unit/images/test_tags.py::test_our_own_tags_differ_where_the_names_differ",
        f"{OCI}::test_an_impossible_tag_is_refused_without_a_request",
    ]),
    "F4": ("an invisible repository reads as a missing branch", [f"{SOURCES}::test_an_invisible_repository_makes_everything_unknown"]),
    "F5": ("a credential in an address or a persisted header", [f"{GO}::test_a_token_for_private_modules_is_in_no_file_and_no_argument"]),
    "F6": ("a refusal, a throttle or an outage reads as absent", [
        f"{ECR}::test_a_refusal_is_unknown_and_says_what_is_missing",
        f"{ACTION}::test_a_registry_that_refuses_is_never_an_empty_one",
        f"{STATES}::test_no_combination_breaks_a_promise",
    ]),
    "F7": ("an answer's text is searched for a word it never has", [f"{ECR}::test_one_call_answers_for_all_tags_that_are_there_and_that_are_not"]),
    "F8": ("a permission is needed that pull roles lack", [f"{ECR}::test_a_denied_part_names_its_own_permission"]),
    "F9": ("an archived image reads as present", [f"{ECR}::test_only_one_of_ecr_s_failures_says_that_an_image_is_not_there"]),
    "F10": ("the merge commit is taken for the change", [
        f"{EVENTS}::test_a_pull_request_is_tested_at_its_head_and_the_merge_commit_is_known_beside_it",
        f"{ACTION}::test_the_merge_commit_as_commit_sha_is_warned_of",
    ]),
    "F11": ("go get cannot have a merge or a fork's commit", [
        f"{GO}::test_a_merge_commit_that_nobody_pushed_is_taken",
        f"{GO}::test_a_commit_of_a_fork_is_taken",
    ]),
    "F12": ("a branch's name is given to go", [f"{GO}::test_a_branch_of_any_name_is_taken_for_go_never_sees_the_name"]),
    "F13": ("an existing replace line keeps the old code", [f"{GO}::test_an_older_replacement_is_replaced_whatever_it_names"]),
    "F14": ("the module's own replace lines are not inherited", [
        f"{GO}::test_the_module_s_own_replacements_are_copied_and_those_that_cannot_be_are_reported",
        f"{GO}::test_without_copying_the_drift_is_reported",
    ]),
    "F15": ("the builder's Go is too old", [f"{GO}::test_a_builder_that_is_too_old_is_said_before_it_fails"]),
    "F16": ("a vendor folder of another build", [
        f"{GO}::test_a_vendor_folder_is_made_anew",
        f"{GO}::test_a_vendor_folder_of_an_earlier_build_is_seen",
    ]),
    "F17": ("the tests do not wait for the build", [f"{FLOW}::test_the_tests_run_exactly_where_there_is_an_image"]),
    "F18": ("a skipped job skips all after it", [f"{FLOW}::test_the_tests_run_exactly_where_there_is_an_image"]),
    "F19": ("an output is set by a step nobody can name", [f"{FLOW}::test_the_build_runs_exactly_where_it_is_needed_and_the_tests_take_what_it_made"]),
    "F20": ("a tag is handed on instead of a digest", [f"{ACTION}::test_the_branch_of_the_same_whole_name_is_taken_with_its_own_fresh_image"]),
    "F21": ("runs share a tag that moves", ["contract/images/test_two_at_once.py::test_both_end_with_the_same_image"]),
    "F22": ("two companions' commits have one name", [f"{KEY}::test_whatever_an_image_is_made_from_changes_the_key"]),
    "F23": ("each push builds, and a revert reuses", [f"{ACTION}::test_a_push_that_changes_what_the_companion_uses_needs_one_and_its_revert_none"]),
    "F24": ("two runs build the same", [
        f"{FLOW}::test_one_build_at_a_time_has_a_key_and_none_is_cancelled_for_another",
        "contract/images/test_two_at_once.py::test_both_end_with_the_same_image",
    ]),
    "F25": ("a fork's pull request ends in riddles, or chooses a branch", [
        f"{ACTION}::test_a_fork_s_change_uses_what_is_there_and_is_never_built",
        f"{ACTION}::test_what_happens_to_forks_is_the_caller_s_choice",
        f"{NAMES}::test_an_untrusted_occasion_matches_no_branch_and_follows_no_text_whatever_it_holds",
    ]),
    "F26": ("pull_request_target builds the author's code", [f"{ACTION}::test_in_the_base_s_name_nothing_is_built"]),
    "F27": ("a merge group has no refs", [
        f"{ACTION}::test_a_merge_group_matches_the_branch_of_its_pull_request",
        f"{ACTION}::test_the_seed_s_base_expression_in_a_merge_queue_is_seen_through",
    ]),
    "F28": ("a tag is used as a branch", [f"{ACTION}::test_a_tag_takes_the_tag_of_the_same_name_and_is_never_built"]),
    "F29": ("a release line falls to master", [f"{ACTION}::test_a_missing_base_branch_of_a_release_line_is_no_reason_to_test_against_master"]),
    "F30": ("a deleted branch, a closed pull request, a zero commit", [f"{ACTION}::test_where_there_is_nothing_to_test_there_is_nothing_to_resolve"]),
    "F31": ("an image for another platform", [
        f"{ACTION}::test_an_image_for_another_platform_cannot_be_tested_with",
        "unit/images/test_manifests.py::test_an_index_lists_images_by_platform_and_attestations_are_none",
    ]),
    "F32": ("images overwrite each other's cache", [f"{FLOW}::test_the_cache_of_one_companion_is_not_another_s"]),
    "F33": ("a masked account id drops the output", [
        f"{E2E}::test_a_masked_account_id_costs_the_full_name_and_not_the_path",
        "unit/images/test_hosts.py::test_what_is_no_registry_is_refused_with_the_form_that_is_meant",
    ]),
    "F34": ("go.mod is searched for a word", [f"{GO}::test_another_commit_in_the_checkout_is_another_build"]),
    "F35": ("secrets on command lines", [f"{E2E}::test_no_secret_is_anywhere_and_every_file_is_the_workspace_owner_s"]),
    "F36": ("the branch moves between resolving and building", [f"{FLOW}::test_a_caller_gives_what_is_required_and_nothing_unknown"]),
    "F37": ("a fallback that nobody declared or sees", [
        f"{ACTION}::test_a_stand_in_is_announced_in_warning_summary_and_outputs",
        f"{STATES}::test_no_combination_breaks_a_promise",
    ]),
    "F38": ("lifecycle rules that know nothing of the tags", [
        "unit/images/test_lifecycle.py::test_a_repository_s_own_rules_stay_and_ours_go_before_them"
    ]),
    "F39": ("a label names a commit that was not built", [f"{FLOW}::test_the_image_says_what_it_is_made_from_in_the_words_that_are_read_again"]),
    "F40": ("test code of another branch than the image", [f"{ACTION}::test_the_branch_of_the_same_whole_name_is_taken_with_its_own_fresh_image"]),
    "F41": ("a missing permission hides a pull request", [f"{ACTION}::test_a_look_at_the_companion_that_is_refused_stops_and_says_what_to_grant"]),
    "F42": ("nobody can see why", [f"{ACTION}::test_the_page_tells_what_is_pinned_what_was_tried_and_how_to_see_the_same"]),
    "F43": ("one form of manifest is asked for", [f"{OCI}::test_a_registry_that_knows_newer_forms_is_asked_for_all_of_them"]),
    "F44": ("a renamed branch is followed", [f"{SOURCES}::test_an_answer_about_another_branch_is_not_believed"]),
    "F45": ("a branch is matched by its beginning", [f"{SOURCES}::test_a_branch_that_others_begin_like_is_not_there"]),
}  # fmt: skip


@cache
def functions_of(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_flaw_is_in_the_table():
    assert list(FLAWS) == [f"F{number}" for number in range(1, 46)]


@pytest.mark.parametrize("flaw", FLAWS)
def test_every_flaw_is_kept_out_by_a_test_that_is_there(flaw):
    what, kept_out = FLAWS[flaw]
    assert what
    if isinstance(kept_out, str):
        assert re.fullmatch(r"never: .+", kept_out)
        return
    assert kept_out
    for named in kept_out:
        path, _, function = named.partition("::")
        assert function in functions_of(path), named
