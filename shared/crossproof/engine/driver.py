"""The text that a tests' container runs: the phases of a tier one after the other, each with its own exit code.

One container for all phases: what the setup installs is there for the tests. It waits for the services before the
migration, so that setting up costs no time. As process 1 it must outlive an interrupt, or the kernel would end the
tests before they have written anything down.
"""

import shlex
from collections.abc import Sequence

PHASES = ("require", "setup", "migrate", "run")

DRIVER = """\
trap 'interrupted=1' INT TERM
cd "$TIER_WORKDIR" || exit 125
for phase in require setup migrate run; do
  if [ "$phase" = migrate ]; then
    while [ ! -e "$TIER_STATE/go" ] && [ -z "$interrupted" ]; do sleep 0.1; done
  fi
  [ -z "$interrupted" ] || break
  [ -e "$TIER_STATE/$phase.sh" ] || continue
  echo "$phase" > "$TIER_STATE/phase"
  /bin/sh "$TIER_STATE/$phase.sh"
  code=$?
  echo "$code" > "$TIER_STATE/$phase.exit.new" && mv "$TIER_STATE/$phase.exit.new" "$TIER_STATE/$phase.exit"
  [ "$code" = 0 ] || exit "$code"
done
"""

# In the foreground, because a shell makes what it starts in the background deaf to interrupts; with a trap, so that it
# outlives one until its child has ended. `trap :` and not `trap ''`: an ignored signal stays ignored in the programs a
# shell starts, and pytest would then never hear that it is to end.
_PHASE = "trap : INT TERM\nset -e\n{commands}\n"


def phase(commands: str) -> str:
    """Write the file of one phase: the first command that fails ends it."""
    return _PHASE.format(commands=commands)


def require(commands: Sequence[str]) -> str:
    """Write the phase that looks for commands."""
    each = " ".join(shlex.quote(command) for command in commands)
    return (
        f'missing=\'\'\nfor each in {each}; do command -v "$each" >/dev/null || missing="$missing $each"; done\n'
        '[ -z "$missing" ] || { echo "missing in the runtime:$missing" >&2; exit 127; }\n'
    )
