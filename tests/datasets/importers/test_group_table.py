"""groups.csv gives groups by name, by name and part, or by path."""

from pathlib import Path

import pytest

from beadwatch.datasets.importers.base import Problems
from beadwatch.datasets.importers.group_table import GroupTable
from beadwatch.datasets.importers.tree import Tree
from beadwatch.domain.errors import DatasetError
from tests.datasets.importers.reading import written


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("file,group\na.jpg,g1\n", "g1"),
        ("split,file,group\ntest,a.jpg,g2\ntrain,a.jpg,g1\n", "g1"),
        ("split,file,group\nTraining,a.jpg,g1\nval,a.jpg,g2\n", "g1"),
        ("file,group\ntrain/images/a.jpg,g1\n", "g1"),
        ("file,group\ntrain\\images\\a.jpg,g1\na.jpg,g2\n", "g1"),
        ("group,file,classes\ng1,a.jpg,x\ng1,a.jpg,x\n", "g1"),
        (b"\xef\xbb\xbffile,group\r\na.jpg,g1\r\n", "g1"),
    ],
)
def test_group_is_found(tmp_path: Path, text: str | bytes, group: str) -> None:
    written(tmp_path / "groups.csv", text)
    assert GroupTable(Tree(tmp_path, Problems())).group_of(tmp_path / "train/images/a.jpg", "train") == group


def test_without_a_table_there_is_no_group(tmp_path: Path) -> None:
    assert GroupTable(Tree(tmp_path, Problems())).group_of(tmp_path / "a.jpg", None) is None


def test_nearest_table_counts(tmp_path: Path) -> None:
    for folder, group in ((".", "far"), ("welds", "near")):
        written(tmp_path / folder / "Groups.CSV", f"file,group\na.jpg,{group}\n")
    table = GroupTable(Tree(tmp_path, Problems()))
    assert [table.group_of(tmp_path / name, None) for name in ("a.jpg", "other/a.jpg", "welds/new/a.jpg")] == [
        "far",
        "far",
        "near",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("file,group\nb.jpg,g1\n", r"groups\.csv: no group for 'a\.jpg'"),
        ("file,group\na.jpg,\n", r"groups\.csv, line 2: needs a file and a group"),
        ("file,group\na.jpg,g1\na.jpg,g2\n", r"groups\.csv, line 3: 'a\.jpg' is in the group 'g2' here, and in 'g1'"),
        ("file,group\na.jpg\n", r"groups\.csv, line 2: 1 cells where the header has 2"),
        ("name,group\na.jpg,g\n", r"groups\.csv, line 1: lacks the column 'file'"),
        (b"file,group\na.jpg,Schwei\xdfnaht\n", r"groups\.csv, line 2: byte 0xdf"),
    ],
)
def test_bad_table_is_refused(tmp_path: Path, text: str | bytes, says: str) -> None:
    written(tmp_path / "groups.csv", text)
    with pytest.raises(DatasetError, match=says):
        GroupTable(Tree(tmp_path, Problems())).group_of(tmp_path / "a.jpg", None)


def test_broken_table_is_reported_once(tmp_path: Path) -> None:
    written(tmp_path / "groups.csv", "")
    problems = Problems(skip=True)
    table = GroupTable(Tree(tmp_path, problems))
    assert [table.group_of(tmp_path / name, None) for name in ("a.jpg", "b.jpg")] == [None, None]
    assert len(problems.found) == 1
