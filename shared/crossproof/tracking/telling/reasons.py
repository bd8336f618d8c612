"""The ways in which judging can end, and what each means to a caller."""

from crossproof.verdict import Exit, Reason, Verdict, unproven

AS_PLANNED = Reason(
    word="as-planned",
    verdict=Verdict.PASSED,
    exit=Exit.DONE,
    meaning="Every log was read whole, and nothing in them is as bad as `fail_on` or worse.",
)
PART_JUDGED = unproven(
    "part-judged",
    Exit.DONE,
    "A shard: what it holds is as planned. Whether anything is missing is decided by `mode: merge`.",
    "Upload the report directory, and merge the reports of all shards in a job that needs them.",
)
FINDINGS = Reason(
    word="findings",
    verdict=Verdict.FAILED,
    exit=Exit.PROVEN_BAD,
    meaning="The logs are not as planned: findings at or above `fail_on` (`error` where it is `never`).",
    fix="Each group names its rule; the rules page says what it means and what to do.",
)
PLAN_INVALID = unproven(
    "plan-invalid",
    Exit.CALL_MUST_CHANGE,
    "The plan (or the baseline) cannot be used as written, so nothing was judged.",
    "Each fault is annotated on its line with what to write instead.",
)
NO_LOG = unproven(
    "no-log",
    Exit.NOT_FOUND_OUT,
    "A log that was asked for is not there: what it would have shown is unknown.",
    "Correct `logs`, or look why the run recorded nothing. Missing logs are never green.",
)
SHARDS_INCOMPLETE = unproven(
    "shards-incomplete",
    Exit.NOT_FOUND_OUT,
    "Not every shard of the matrix has exactly one report of this plan: what is missing is unknown.",
    "Let every shard upload its report directory, also when it ends red, and give the matrix that was run.",
)
EMPTY_LOG = unproven(
    "empty-log",
    Exit.NOT_FOUND_OUT,
    "A log holds no event, or all logs together hold fewer than `min_events`.",
    "Look whether the recorder was attached. Empty logs are never green.",
)
UNREADABLE_LOG = unproven(
    "unreadable-log",
    Exit.NOT_FOUND_OUT,
    "A log is damaged, locked, or not the file that was fetched.",
    "Fetch it again; open it by hand.",
)
EVIDENCE_CUT = unproven(
    "evidence-cut",
    Exit.NOT_FOUND_OUT,
    "A limit was reached: what lies beyond it was not judged, and what was judged is fine.",
    "Raise `max_bytes`, or judge the logs in shards and merge.",
)
NOTHING_JUDGED = unproven(
    "nothing-judged",
    Exit.NOT_FOUND_OUT,
    "The logs hold events, but none that the plan knows.",
    "Check in the plan, under `source` and `match`, where it looks for names and types.",
)
BASELINE_UNFIT = unproven(
    "baseline-unfit",
    Exit.NOT_FOUND_OUT,
    "The baseline was learned for another plan, scenario or platform, so comparing proves nothing.",
    "Give the baseline of this scenario and platform, or learn one.",
)
REASONS = (
    AS_PLANNED,
    PART_JUDGED,
    FINDINGS,
    PLAN_INVALID,
    SHARDS_INCOMPLETE,
    NO_LOG,
    EMPTY_LOG,
    UNREADABLE_LOG,
    EVIDENCE_CUT,
    NOTHING_JUDGED,
    BASELINE_UNFIT,
)
