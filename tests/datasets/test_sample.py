"""A sample knows its classes once each; an annotation has a class and, if any, a place on the picture."""

import hashlib
from pathlib import Path

import pytest

from beadwatch.datasets.sample import Annotation, Sample, box_outline, file_sha256, labelled
from beadwatch.domain.errors import DatasetError

SQUARE = ((0.25, 0.25), (0.5, 0.25), (0.5, 0.75), (0.25, 0.75))


@pytest.mark.parametrize("data", [b"", b"bytes", bytes(3_000_000)], ids=["empty", "few", "many"])
def test_file_hash_is_of_its_bytes(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "f").write_bytes(data)
    assert file_sha256(tmp_path / "f") == hashlib.sha256(data).hexdigest()


def test_labels_stand_once_in_order_of_appearance() -> None:
    annotations = (Annotation("porosity", SQUARE), *labelled("crack", "porosity"))
    assert Sample(Path("a.png"), annotations, "set").labels == ("porosity", "crack")
    assert Sample(Path("a.png"), (), "set").labels == ()


def test_box_is_the_smallest_around_the_outline() -> None:
    assert Annotation("crack", ((0.5, 0.1), (0.9, 0.8), (0.2, 0.3))).box == (0.2, 0.1, 0.9, 0.8)
    assert Annotation("crack").box is None


@pytest.mark.parametrize(
    ("box", "outline"),
    [((0.25, 0.25, 0.5, 0.75), SQUARE), ((-0.1, 0.0, 1.2, 1.0), ((0, 0), (1, 0), (1, 1), (0, 1)))],
    ids=["inside", "clipped"],
)
def test_box_as_outline(box: tuple[float, float, float, float], outline: tuple[tuple[float, float], ...]) -> None:
    assert box_outline(*box) == outline


@pytest.mark.parametrize(
    ("label", "outline", "says"),
    [
        ("", None, "needs a class"),
        ("crack", (), "0 corners"),
        ("crack", SQUARE[:2], "2 corners"),
        ("crack", (*SQUARE, (1.1, 0.5)), "leaves the picture"),
        ("crack", (*SQUARE, (0.5, float("nan"))), "leaves the picture"),
    ],
)
def test_impossible_annotation_is_refused(
    label: str, outline: tuple[tuple[float, float], ...] | None, says: str
) -> None:
    with pytest.raises(DatasetError, match=says):
        Annotation(label, outline)
