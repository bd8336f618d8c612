"""Laptop commands that are no actions. Each module has `main(arguments, runner) -> int` and reads its own flags."""

COMMANDS: dict[str, str] = {
    "prove-tracking": "Prove a commit of tracking with an app's tests: run, fetch, judge, keep, tell, in one go.",
    "baseline": "Learn what an app's runs have in common, and hold other runs against it.",
    "plan": "Check, test, draft, compare and explain tracking plans.",
    "registry": "Keep ECR from filling up, without losing an image that is in use.",
    "evidence": "Find, show, prove and hand out what was archived.",
}


def module_of(command: str) -> str:
    """Name the module in which a command lives."""
    return f"crossproof.commands.{command.replace('-', '_')}"
