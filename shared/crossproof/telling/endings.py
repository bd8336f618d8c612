"""Every way in which telling can end. None of them is a proof: who tells of a verdict has not made it."""

from crossproof.verdict import Exit, unproven

TOLD = unproven(
    "told",
    Exit.DONE,
    "Every message stands where it was to be told, and says what the report says.",
    "Nothing is to be done: the report's own verdict is in the output `told_verdict`.",
)
NOTHING_TO_TELL = unproven(
    "nothing-to-tell",
    Exit.DONE,
    "By `when` this verdict is none to be told, or a newer run has already told more.",
    "Write `when: always` to be told of everything.",
)
NOBODY_TO_TELL = unproven(
    "nobody-to-tell",
    Exit.NOT_FOUND_OUT,
    "No place to tell was given, or all that were are empty.",
    "Give `slack_token` and `slack_channel`, `slack_webhook`, `pull_request` or `commit_status`; secrets are empty in "
    "pull requests from forks and of Dependabot.",
)
NOT_TOLD = unproven(
    "not-told",
    Exit.NOT_FOUND_OUT,
    "At least one place did not take its message; the summary says which, and why.",
    "Do what the message names and run the job again: what was told already is not told twice.",
)
MAYBE_TOLD = unproven(
    "maybe-told",
    Exit.NOT_FOUND_OUT,
    "A message was sent, no answer came, and whether it arrived could not be looked up; it was not sent again.",
    "Look at the channel; running the job again tells it once more only where it did not arrive.",
)
REPORT_UNUSABLE = unproven(
    "report-unusable",
    Exit.NOT_FOUND_OUT,
    "There is no report at `report_path`, or none that an action of this suite wrote, so there is nothing to tell.",
    "Pass the output `report_path` of the step to be told of; a step that was skipped or killed leaves none.",
)
