"""The endings that an archive can give: kept apart, so that naming them costs nobody the import of the rest."""

from crossproof.verdict import Exit, Reason, Verdict, unproven

TAMPERED = Reason(
    word="tampered",
    verdict=Verdict.FAILED,
    exit=Exit.PROVEN_BAD,
    meaning="Something in the archive is not what was written there, or is gone: its hash is not the one vouched for.",
    fix="Leave the store as it is and find out who wrote to it (versions, access logs); `evidence verify` lists all.",
)
EVIDENCE_DIFFERS = Reason(
    word="evidence-differs",
    verdict=Verdict.FAILED,
    exit=Exit.PROVEN_BAD,
    meaning="Other bytes or facts are kept already for this very run and attempt: one of the two did not happen.",
    fix="Nothing was overwritten. Compare with `crossproof evidence show`; a judgement is archived with its run.",
)
RESTORE_NEEDED = unproven(
    "restore-needed",
    Exit.NOT_FOUND_OUT,
    "The evidence is kept, in a storage class from which it must first be restored.",
    "Set `restore: request` and run again when it is ready, or `restore: wait` with a `wait_timeout`.",
)
RESTORE_REQUESTED = unproven(
    "restore-requested",
    Exit.DONE,
    "Bringing the evidence back was asked for; it is not here yet.",
    "Run again after `restore_ready_at`.",
)
RESTORE_TIMEOUT = unproven(
    "restore-timeout",
    Exit.NOT_FOUND_OUT,
    "The evidence was not brought back within `wait_timeout`.",
    "The restore goes on: run again after `restore_ready_at`, or wait longer.",
)
