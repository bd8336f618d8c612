"""The situations in which six released actions were measured: ours says the truth in each, over real sockets."""

import pytest
from tests.situations import SITUATIONS, meet


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda each: each.name)
def test_it_says_the_truth_starts_one_child_and_leaves_no_orphan(situation):
    seen = meet(situation)
    assert seen.judged == "right", (seen.word, seen.log)
