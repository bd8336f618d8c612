"""Names every way in which a child run can end for its parent: the word, what it proves, and what to do about it."""

from crossproof.verdict import Exit, Reason, Verdict, unproven

SUCCEEDED = Reason(
    word="succeeded",
    verdict=Verdict.PASSED,
    exit=Exit.DONE,
    meaning="The child run is proven to be the one asked for, and it ended with a conclusion that counts as success.",
)
CHILD_FAILED = Reason(
    word="child-failed",
    verdict=Verdict.FAILED,
    exit=Exit.PROVEN_BAD,
    meaning="The child run ended with the conclusion `failure`.",
    fix="The failed jobs are listed with the ends of their logs; re-running this job re-runs only them (`on_rerun`).",
)
CHILD_TIMED_OUT = Reason(
    word="child-timed-out",
    verdict=Verdict.FAILED,
    exit=Exit.PROVEN_BAD,
    meaning="A job of the child ran into its own time limit (conclusion `timed_out`).",
    fix="Look at the job that took too long, or raise `timeout-minutes` in the child's workflow.",
)
CHILD_CANCELLED = unproven(
    "child-cancelled",
    Exit.NOT_FOUND_OUT,
    "The child run was cancelled before it could prove anything.",
    "Run it again.",
)
SUPERSEDED = unproven(
    "superseded",
    Exit.NOT_FOUND_OUT,
    "The child run was cancelled when a newer run of the same workflow appeared: most likely its concurrency group.",
    "Give each run a group of its own (say, with the commit in its name), or set `cancel-in-progress: false`.",
)
CHILD_INCONCLUSIVE = unproven(
    "child-inconclusive",
    Exit.NOT_FOUND_OUT,
    "The child run ended, but its conclusion (such as `skipped`, `neutral`, `stale`, or none) proves nothing.",
    "If that conclusion is good enough, name it in `success_conclusions`.",
)
CHILD_NEEDS_APPROVAL = unproven(
    "child-needs-approval",
    Exit.NOT_FOUND_OUT,
    "The child run ended with `action_required`: somebody must approve it before it may run.",
    "Approve it on its page, then run this job again.",
)
CHILD_DID_NOT_START = unproven(
    "child-did-not-start",
    Exit.NOT_FOUND_OUT,
    "GitHub could not start the child's jobs (`startup_failure`): its workflow file or a reusable one is not valid.",
    "The run's page names the line. Nothing of the child ran.",
)
START_TIMEOUT = unproven(
    "start-timeout",
    Exit.NOT_FOUND_OUT,
    "The child run did not leave the queue within `start_timeout`.",
    "The message says what it waits for: a runner, an approval, or its concurrency group.",
)
RUN_TIMEOUT = unproven(
    "run-timeout",
    Exit.NOT_FOUND_OUT,
    "The child run was still going when `timeout` was over.",
    "Raise `timeout`, or go on waiting with `mode: wait` and the `run_id` in the outputs.",
)
WEDGED = unproven(
    "wedged",
    Exit.NOT_FOUND_OUT,
    "All jobs of the child ended minutes ago and the run still does not: GitHub lost its end.",
    "Look at the run's page; re-running it usually helps.",
)
NOT_VISIBLE = unproven(
    "not-visible",
    Exit.NOT_FOUND_OUT,
    "GitHub accepted the dispatch, but no run that is provably its own came into sight.",
    "Check that the workflow on the default branch listens to the event; the message says where was looked.",
)
DELETED = unproven(
    "deleted", Exit.NOT_FOUND_OUT, "The child run was deleted while it was waited for.", "Start it again."
)
REPOSITORY_GONE = unproven(
    "repository-gone",
    Exit.NOT_FOUND_OUT,
    "The child's repository cannot be seen any more: deleted, or withdrawn from these credentials.",
    "Check the repository and the access of the token or App.",
)
TOKEN_EXPIRED = unproven(
    "token-expired",
    Exit.NOT_FOUND_OUT,
    "The token stopped being accepted during the wait. The child goes on.",
    "Go on with `mode: wait` and the `run_id` in the outputs; a GitHub App's tokens are refreshed inside the action.",
)
AMBIGUOUS = unproven(
    "ambiguous",
    Exit.NOT_FOUND_OUT,
    "More than one run could be the one that was started, and nothing tells them apart.",
    "Show the token in the child's `run-name`; the message has the line to paste.",
)
LOST_DISPATCH = unproven(
    "lost-dispatch",
    Exit.NOT_FOUND_OUT,
    "The dispatch got no clear answer, and no run that carries its token was found. It was not repeated.",
    "Look at the listed runs, if any; then run this job again.",
)
REJECTED = unproven(
    "rejected",
    Exit.CALL_MUST_CHANGE,
    "GitHub refused the request; nothing was started.",
    "The message has GitHub's own words.",
)
PREFLIGHT = unproven(
    "preflight",
    Exit.CALL_MUST_CHANGE,
    "The request cannot work as written, so nothing was dispatched.",
    "Each fault is listed with what was given and what the target accepts.",
)
OUTPUTS_UNREADABLE = unproven(
    "child-outputs-unreadable",
    Exit.NOT_FOUND_OUT,
    "The child succeeded, but its outputs artifact could not be read or is not what it must be.",
    "Upload one JSON object of strings (at most 1 MiB) under the name given in `child_outputs`.",
)
DISPATCHED = unproven(
    "dispatched", Exit.DONE, "Only the start was asked for: the run was started and not waited for.",
    "Use `mode: dispatch-and-wait` for proof, or verify the callback with receive-results.",
)  # fmt: skip
DETACHED = unproven(
    "detached",
    Exit.DONE,
    "The time was over and `on_timeout: detach` asked to leave the child running.",
    "Go on with `mode: wait` and the `run_id` in the outputs.",
)
STOPPED = unproven(
    "stopped",
    Exit.DONE,
    "Only the cancellation was asked for: the run is not running any more.",
    "Nothing is left to do; `conclusion` says how it ended.",
)  # fmt: skip
FORGED_CALLBACK = unproven(
    "forged-callback",
    Exit.NOT_FOUND_OUT,
    "The callback names a run that is not the expected one: another event, workflow or token, or no run at all.",
    "Check who sends this event; nothing of its payload was believed.",
)
UNBOUND_COMMIT = unproven(
    "unbound-commit",
    Exit.NOT_FOUND_OUT,
    "The run is real, but nothing binds it to the commit that the callback names: an old green run proves nothing new.",
    "Put the commit into the child's `run-name`, or into the name of an artifact; the message has the line to paste.",
)
