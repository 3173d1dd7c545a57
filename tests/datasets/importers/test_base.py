"""Problems stop an import or are collected; names of classes and parts are found whatever their case."""

from pathlib import Path

import pytest

from beadwatch.datasets.importers.base import ImportOptions, Problem, Problems, split_named
from beadwatch.domain.errors import DatasetError


def test_first_problem_ends_the_import_and_says_how_to_go_on() -> None:
    problems = Problems()
    with pytest.raises(DatasetError, match=r"a\.csv, line 3: broken\. --on-error skip goes on"):
        problems.at(Path("a.csv"), 3).report("broken")
    assert problems.found == []


def test_skipped_problems_are_collected() -> None:
    problems = Problems(skip=True)
    problems.report(Path("a.csv"), "broken")
    problems.at(Path("b.csv"), 2).report("worse")
    assert problems.found == [Problem("a.csv", "broken"), Problem("b.csv", "worse", 2)]
    assert [str(problem) for problem in problems.found] == ["a.csv: broken", "b.csv, line 2: worse"]


def test_problem_with_a_file_of_an_impossible_name_can_be_printed() -> None:
    problems = Problems(skip=True)
    problems.report(Path("na\udcefve.jpg"), "odd")
    assert str(problems.found[0]).encode("utf-8")


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("Spatter", "spatters"),
        ("spatter", "spatters"),
        (" SPATTER ", "spatters"),
        ("Blow  Hole", "porosity"),
        ("person", None),
        ("Person", None),
        ("CRACK", "exactly this"),
        ("Crack", "crack"),
        (" Bad  Welding", "bad welding"),
    ],
)
def test_class_is_mapped_by_its_name_then_without_case(name: str, ours: str | None) -> None:
    classes = {
        "Spatter": "spatters",
        "blow hole": "porosity",
        "person": None,
        "CRACK": "exactly this",
        "crack": "crack",
    }
    assert ImportOptions("set", classes).our_name(name) == ours


@pytest.mark.parametrize(
    ("folder", "split"),
    [
        ("train", "train"),
        ("Training", "train"),
        ("valid", "valid"),
        ("val", "valid"),
        ("Validation", "valid"),
        ("test", "test"),
        ("testing", "test"),
        ("crack", None),
        ("", None),
    ],
)
def test_part_of_a_set_is_known_by_its_folder(folder: str, split: str | None) -> None:
    assert split_named(folder) == split


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), float("inf")])
def test_impossible_rate_of_frames_is_refused(rate: float) -> None:
    with pytest.raises(DatasetError, match="above 0"):
        ImportOptions("set", frames_per_s=rate)


@pytest.mark.parametrize("source", ["", " "])
def test_set_without_a_name_is_refused(source: str) -> None:
    with pytest.raises(DatasetError, match="name"):
        ImportOptions(source)


@pytest.mark.parametrize(
    ("name", "split"),
    [
        *((name, "train") for name in ("train", "Train", "TRAINING", "train2017", "train_images", "trainset")),
        *((name, "train") for name in ("obj_train_data", "Training Set")),
        *((name, "valid") for name in ("valid", "val", "validation", "dev", "Val-Set", "valid data")),
        *((name, "test") for name in ("test", "testing", "test_1", "obj_Test_data")),
        *((name, None) for name in ("", "crack", "data", "images", "test weld", "latest", "trained", "2017", "Trainé")),
    ],
)  # fmt: skip
def test_part_is_known_by_its_name(name: str, split: str | None) -> None:
    assert split_named(name) == split
