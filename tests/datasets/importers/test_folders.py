"""Class folders: the folder is the class."""

from pathlib import Path

import pytest

from beadwatch.datasets.importers.base import Problems
from beadwatch.datasets.importers.folders import ClassFolders
from beadwatch.datasets.importers.tree import Tree
from beadwatch.domain.errors import DatasetError
from tests.datasets.importers.reading import OPTIONS, read, read_with_problem, touched, written


def folders(root: Path, *names: str) -> Path:
    for name in names:
        touched(root / name)
    return root


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (
            ["Crack/b.jpg", "Crack/a.PNG", "Good  Welding/a.jpg", "readme.txt"],
            [("crack", None), ("crack", None), ("good welding", None)],
        ),
        (
            ["train/crack/a.jpg", "val/crack/a.jpg", "Test/porosity/b.jpg"],
            [("porosity", "test"), ("crack", "train"), ("crack", "valid")],
        ),
    ],
    ids=["flat", "splits"],
)
def test_class_and_split_are_read(tmp_path: Path, names: list[str], expected: list[tuple[str, str | None]]) -> None:
    root = folders(tmp_path, *names)
    assert ClassFolders().recognises(Tree(root))
    assert [(*sample.labels, sample.split) for sample in read(ClassFolders(), root)] == expected


def test_groups_and_class_map(tmp_path: Path) -> None:
    root = folders(tmp_path, "Riss/a.jpg", "person/b.jpg")
    written(root / "groups.csv", "file,group\nRiss/a.jpg,g1\nb.jpg,g2\n")
    samples = read(ClassFolders(), root, classes={"riss": "crack", "person": None})
    assert [(sample.labels, sample.group) for sample in samples] == [(("crack",), "g1"), ((), "g2")]


@pytest.mark.parametrize(
    ("names", "says", "file"),
    [
        (["crack/a.jpg", "loose.jpg"], "is in no class folder", "loose.jpg"),
        (["train/crack/a.jpg", "train/loose.jpg"], "is in no class folder", "train/loose.jpg"),
        (["crack/a.jpg", "crack/deep/b.jpg"], "a folder inside a class folder", "crack/deep"),
    ],
)
def test_picture_without_a_class_is_reported(tmp_path: Path, names: list[str], says: str, file: str) -> None:
    assert len(read_with_problem(ClassFolders(), folders(tmp_path, *names), says, file)) == 1


@pytest.mark.parametrize(
    "name", ["train", "Test", "validation", "dev", "val2017", "train_images", "testset", "images", "Labels", "masks"]
)
def test_class_called_like_a_part_or_a_folder_of_another_layout_ends_the_import(tmp_path: Path, name: str) -> None:
    root = folders(tmp_path, f"{name}/a.jpg", "crack/a.jpg")
    for skip in (False, True):
        with pytest.raises(DatasetError, match="no class folder"):
            list(ClassFolders().read(Tree(root, Problems(skip=skip)), OPTIONS))


def test_link_out_of_the_set_is_reported(tmp_path: Path) -> None:
    touched(tmp_path / "secret.jpg")
    root = folders(tmp_path / "set", "crack/a.jpg")
    (root / "crack" / "b.jpg").symlink_to("../../secret.jpg")
    assert len(read_with_problem(ClassFolders(), root, "leads out of", "crack/b.jpg")) == 1


@pytest.mark.parametrize("names", [["a.jpg"], ["images/a.jpg"], ["crack/a.txt"], ["train/images/a.jpg"], []])
def test_other_folders_are_not_recognised(tmp_path: Path, names: list[str]) -> None:
    assert not ClassFolders().recognises(Tree(folders(tmp_path, *names)))
