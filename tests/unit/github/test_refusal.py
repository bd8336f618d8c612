import pytest

from crossproof.errors import CrossproofError, NoAccess, Unreachable
from crossproof.github.access import Kind
from crossproof.github.answer import Answer
from crossproof.github.refusal import Refused, refusal
from crossproof.probe import Present, Unknown
from crossproof.units import RepoRef
from crossproof.verdict import BAD_INPUT, NO_ACCESS

ABOUT = RepoRef("o", "r")


def refused(
    status: int, text: str = "", *, kind: Kind = Kind.OTHER, repository=None, **headers: str
) -> CrossproofError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = Answer(verb="POST", path="/repos/o/r/dispatches", status=status, headers=named, text=text)
    return refusal(Refused(answer=answer, kind=kind, about=ABOUT, repository=repository))


def test_the_jobs_own_token_is_told_the_yaml_to_paste_and_an_app_its_checkbox():
    error = refused(
        403,
        '{"message": "Resource not accessible by integration"}',
        kind=Kind.INSTALLATION,
        x_accepted_github_permissions="actions=write",
        x_github_request_id="AB:1",
    )
    assert isinstance(error, NoAccess)
    assert error.what == (
        "The job's own token (or one that an earlier step made for an App) may not POST /repos/o/r/dispatches."
    )
    assert error.why == "GitHub says: Resource not accessible by integration"
    assert error.seen == (
        "POST /repos/o/r/dispatches was answered 403 'Resource not accessible by integration' (request id AB:1)"
    )
    assert error.fix == (
        "Give the job the permission:\n"
        "permissions:\n"
        "  actions: write\n"
        "(the job's own token reaches no other repository; if o/r is another one, use an App or a token)\n"
        "Or: Give the GitHub App the permission Actions: write, accept it for the installation, and install it on o/r."
    )


def test_a_fine_grained_token_is_told_the_repository_permission():
    error = refused(403, kind=Kind.FINE_GRAINED, x_accepted_github_permissions="contents=write,pull_requests=read")
    assert error.fix == (
        "Give the fine-grained token the repository permission Contents: write, Pull requests: read on o/r."
    )
    assert error.why == "GitHub gives no reason."


def test_a_classic_token_is_told_its_scope():
    assert refused(403, kind=Kind.CLASSIC, x_accepted_github_permissions="statuses=write").fix == (
        "Give the classic token the scope repo:status."
    )


def test_a_classic_token_that_no_scope_can_help_is_sent_to_an_app():
    assert refused(403, kind=Kind.CLASSIC, x_accepted_github_permissions="checks=write").fix == (
        "Use a GitHub App: no classic token may write Checks."
    )


def test_of_several_sets_of_permissions_the_first_is_named():
    error = refused(403, kind=Kind.APP, x_accepted_github_permissions="issues=write; pull_requests=write")
    assert error.fix == (
        "Give the GitHub App the permission Issues: write, accept it for the installation, and install it on o/r."
    )


def test_a_permission_that_yaml_cannot_give_is_not_offered_as_yaml():
    error = refused(403, kind=Kind.INSTALLATION, x_accepted_github_permissions="administration=read")
    assert "permissions:" not in error.fix
    assert "Administration: read" in error.fix


def test_a_token_of_unknown_kind_is_told_every_way():
    assert refused(403, x_accepted_github_permissions="contents=read").fix.count("Or: ") == 2


@pytest.mark.parametrize(
    ("kind", "fix"),
    [
        (
            Kind.INSTALLATION,
            (
                "Check the spelling. The job's own token reaches its own repository only: for another one pass a personal "
                "token as `token`, or `app_id` and `app_private_key` of a GitHub App that may see o/r."
            ),
        ),
        (
            Kind.MADE,
            "Check the spelling. Install the GitHub App on o/r, or add o/r to the repositories of its installation.",
        ),
        (
            Kind.FINE_GRAINED,
            "Check the spelling. Add o/r to the repositories that the fine-grained token may access.",
        ),
        (Kind.CLASSIC, "Check the spelling. Give the classic token the scope repo, and its owner access to o/r."),
        (Kind.OTHER, "Check the spelling. Use a token that may see o/r."),
    ],
)
def test_a_repository_that_cannot_be_seen_is_made_visible_in_the_way_of_the_token(kind, fix):
    assert refused(404, kind=kind).fix == fix


def test_single_sign_on_gives_the_address_to_open():
    error = refused(403, x_github_sso="required; url=https://github.com/orgs/o/sso?authorization_request=A")
    assert error.fix.startswith("Open https://github.com/orgs/o/sso?authorization_request=A and authorize it")


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        (Kind.INSTALLATION, "GitHub no longer accepts the token."),
        (Kind.APP, "GitHub does not accept the App's signature."),
        (Kind.MADE, "GitHub does not accept the token that it made for the App a moment ago."),
        (Kind.CLASSIC, "GitHub does not accept the token."),
    ],
)
def test_bad_credentials_are_explained_by_what_they_are(kind, what):
    error = refused(401, '{"message": "Bad credentials"}', kind=kind)
    assert (error.what, error.reason) == (what, NO_ACCESS)


def test_not_found_where_the_repository_can_be_seen_is_about_the_thing_itself():
    seen = Present(Answer(verb="GET", path="/repos/o/r", status=200))
    error = refused(404, repository=seen)
    assert (error.what, error.reason) == ("/repos/o/r/dispatches does not exist.", BAD_INPUT)


def test_not_found_where_the_repository_cannot_be_seen_is_about_seeing_it():
    error = refused(404, '{"message": "Not Found"}', repository=Unknown("the network is down"))
    assert error.what == "o/r does not exist, or this token cannot see it."
    assert error.seen.endswith("answered 404 'Not Found'; reading o/r: the network is down")
    assert error.reason is NO_ACCESS


def test_githubs_own_words_about_a_bad_call_are_shown_with_each_of_its_errors():
    error = refused(
        422,
        '{"message": "Validation Failed", "errors": [{"resource": "Status", "field": "state", "code": "invalid"},'
        ' "too long", {"message": "No ref found"}]}',
    )
    assert error.what == (
        "GitHub refuses the request as written: Validation Failed; Status state invalid; too long; No ref found"
    )
    assert error.reason is BAD_INPUT


def test_a_redirects_signed_address_is_not_shown():
    assert "sig=" not in refused(302, location="https://storage.example/x?sig=secret").seen


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 409, 410, 418, 422, 451, 500, 502])
def test_every_refusal_has_a_remedy_and_says_what_was_seen(status):
    error = refused(status, "<html>\x1b[31m")
    assert error.fix
    assert "\x1b" not in error.seen
    assert str(status) in error.seen


def test_an_unknown_status_is_not_found_out():
    assert isinstance(refused(599), Unreachable)
