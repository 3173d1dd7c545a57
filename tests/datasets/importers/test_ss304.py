"""SS304: the run is the group, and every frame that the manifest lists is there or reported."""

import json
from pathlib import Path

import pytest

from beadwatch.datasets.importers.ss304 import Ss304
from beadwatch.datasets.importers.tree import Tree
from tests.datasets.importers.reading import OPTIONS, read, read_with_problem, touched, written

ENTRIES: dict[str, object] = {"run1/a.png": 0, "run1/b.png": 1, "run2/a.png": 5}


def ss304(root: Path, entries: dict[str, object] | None = None, split: str = "train") -> Path:
    entries = ENTRIES if entries is None else entries
    for name in ENTRIES:
        touched(root / split / name)
    written(root / split / f"{split}.json", json.dumps(entries, indent=0))
    return root


def test_label_run_and_split(tmp_path: Path) -> None:
    samples = read(Ss304(), ss304(ss304(tmp_path), {"run2/a.png": 3}, "valid"), source="ss304")
    assert [(s.path, s.labels, s.group, s.source, s.split) for s in samples] == [
        (tmp_path / "train/run1/a.png", ("good weld",), "run1", "ss304", "train"),
        (tmp_path / "train/run1/b.png", ("burn through",), "run1", "ss304", "train"),
        (tmp_path / "train/run2/a.png", ("high travel speed",), "run2", "ss304", "train"),
        (tmp_path / "valid/run2/a.png", ("lack of fusion",), "run2", "ss304", "valid"),
    ]


def test_classes_can_be_renamed_or_left_out(tmp_path: Path) -> None:
    samples = read(Ss304(), ss304(tmp_path), classes={"good weld": "fine", "burn through": None})
    assert [sample.labels for sample in samples] == [("fine",), (), ("high travel speed",)]


BAD_ENTRIES: dict[str, tuple[object, str]] = {
    "below": (-1, "has the unknown class -1"),
    "above": (6, "has the unknown class 6"),
    "text": ("0", "has the unknown class '0'"),
    "null": (None, "has the unknown class None"),
    "fraction": (1.0, "has the unknown class 1.0"),
    "list": ([0], "has the unknown class [0]"),
    "truth": (True, "has the unknown class True"),
}


@pytest.mark.parametrize(("index", "says"), BAD_ENTRIES.values(), ids=BAD_ENTRIES.keys())
def test_unknown_class_is_reported_and_the_rest_read(tmp_path: Path, index: object, says: str) -> None:
    root = ss304(tmp_path, ENTRIES | {"run1/b.png": index})
    says = says.replace("[", r"\[").replace("]", r"\]")
    samples = read_with_problem(Ss304(), root, says, "train/train.json", 3)
    assert [sample.path.name for sample in samples] == ["a.png", "a.png"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("run1/c.png", "no such file"),
        ("run9/c.png", "'run9' is no folder"),
        ("/etc/passwd.png", "leaves the folder"),
        ("../valid/run1/a.png", "leaves the folder"),
        ("loose.png", "is in no run folder"),
    ],
)
def test_bad_path_is_reported_and_the_rest_read(tmp_path: Path, name: str, says: str) -> None:
    touched(tmp_path / "train" / "loose.png")
    samples = read_with_problem(Ss304(), ss304(tmp_path, ENTRIES | {name: 0}), says, "train/train.json", 5)
    assert len(samples) == 3


@pytest.mark.parametrize(
    ("text", "says", "line"),
    [
        (b"", "broken JSON: Expecting value", 1),
        (b"{", "broken JSON: Expecting property name", 1),
        (b"[]", "needs an object", None),
        (b"5", "needs an object", None),
        (b"{}", "needs an object", None),
        (b'{"a":\n"\xff"}', "byte 0xff is not UTF-8", 2),
    ],
    ids=["empty", "open", "list", "number", "nothing", "latin"],
)
def test_broken_manifest_is_reported_and_the_other_read(
    tmp_path: Path, text: bytes, says: str, line: int | None
) -> None:
    written(ss304(ss304(tmp_path, split="valid")) / "train/train.json", text)
    samples = read_with_problem(Ss304(), tmp_path, says, "train/train.json", line)
    assert {sample.split for sample in samples} == {"valid"}


def test_frame_that_is_listed_under_two_names_is_reported(tmp_path: Path) -> None:
    root = ss304(tmp_path, ENTRIES | {"./run1/a.png": 0})
    says = "labelled twice, before in 'train.json', line 5"
    assert len(read_with_problem(Ss304(), root, says, "train/train.json", 2)) == 3


def test_frame_that_is_listed_twice_with_two_classes_is_left_out(tmp_path: Path) -> None:
    written(ss304(tmp_path) / "train/train.json", '{"run1/a.png": 0,\n"run1/a.png": 1,\n"run2/a.png": 2}')
    samples = read_with_problem(Ss304(), tmp_path, "stands twice", "train/train.json", 1)
    assert [sample.group for sample in samples] == ["run2"]


@pytest.mark.parametrize(
    ("names", "recognised"),
    [(["train/train.json"], True), (["train/other.json"], False), (["train.json"], False), ([], False)],
)
def test_recognised_by_names(tmp_path: Path, names: list[str], recognised: bool) -> None:
    for name in names:
        touched(tmp_path / name)
    assert Ss304().recognises(Tree(tmp_path)) is recognised


def test_source_is_as_asked(tmp_path: Path) -> None:
    assert {sample.source for sample in read(Ss304(), ss304(tmp_path))} == {OPTIONS.source}
