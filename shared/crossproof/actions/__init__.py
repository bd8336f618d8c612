"""One module per action, the whole story on one page; this table is all that `--help` needs to know."""

# Name -> what it does, in the words of `crossproof --help`. A static table: listing must not import the actions.
ACTIONS = {
    "doctor": "Say what this job can do, and what each action of the suite still lacks.",
    "fetch-artifacts": "Bring what a run recorded into the workspace, proven to be what was uploaded.",
    "dispatch-and-wait": "Start a run in another repository, find exactly that run, wait, and bring back what it said.",
    "receive-results": "Verify what a callback tells of a run, by asking GitHub, and bind the run to the commit.",
    "validate-tracking-logs": "Judge what an app really sent, against a tracking plan and against its own past.",
    "archive-artifacts": "Keep what a run recorded as evidence, whole and once, to be found and proven again.",
    "resolve-dashboard-image": "Find the image to test a change with, proven to have the code of both repositories.",
    "run-tiered-tests": "Run tiers of tests on the same Compose stack as a laptop, and say what their results prove.",
    "check-go-module": "Prove that a Go build takes a module from one commit, and list what it uses of it.",
    "notify": "Tell people what a report says: Slack, one comment on a pull request, a commit status.",
}


def module_of(action: str) -> str:
    """Name the module in which an action lives."""
    return f"crossproof.actions.{action.replace('-', '_')}"
