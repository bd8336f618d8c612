from hypothesis import given
from hypothesis import strategies as st

from crossproof.doctor.permissions import known_from_identity
from crossproof.doctor.seen import Identity, Repository
from crossproof.probe import Absent, Present
from crossproof.units import RepoRef

PRIVATE = Repository(name=RepoRef("acme", "app"), private=True, default_branch="main")
PUBLIC = Repository(name=RepoRef("acme", "app"), private=False, default_branch="main")


def an_app(**permissions: str) -> Identity:
    return Identity(kind="GitHub App", permissions=permissions)


def a_classic_token(*scopes: str) -> Identity:
    return Identity(kind="classic token", scopes=scopes)


def test_an_app_has_what_its_installation_lists():
    assert known_from_identity(an_app(actions="write"), "actions", "read", PRIVATE) == Present(
        "the App's installation has actions: write"
    )
    assert known_from_identity(an_app(actions="read"), "actions", "write", PRIVATE) == Absent(
        "the App's installation has actions: read"
    )
    assert known_from_identity(an_app(), "contents", "read", PRIVATE) == Absent(
        "the App's installation has no contents permission"
    )


def test_a_permission_written_as_in_a_workflow_is_found_as_an_app_has_it():
    assert known_from_identity(an_app(pull_requests="write"), "pull-requests", "read", PRIVATE) == Present(
        "the App's installation has pull-requests: write"
    )


def test_a_repository_that_was_seen_can_be_seen():
    assert known_from_identity(an_app(), "metadata", "read", PRIVATE) == Present("the repository can be seen")


def test_a_scope_that_is_missing_is_proof_and_names_those_that_would_do():
    assert known_from_identity(a_classic_token("gist"), "actions", "read", PRIVATE) == Absent(
        "the token's scopes are gist; one of repo is needed"
    )


def test_a_scope_says_at_most_what_a_token_may_so_writing_must_be_tried():
    assert known_from_identity(a_classic_token("repo"), "actions", "write", PRIVATE) is None


def test_a_status_needs_only_the_status_scope_to_be_tried():
    assert known_from_identity(a_classic_token("repo:status"), "statuses", "write", PRIVATE) is None


def test_a_public_repository_is_readable_with_any_classic_scope():
    assert isinstance(known_from_identity(a_classic_token("gist"), "actions", "read", PUBLIC), Present)


@given(
    permission=st.sampled_from(["actions", "contents", "statuses"]),
    level=st.sampled_from(["read", "write"]),
)
def test_a_token_whose_permissions_are_not_listed_is_never_judged_without_asking(permission, level):
    assert known_from_identity(Identity(kind="token"), permission, level, PRIVATE) is None
