"""When figures are a result, and when not: the truth table."""

from dataclasses import replace

import numpy as np
import pytest

from beadwatch.evaluation.verdict import Standing, judge
from tests.evaluation.by_hand import single


@pytest.mark.parametrize(
    ("seen", "ungrouped", "doubts", "standing", "says"),
    [
        ("", 0, (), Standing.RESULT, "no picture is of a group"),
        ("c", 0, (), Standing.NO_RESULT, "3 of 8 pictures are of 1 of 4 groups"),
        ("abcd", 0, (), Standing.NO_RESULT, "8 of 8 pictures are of 4 of 4 groups"),
        ("a", 2, ("whatever",), Standing.NO_RESULT, "2 of 8 pictures are of 1 of 4 groups"),
        ("", 2, (), Standing.UNSURE, "2 of 8 pictures have no group"),
        ("", 0, ("nobody knows",), Standing.UNSURE, "nobody knows"),
    ],
)
def test_the_truth_table(seen: str, ungrouped: int, doubts: tuple[str, ...], standing: Standing, says: str) -> None:
    answers = single()
    verdict = judge(replace(answers, group_seen=np.array([g in seen for g in answers.groups])), ungrouped, doubts)
    assert verdict.standing is standing
    assert verdict.is_result is (standing is Standing.RESULT)
    assert says in verdict.reasons[0]
    assert verdict.to_dict()["is_result"] is verdict.is_result


def test_one_group_says_nothing_of_another() -> None:
    verdict = judge(single().take(np.array([3, 4, 5])))
    assert verdict.standing is Standing.UNSURE
    assert "one group" in verdict.reasons[0]
