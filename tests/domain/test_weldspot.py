"""WeldSpot's names are read as its app writes them, and nothing else is taken for one."""

from datetime import UTC, datetime

import pytest

from beadwatch.domain.errors import DatasetError
from beadwatch.domain.weldspot import is_weldspot, read_weldspot

SAID = "1700000000123_0-0.0_0-0.1_1-0.3_0-0.0_0-0.9_1-1.0_0-0.0"


def test_name_of_feedback() -> None:
    name = read_weldspot(SAID)
    assert name.truth == ("crack", "porosity")
    assert list(name.scores.items()) == [
        ("background", 0.0), ("bad welding", 0.1), ("crack", 0.3), ("excess reinforcement", 0.0), ("good welding", 0.9),
        ("porosity", 1.0), ("spatters", 0.0),
    ]  # fmt: skip
    assert name.captured_at == datetime(2023, 11, 14, 22, 13, 20, 123000, UTC)


def test_name_without_an_answer() -> None:
    name = read_weldspot("12_1_0_0_0_0_0_0")
    assert (name.id, name.truth, name.scores) == ("12", ("background",), {})


@pytest.mark.parametrize("moment", ["abc", "-5", "1.5", "9" * 15, "9" * 5000, "٣٤"], ids=lambda text: text[:20])
def test_id_that_is_no_moment(moment: str) -> None:
    assert read_weldspot(moment + SAID[13:]).captured_at is None


@pytest.mark.parametrize(
    "stem", ["", "photo", "1_0_0_0", SAID + "_0-0.1", SAID[:-4], SAID.replace("1-0.3", "2-0.3"), f"{SAID}\n"]
)
def test_other_name(stem: str) -> None:
    assert not is_weldspot(stem)
    with pytest.raises(DatasetError, match="the name is not"):
        read_weldspot(stem)


@pytest.mark.parametrize("score", ["1.1", "-0.1", "nan", "inf", "x", ""])
def test_broken_score(score: str) -> None:
    with pytest.raises(DatasetError, match="is no score" if score else "the name is not"):
        read_weldspot(SAID.replace("1-0.3", f"1-{score}"))
