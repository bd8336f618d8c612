"""The endings that an archive or a download can force, and the error that says which rule was broken."""

from crossproof.errors import CrossproofError
from crossproof.verdict import Exit, Reason, Verdict, unproven

UNSAFE_ARCHIVE = Reason(
    word="unsafe-archive",
    verdict=Verdict.FAILED,
    exit=Exit.PROVEN_BAD,
    meaning="An artifact is damaged, or made so that unpacking it could write where it must not or fill the disk.",
    fix="The message names the entry and the rule. `extract: never` keeps the archive as it is, unpacked by nobody.",
)


DISK_FULL = unproven(
    "disk-full",
    Exit.NOT_FOUND_OUT,
    "The disk has no room for what was to be fetched; nothing was left behind.",
    "Free space in an earlier step, fetch fewer artifacts, or use a larger runner.",
)


class UnsafeArchive(CrossproofError):
    """An archive that is not unpacked. `rule` is a stable word; `what` names the entry, made safe to print."""

    reason = UNSAFE_ARCHIVE

    def __init__(self, rule: str, what: str) -> None:
        """Name the broken rule and what broke it."""
        super().__init__(
            what,
            why=f"The archive breaks the rule `{rule}`; nothing of it was written to the workspace.",
            fix="Ask who made the artifact; `extract: never` keeps the archive itself, with its digest verified.",
            anchor="unsafe-archive",
        )
        self.rule = rule
