"""WeldSpot names: truth, and the model's answer where feedback carries it."""

from pathlib import Path

import pytest

from beadwatch.datasets.importers.tree import Tree
from beadwatch.datasets.importers.weldspot import WeldSpot
from tests.datasets.importers.reading import read, read_with_problem, touched

PLAIN = "7_0_0_1_0_0_1_0.jpg"
FEEDBACK = "A0Z_1-0.9_0-0.1_0-0.2_0-0.3_0-0.4_0-0.5_0-0.6.jpg"
SCORES = {
    "background": 0.9,
    "bad welding": 0.1,
    "crack": 0.2,
    "excess reinforcement": 0.3,
    "good welding": 0.4,
    "porosity": 0.5,
    "spatters": 0.6,
}


def weldspot(root: Path, *names: str) -> Path:
    for name in names:
        touched(root / name)
    return root


def test_labels_and_group(tmp_path: Path) -> None:
    root = weldspot(tmp_path, PLAIN, "12_1_0_0_0_0_0_0.jpg", "3_0_0_0_0_0_0_0.png", "notes.txt")
    samples = read(WeldSpot(), root)
    assert [(sample.path.name, sample.labels, sample.group, sample.answer) for sample in samples] == [
        ("12_1_0_0_0_0_0_0.jpg", ("background",), "12", None),
        ("3_0_0_0_0_0_0_0.png", (), "3", None),
        (PLAIN, ("crack", "porosity"), "7", None),
    ]


def test_feedback_keeps_the_scores_as_they_are(tmp_path: Path) -> None:
    (sample,) = read(WeldSpot(), weldspot(tmp_path, FEEDBACK))
    assert (sample.labels, sample.group, sample.answer) == (("background",), "A0Z", SCORES)


def test_parts_in_folders(tmp_path: Path) -> None:
    root = weldspot(tmp_path, f"train/{PLAIN}", f"monday/{FEEDBACK}")
    assert WeldSpot().recognises(Tree(root))
    assert [(sample.group, sample.split) for sample in read(WeldSpot(), root)] == [("A0Z", None), ("7", "train")]


def test_class_map_holds_for_labels_and_answer(tmp_path: Path) -> None:
    classes = {"background": None, "crack": "fault", "porosity": "fault"}
    plain, feedback = read(WeldSpot(), weldspot(tmp_path, PLAIN, FEEDBACK), classes=classes)
    assert (plain.labels, feedback.labels) == (("fault",), ())
    assert feedback.answer is not None
    assert (feedback.answer["fault"], "background" in feedback.answer, len(feedback.answer)) == (0.5, False, 5)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("photo.jpg", "the name is not"),
        ("1_0_0_0.jpg", "the name is not"),
        ("1_0_0_0_0_0_0_0_0.jpg", "the name is not"),
        ("1_0_0_2_0_0_0_0.jpg", "the name is not"),
        ("_1_0_0_0_0_0_0.jpg", "the name is not"),
        ("B_2-0.9_0-0.1_0-0.2_0-0.3_0-0.4_0-0.5_0-0.6.jpg", "the name is not"),
        ("B_1_0-0.1_0-0.2_0-0.3_0-0.4_0-0.5_0-0.6.jpg", "the name is not"),
        ("B_1-0.9_0-0.1_0-0.2_0-0.3_0-0.4_0-0.5.jpg", "the name is not"),
        ("B_1-1.9_0-0.1_0-0.2_0-0.3_0-0.4_0-0.5_0-0.6.jpg", "'1.9' is no score"),
        ("B_1--0.1_0-0.1_0-0.2_0-0.3_0-0.4_0-0.5_0-0.6.jpg", "'-0.1' is no score"),
        ("B_1-nan_0-0.1_0-0.2_0-0.3_0-0.4_0-0.5_0-0.6.jpg", "'nan' is no score"),
        ("B_1-x_0-0.1_0-0.2_0-0.3_0-0.4_0-0.5_0-0.6.jpg", "'x' is no score"),
    ],
)
def test_other_name_is_reported_and_the_rest_read(tmp_path: Path, name: str, says: str) -> None:
    samples = read_with_problem(WeldSpot(), weldspot(tmp_path, PLAIN, name), says, name)
    assert [sample.path.name for sample in samples] == [PLAIN]


@pytest.mark.parametrize(("name", "recognised"), [(PLAIN, True), (FEEDBACK, True), ("a.jpg", False), ("a.txt", False)])
def test_recognised_by_names(tmp_path: Path, name: str, recognised: bool) -> None:
    assert WeldSpot().recognises(Tree(weldspot(tmp_path, name))) is recognised
