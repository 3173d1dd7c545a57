"""A label track has one label for each time, and says on which line it has not."""

from pathlib import Path

import pytest

from beadwatch.datasets.importers.base import Problems
from beadwatch.datasets.importers.label_track import read_track
from tests.datasets.importers.reading import written

HEADER = "start_s,end_s,label\n"


def test_times_have_labels(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", HEADER + "2,3.5,crack\n0,1,Good weld\n1,1.5,crack\n")
    track = read_track(path, 4.0, Problems())
    assert track is not None
    assert track.complete
    found = {
        time: interval.label if (interval := track.at(time)) else None for time in (0, 0.99, 1, 1.5, 2, 3.49, 3.5, 9)
    }
    labels = ["Good weld", "Good weld", "crack", None, "crack", "crack", None, None]
    assert list(found.values()) == labels


BAD = {
    "reversed": ("2,1,a", "ends at 1 s, which is not after its start at 2 s", 3),
    "no time": ("2,2,a", "not after its start", 3),
    "NaN": ("nan,2,a", "'nan' to '2' are no times", 3),
    "word": ("1:20,2,a", "'1:20' to '2' are no times", 3),
    "empty": (",2,a", "'' to '2' are no times", 3),
    "negative": ("-1,2,a", "'-1' to '2' are no times", 3),
    "beyond": ("2,11,a", "after the end of the video at 10.000 s", 3),
    "no label": ("2,3,", "needs a label", 3),
    "short": ("2,3", "2 cells where the header has 3", 3),
}


@pytest.mark.parametrize(("row", "says", "line"), BAD.values(), ids=BAD.keys())
def test_bad_interval_is_reported_by_its_line(tmp_path: Path, row: str, says: str, line: int) -> None:
    problems = Problems(skip=True)
    track = read_track(written(tmp_path / "t.csv", f"{HEADER}0,1,good\n{row}\n"), 10.0, problems)
    assert [(says in problem.message, problem.line) for problem in problems.found] == [(True, line)]
    assert track is not None
    assert ([interval.label for interval in track.intervals], track.complete) == (["good"], False)


@pytest.mark.parametrize(
    ("rows", "lines", "left"),
    [
        ("0,2,a\n1,3,b\n", [3], []),
        ("1,3,b\n0,2,a\n", [3], []),
        ("0,9,a\n1,2,b\n3,4,c\n9,10,d\n", [3, 4], ["d"]),
        ("0,1,a\n0,1,a\n2,3,b\n", [3], ["b"]),
    ],
    ids=["two", "other order", "long one", "the same"],
)
def test_overlap_is_reported_and_neither_is_believed(
    tmp_path: Path, rows: str, lines: list[int], left: list[str]
) -> None:
    problems = Problems(skip=True)
    track = read_track(written(tmp_path / "t.csv", HEADER + rows), 10.0, problems)
    assert [problem.line for problem in problems.found] == lines
    assert all("overlaps line 2" in problem.message for problem in problems.found)
    assert track is not None
    assert ([interval.label for interval in track.intervals], track.complete) == (left, False)


@pytest.mark.parametrize("text", ["", HEADER, "start,end,label\n0,1,a\n", b"start_s,end_s,label\n0,1,\xdf\n"])
def test_broken_track_is_reported(tmp_path: Path, text: str | bytes) -> None:
    problems = Problems(skip=True)
    assert read_track(written(tmp_path / "t.csv", text), None, problems) is None
    assert len(problems.found) == 1


def test_end_is_not_checked_where_the_video_does_not_say(tmp_path: Path) -> None:
    track = read_track(written(tmp_path / "t.csv", HEADER + "0,1e6,a\n"), None, Problems())
    assert track is not None
    assert track.complete
