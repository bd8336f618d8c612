"""Comments and commit statuses over real sockets: whose they are, how many there are, and what GitHub refuses."""

import pytest
from tests.telling import FAILED, HOME, PASSED, RUN, notice

from crossproof.errors import CrossproofError, NoAccess, RateLimited
from crossproof.github.access import TokenAccess
from crossproof.github.api import Api
from crossproof.github.commit_statuses import GithubStatuses
from crossproof.telling.commit import CONTEXT, OnCommit
from crossproof.telling.deciding import When
from crossproof.telling.delivering import Did, deliver
from crossproof.telling.wording import as_comment
from crossproof.units import RepoRef, SecretStr, Sha
from crossproof_sandbox import faults


def tell(place, ended=FAILED, when=When.ALWAYS, token="", **changes):
    return deliver(place.messages(token), notice(ended, **changes), when, place.clock)


class TestComments:
    def test_one_comment_is_changed_in_place(self, comments):
        delivery = tell(comments)
        assert delivery.url == "https://github.example/acme/app/pull/1#issuecomment-1001"
        assert tell(comments, PASSED, run=RUN + 1).did is Did.UPDATED
        [comment] = comments.repository.discussion.comments.values()
        assert "### ✅ passed" in comment.body

    @pytest.mark.parametrize("kind", ["person", "app"])
    def test_whoever_tells_finds_what_they_said_themselves(self, github, comments, kind):
        token = github.token(login="ann") if kind == "person" else github.actions_token(HOME)
        tell(comments, token=token)
        assert tell(comments, PASSED, token=token, run=RUN + 1).did is Did.UPDATED
        assert len(comments.repository.discussion.comments) == 1

    def test_what_another_person_wrote_with_our_stamp_is_neither_changed_nor_believed(self, github, comments):
        planted = as_comment(notice(PASSED))
        comments.comment(planted, "mallory")
        for token in (github.token(login="ann"), github.actions_token(HOME)):
            assert tell(comments, PASSED, when=When.CHANGE, token=token).did is Did.POSTED
        first = next(iter(comments.repository.discussion.comments.values()))
        assert (first.author, first.body) == ("mallory", planted)

    def test_it_is_found_behind_many_others(self, comments):
        tell(comments)
        for number in range(120):
            comments.comment(f"I think {number}", "ann")
        assert tell(comments, PASSED, run=RUN + 1).did is Did.UPDATED

    def test_a_limit_that_refused_is_waited_out(self, github, comments):
        github.faults.on("POST", "*/comments", faults.secondary_limit(30), times=1)
        assert tell(comments).did is Did.POSTED
        assert len(comments.seen()) == 1

    def test_a_limit_that_lasts_is_not_told(self, github, comments):
        github.faults.on("POST", "*/comments", faults.secondary_limit(3600))
        assert isinstance(tell(comments).error, RateLimited)

    def test_a_fork_s_token_may_only_read_and_that_is_said(self, github, comments):
        delivery = tell(comments, token=github.actions_token(HOME, {"pull_requests": "read", "metadata": "read"}))
        assert (delivery.did, type(delivery.error)) == (Did.FAILED, NoAccess)
        assert "write" in delivery.error.fix

    def test_a_number_that_is_none_is_not_told(self, comments):
        comments.number = 99
        assert tell(comments).did is Did.FAILED
        assert comments.repository.discussion.comments == {}

    def test_a_comment_that_somebody_deletes_meanwhile_is_not_told_and_the_next_run_begins_anew(self, github, comments):
        tell(comments)
        github.faults.on("PATCH", "*", before=comments.repository.discussion.comments.clear, times=1)
        assert tell(comments, PASSED, run=RUN + 1).did is Did.FAILED
        assert tell(comments, PASSED, run=RUN + 1).did is Did.POSTED

    def test_who_we_are_must_be_known_before_a_comment_is_taken_for_ours(self, github, comments):
        token = github.token(login="ann")
        tell(comments, token=token)
        github.faults.on("GET", "/user", faults.status(502))
        delivery = tell(comments, token=token, run=RUN + 1)
        assert "could not be looked for" in delivery.remark


@pytest.fixture
def statuses(github):
    api = Api(TokenAccess(SecretStr(github.actions_token(HOME))), api_url=github.url, clock=github.clock)
    return GithubStatuses(api)


class TestStatuses:
    def tell(self, github, statuses, ended=FAILED, **changes):
        told = notice(ended, **changes)
        sha = Sha(github.repository(HOME).history.branches["main"])
        return deliver(OnCommit(statuses, RepoRef.parse(HOME), sha, told, CONTEXT), told, When.ALWAYS, github.clock)

    def listed(self, github):
        return [(one.state, one.description) for one in github.repository(HOME).discussion.statuses]

    def test_it_is_set_and_followed(self, github, statuses):
        assert self.tell(github, statuses).did is Did.POSTED
        assert self.tell(github, statuses, PASSED, attempt=2).did is Did.UPDATED
        assert [state for state, _ in self.listed(github)] == ["failure", "success"]

    def test_a_sentence_that_github_would_refuse_is_made_fit(self, github, statuses):
        assert self.tell(github, statuses, sentence="\N{BUG}\r\n" + "x" * 500).did is Did.POSTED
        [(_, said)] = self.listed(github)
        assert said.startswith("dispatch-and-wait · acme/child: \N{REPLACEMENT CHARACTER} xxx")
        assert len(said) == 140

    def test_other_contexts_are_not_ours(self, github, statuses):
        sha = github.repository(HOME).history.branches["main"]
        statuses.set(RepoRef.parse(HOME), sha, context="ci/other", state="failure", description="red", url="")
        assert self.tell(github, statuses, PASSED).did is Did.POSTED

    def test_without_permission_it_is_not_told_and_names_what_to_grant(self, github):
        token = github.actions_token(HOME, {"statuses": "read", "metadata": "read"})
        api = Api(TokenAccess(SecretStr(token)), api_url=github.url, clock=github.clock)
        delivery = self.tell(github, GithubStatuses(api))
        assert delivery.did is Did.FAILED
        assert "statuses: write" in delivery.error.fix

    def test_statuses_that_cannot_be_read_hide_nothing_and_are_not_taken_for_none(self, github, statuses):
        self.tell(github, statuses, FAILED, environment="prod")
        github.faults.on("GET", "*/statuses", faults.status(403, "Forbidden"))
        delivery = self.tell(github, statuses, PASSED, environment="stage")
        assert delivery.did is Did.FAILED
        assert [state for state, _ in self.listed(github)] == ["failure"]

    def test_a_list_that_is_none_is_trouble(self, github, statuses):
        sha = github.repository(HOME).history.branches["main"]
        github.faults.on("GET", "*/statuses", lambda answer: answer)
        with pytest.raises(CrossproofError):
            statuses.said(RepoRef.parse(HOME), sha, CONTEXT)
