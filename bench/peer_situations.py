"""The situations in which six released actions were measured, with ours in each: right, wrong or unproven."""

from collections.abc import Iterator

from tests.situations import SITUATIONS, meet

from bench import Row

TITLE = "dispatch-and-wait in the situations of its peers (how many of the six were wrong or of no use there)"


def rows() -> Iterator[Row]:
    """Meet each over real sockets."""
    for situation in SITUATIONS:
        seen = meet(situation)
        peers = f"{situation.peers_wrong} of {situation.peers}" if situation.peers_wrong else "none"
        yield Row(
            what=f"{situation.name} (peers wrong: {peers})",
            figure=f"{seen.judged}: {seen.word}, {seen.calls} calls, {seen.charged} charged",
            bar="right",
            holds=seen.judged == "right",
        )
