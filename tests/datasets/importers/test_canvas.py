"""Boxes of a picture that EXIF turns lie on the picture as people see it, or nowhere: never on another place."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from beadwatch.datasets.importers import ImportOptions, Problems, read_samples
from beadwatch.datasets.sample import Sample
from beadwatch.domain.errors import DatasetError
from tests.datasets.importers.reading import written
from tests.pictures import encoded, noise

# A picture that is stored with 200 x 100 px. The box is at its left edge, in the middle: as stored, x from 0 to 0.2.
STORED_BOX = (0.0, 0.4, 0.2, 0.6)
UPRIGHT_BOXES = {1: STORED_BOX, 3: (0.8, 0.4, 1.0, 0.6), 6: (0.4, 0.0, 0.6, 0.2), 8: (0.4, 0.8, 0.6, 1.0)}


def picture(orientation: int, width: int = 200, height: int = 100) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(noise(width, height), "JPEG", exif=exif)


def yolo(root: Path, box: tuple[float, ...], extra: str = "", **_: object) -> None:
    left, top, right, bottom = box
    written(root / "data.yaml", f"names: [crack]\n{extra}")
    written(root / "a.txt", f"0 {(left + right) / 2} {(top + bottom) / 2} {right - left} {bottom - top}\n")


def coco(root: Path, box: tuple[float, ...], extra: str = "", size: tuple[int, int] = (200, 100)) -> None:
    left, top, right, bottom = (share * size[index % 2] for index, share in enumerate(box))
    written(
        root / "_annotations.coco.json",
        f'{{{extra} "images": [{{"id": 1, "file_name": "a.jpg", "width": {size[0]}, "height": {size[1]}}}],'
        f'"categories": [{{"id": 1, "name": "crack"}}], "annotations": [{{"id": 1, "image_id": 1, "category_id": 1,'
        f'"bbox": [{left}, {top}, {right - left}, {bottom - top}]}}]}}',
    )


def voc(root: Path, box: tuple[float, ...], extra: str = "", size: tuple[int, int] = (200, 100)) -> None:
    corners = zip(("xmin", "ymin", "xmax", "ymax"), box, (*size, *size), strict=True)
    inside = "".join(f"<{tag}>{share * side}</{tag}>" for tag, share, side in corners)
    written(
        root / "a.xml",
        f"<annotation><size><width>{size[0]}</width><height>{size[1]}</height></size>"
        f"<object><name>crack</name><bndbox>{inside}</bndbox></object></annotation>",
    )


Write = Callable[..., None]


def only(root: Path, problems: Problems | None = None) -> Sample:
    (sample,) = read_samples(root, ImportOptions("set"), problems or Problems())
    return sample


@pytest.mark.parametrize("write", [coco, voc])
@pytest.mark.parametrize("orientation", [6, 8])
@pytest.mark.parametrize("scale", [1, 4])
def test_size_in_the_label_file_tells_what_was_drawn_on(
    tmp_path: Path, write: Write, orientation: int, scale: int
) -> None:
    written(tmp_path / "a.jpg", picture(orientation))
    write(tmp_path, STORED_BOX, size=(200 * scale, 100 * scale))
    assert only(tmp_path).annotations[0].box == pytest.approx(UPRIGHT_BOXES[orientation])
    write(tmp_path, UPRIGHT_BOXES[orientation], size=(100 * scale, 200 * scale))
    assert only(tmp_path).annotations[0].box == pytest.approx(UPRIGHT_BOXES[orientation])


@pytest.mark.parametrize("orientation", [3, 6, 8])
@pytest.mark.parametrize(("write", "say"), [(yolo, "upright: {}\n"), (coco, '"info": {{"upright": {}}},')])
def test_word_of_the_set_tells_what_was_drawn_on(tmp_path: Path, write: Write, say: str, orientation: int) -> None:
    written(tmp_path / "a.jpg", picture(orientation))
    write(tmp_path, STORED_BOX, say.format("false"))
    assert only(tmp_path).annotations[0].box == pytest.approx(UPRIGHT_BOXES[orientation])
    write(tmp_path, UPRIGHT_BOXES[orientation], say.format("true"), size=(200, 100) if orientation == 3 else (100, 200))
    assert only(tmp_path).annotations[0].box == pytest.approx(UPRIGHT_BOXES[orientation])


@pytest.mark.parametrize(
    ("write", "orientation", "size"),
    [(yolo, 3, (200, 100)), (yolo, 6, (200, 100)), (coco, 3, (200, 100)), (voc, 2, (200, 100)), (voc, 6, (100, 100))],
)
def test_where_nothing_tells_the_picture_is_refused_or_keeps_its_class_alone(
    tmp_path: Path, write: Write, orientation: int, size: tuple[int, int]
) -> None:
    written(tmp_path / "a.jpg", picture(orientation, *size))
    write(tmp_path, STORED_BOX, size=size)
    with pytest.raises(DatasetError, match=r"a\.jpg: is stored turned .*upright: true"):
        only(tmp_path)
    problems = Problems(skip=True)
    sample = only(tmp_path, problems)
    assert (sample.labels, sample.annotations[0].outline) == (("crack",), None)
    assert [problem.file for problem in problems.found] == [str(tmp_path / "a.jpg")]


@pytest.mark.parametrize("write", [yolo, coco, voc])
def test_picture_that_is_not_turned_keeps_its_boxes(tmp_path: Path, write: Write) -> None:
    written(tmp_path / "a.jpg", picture(1))
    write(tmp_path, STORED_BOX)
    sample = only(tmp_path)
    assert sample.annotations[0].box == pytest.approx(STORED_BOX)
    assert sample.canvas is None


def test_turned_picture_without_places_is_of_no_matter(tmp_path: Path) -> None:
    written(tmp_path / "train/a.jpg", picture(6))
    written(tmp_path / "train/_classes.csv", "filename, crack\na.jpg, 1\n")
    assert only(tmp_path).labels == ("crack",)


@pytest.mark.parametrize("write", [coco, voc])
@pytest.mark.parametrize("size", [(100, 200), (100, 100)])
def test_labels_for_a_picture_of_another_shape_are_refused(tmp_path: Path, write: Write, size: tuple[int, int]) -> None:
    written(tmp_path / "a.jpg", picture(1))
    write(tmp_path, STORED_BOX, size=size)
    with pytest.raises(DatasetError, match=f"has 200 x 100 px, but its labels are for {size[0]} x {size[1]}"):
        only(tmp_path)
    assert only(tmp_path, Problems(skip=True)).annotations[0].outline is None
