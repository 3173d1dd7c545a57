"""YOLO and multi-label exports: the union of labels, places from the text files, and never a false negative."""

from pathlib import Path

import pytest

from beadwatch.datasets.importers.roboflow import Roboflow
from beadwatch.datasets.importers.tree import Tree
from beadwatch.datasets.sample import Annotation
from beadwatch.domain.errors import DatasetError
from tests.datasets.importers.reading import labels_by_name, read, read_with_problem, touched, written

DATA = "names: [Bad Welding, Crack, Porosity]\nnc: 3\n"
CLASSES = "filename, Bad Welding, Crack, Porosity\n"
BOX = "1 0.5 0.5 0.5 0.25\n"
TRIANGLE = "2 0.1 0.1 0.9 0.1 0.5 0.9\n"


def yolo(root: Path, data: str = DATA, **texts: str | bytes) -> Path:
    written(root / "data.yaml", data)
    for name, text in (texts or {"a": BOX + "\n" + TRIANGLE, "b": ""}).items():
        touched(root / "train" / "images" / f"{name}.jpg")
        written(root / "train" / "labels" / f"{name}.txt", text)
    return root


def table(root: Path, rows: str = "a.jpg, 0, 1, 1\nb.jpg, 1, 0, 0\n", beside: str = "train") -> Path:
    for name in ("a.jpg", "b.jpg"):
        touched(root / "train" / "images" / name)
    written(root / beside / "_classes.csv", CLASSES + rows)
    return root


def test_boxes_and_polygons(tmp_path: Path) -> None:
    first, second = read(Roboflow(), yolo(tmp_path))
    assert first.annotations == (
        Annotation("crack", ((0.25, 0.375), (0.75, 0.375), (0.75, 0.625), (0.25, 0.625))),
        Annotation("porosity", ((0.1, 0.1), (0.9, 0.1), (0.5, 0.9))),
    )
    assert (first.path, first.split, first.group) == (tmp_path / "train/images/a.jpg", "train", None)
    assert second.annotations == ()


def test_class_table(tmp_path: Path) -> None:
    samples = read(Roboflow(), table(tmp_path))
    assert labels_by_name(samples) == {"a.jpg": ("crack", "porosity"), "b.jpg": ("bad welding",)}
    assert all(annotation.outline is None for sample in samples for annotation in sample.annotations)


def test_both_together_are_a_union_with_places_from_the_text(tmp_path: Path) -> None:
    root = table(yolo(tmp_path, a=BOX, b=BOX), "a.jpg, 1, 1, 0\nb.jpg, 0, 0, 0\n")
    first, second = read(Roboflow(), root)
    assert [(annotation.label, annotation.outline is None) for annotation in first.annotations] == [
        ("crack", False),
        ("bad welding", True),
    ]
    assert second.labels == ("crack",)


def test_picture_without_any_label_is_a_negative(tmp_path: Path) -> None:
    touched(yolo(tmp_path, a=BOX + TRIANGLE) / "train/images/c.jpg")
    table(tmp_path, "a.jpg, 0, 0, 0\n")
    assert labels_by_name(read(Roboflow(), tmp_path)) == {"a.jpg": ("crack", "porosity"), "b.jpg": (), "c.jpg": ()}


@pytest.mark.parametrize("beside", ["train", "train/images"])
def test_table_is_found_beside_or_among_the_pictures(tmp_path: Path, beside: str) -> None:
    assert Roboflow().recognises(Tree(table(tmp_path, beside=beside)))
    assert len(read(Roboflow(), tmp_path)) == 2


def test_table_and_pictures_in_one_folder(tmp_path: Path) -> None:
    touched(written(tmp_path / "valid/_classes.csv", CLASSES + "a.jpg,1,0,0\n").parent / "a.jpg")
    assert Roboflow().recognises(Tree(tmp_path))
    assert [(sample.labels, sample.split) for sample in read(Roboflow(), tmp_path)] == [(("bad welding",), "valid")]


def test_parts_below_images_and_labels(tmp_path: Path) -> None:
    written(tmp_path / "data.yaml", "names: {0: crack, 1: porosity}\n")
    for split in ("train", "val"):
        touched(tmp_path / "images" / split / "a.jpg")
        written(tmp_path / "labels" / split / "a.txt", BOX)
    assert [(sample.labels, sample.split) for sample in read(Roboflow(), tmp_path)] == [
        (("porosity",), "train"),
        (("porosity",), "valid"),
    ]


def test_flat_export(tmp_path: Path) -> None:
    written(tmp_path / "data.yaml", DATA)
    touched(tmp_path / "images/a.png")
    written(tmp_path / "labels/a.txt", BOX)
    assert [(sample.labels, sample.split) for sample in read(Roboflow(), tmp_path)] == [(("crack",), None)]


def test_groups_and_class_map(tmp_path: Path) -> None:
    written(yolo(tmp_path) / "groups.csv", "file,group\na.jpg,g1\nb.jpg,g2\n")
    samples = read(Roboflow(), tmp_path, classes={"Crack": "fissure", "porosity": None})
    assert [(sample.labels, sample.group) for sample in samples] == [(("fissure",), "g1"), ((), "g2")]


UNKNOWN = "unknown class"
BAD_CLASSES = {
    "above": (b"3 0.5 0.5 0.1 0.1", UNKNOWN),
    "below": (b"-1 0.5 0.5 0.1 0.1", UNKNOWN),
    "name": (b"crack 0.5 0.5 0.1 0.1", UNKNOWN),
    "fraction": (b"1.5 0.5 0.5 0.1 0.1", UNKNOWN),
    "commas": (b"1,0.5,0.5,0.1,0.1", "separated by commas"),
    "huge": (b"9" * 6000 + b" 0.5 0.5 0.1 0.1", UNKNOWN),
    "latin": (b"\xdf 0.5", "not UTF-8"),
}


@pytest.mark.parametrize(("bad", "says"), BAD_CLASSES.values(), ids=BAD_CLASSES.keys())
def test_picture_with_a_class_that_cannot_be_read_is_left_out(tmp_path: Path, bad: bytes, says: str) -> None:
    text = BOX.encode() + bad + b"\n"
    samples = read_with_problem(Roboflow(), yolo(tmp_path, a=text, b=BOX), says, "train/labels/a.txt", 2)
    assert labels_by_name(samples) == {"b.jpg": ("crack",)}


BAD_PLACES = {
    "NaN": ("0 nan 0.5 0.1 0.1", "'nan' is no finite number"),
    "infinite": ("0 0.5 inf 0.1 0.1", "'inf' is no finite number"),
    "word": ("0 0.5 x 0.1 0.1", "'x' is no finite number"),
    "decimal comma": ("0 0.5 0,5 0.1 0.1", "decimals need a point"),
    "pose": ("0 0.5 0.5 0.2 0.2 0.45 0.45 1 0.55 0.55 1", "a pose"),
    "outside": ("0 1.5 0.5 0.1 0.1", "leaves the picture"),
    "negative": ("0 -0.5 0.5 0.1 0.1", "leaves the picture"),
    "no width": ("0 0.5 0.5 0 0.1", "a box of width 0"),
    "negative height": ("0 0.5 0.5 0.1 -0.1", "a box of width 0.1 and height -0.1"),
    "class alone": ("0", "a polygon of 0 numbers"),
    "three": ("0 0.1 0.1 0.1", "a polygon of 3 numbers"),
    "with confidence": ("0 0.5 0.5 0.1 0.1 0.9", "a polygon of 5 numbers"),
    "odd": ("0 0.1 0.1 0.2 0.2 0.3 0.3 0.4", "a polygon of 7 numbers"),
    "polygon outside": ("0 0.1 0.1 2 0.2 0.3 0.3", "the polygon leaves the picture: 2 times"),
    "flat polygon": ("0 0.1 0.1 0.1 0.2 0.1 0.3", "the polygon has no width"),
}


@pytest.mark.parametrize(("bad", "says"), BAD_PLACES.values(), ids=BAD_PLACES.keys())
def test_place_that_cannot_be_read_is_dropped_and_the_class_stays(tmp_path: Path, bad: str, says: str) -> None:
    samples = read_with_problem(Roboflow(), yolo(tmp_path, a=BOX + bad), says, "train/labels/a.txt", 2)
    assert [annotation.label for annotation in samples[0].annotations] == ["crack", "bad welding"]
    assert samples[0].annotations[1].outline is None


def test_outline_that_passes_the_edge_by_a_pixel_is_clipped(tmp_path: Path) -> None:
    (sample,) = read(Roboflow(), yolo(tmp_path, a="1 0.5 0.5 1.01 1\n2 -0.005 0 1.005 0 1 1"))
    assert [annotation.outline for annotation in sample.annotations] == [
        ((0, 0), (1, 0), (1, 1), (0, 1)),
        ((0, 0), (1, 0), (1, 1)),
    ]


BAD_ROWS = {
    "missing": ("c.jpg, 0, 1, 0\n", "no such file", {"b.jpg"}),
    "outside": ("../images/a.jpg, 0, 1, 0\n", "leaves the folder", {"b.jpg"}),
    "absolute": ("/a.jpg, 0, 1, 0\n", "leaves the folder", {"b.jpg"}),
    "flag": ("a.jpg, 0, yes, 0\n", "'yes' in the column 'Crack'", {"b.jpg"}),
    "empty flag": ("a.jpg, 0, , 0\n", "'' in the column 'Crack'", {"b.jpg"}),
    "NaN flag": ("a.jpg, 0, nan, 0\n", "'nan' in the column 'Crack'", {"b.jpg"}),
    "short": ("a.jpg, 0\n", "2 cells where the header has 4", {"b.jpg"}),
    "long": ("a.jpg, 0, 1, 0, 1\n", "5 cells where the header has 4", {"b.jpg"}),
}


@pytest.mark.parametrize(("row", "says", "left"), BAD_ROWS.values(), ids=BAD_ROWS.keys())
def test_bad_row_is_reported_and_its_picture_is_no_negative(
    tmp_path: Path, row: str, says: str, left: set[str]
) -> None:
    samples = read_with_problem(Roboflow(), table(tmp_path, row + "b.jpg, 1, 0, 0\n"), says, "train/_classes.csv", 2)
    assert set(labels_by_name(samples)) == left


@pytest.mark.parametrize(("second", "left"), [("0, 1, 0", {"a.jpg", "b.jpg"}), ("1, 1, 0", {"b.jpg"})])
def test_picture_that_stands_twice_stays_if_both_agree(tmp_path: Path, second: str, left: set[str]) -> None:
    table(tmp_path, f"a.jpg, 0, 1, 0\nb.jpg, 1, 0, 0\na.jpg, {second}\n")
    samples = read_with_problem(
        Roboflow(), tmp_path, "'a.jpg' stands in '_classes.csv', line 2 already", "train/_classes.csv", 4
    )
    assert set(labels_by_name(samples)) == left


BROKEN_TABLES = {
    "empty": (b"", "empty; it needs a header", 1),
    "no file name": (b"file,Crack\na.jpg,1\n", "lacks the column 'filename'", 1),
    "quote": (b'filename,Crack\n"a', "broken CSV", 2),
    "latin": (b"filename,Sch\xdf\n", "not UTF-8", 1),
}


@pytest.mark.parametrize(("text", "says", "line"), BROKEN_TABLES.values(), ids=BROKEN_TABLES.keys())
def test_part_whose_table_is_broken_is_left_out(tmp_path: Path, text: bytes, says: str, line: int) -> None:
    written(table(tmp_path) / "train/_classes.csv", text)
    touched(tmp_path / "valid/images/v.jpg")
    written(tmp_path / "valid/_classes.csv", CLASSES + "v.jpg,1,0,0\n")
    samples = read_with_problem(Roboflow(), tmp_path, says, "train/_classes.csv", line)
    assert set(labels_by_name(samples)) == {"v.jpg"}


def test_labels_without_a_picture_are_reported(tmp_path: Path) -> None:
    written(yolo(tmp_path) / "train/labels/z.txt", BOX)
    written(tmp_path / "train/labels/classes.txt", "crack\n")
    samples = read_with_problem(Roboflow(), tmp_path, "labels a picture that is not in", "train/labels/z.txt")
    assert len(samples) == 2


def test_two_pictures_that_share_their_labels_are_left_out(tmp_path: Path) -> None:
    touched(yolo(tmp_path) / "train/images/a.png")
    samples = read_with_problem(Roboflow(), tmp_path, "shares its labels with 'a.jpg'", "train/images/a.png")
    assert set(labels_by_name(samples)) == {"b.jpg"}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("", "needs `names:`"),
        ("nc: 3\n", "needs `names:`"),
        ("names: []\n", "needs `names:`"),
        ("names: [a, '']\n", "needs `names:`"),
        ("names: {0: a, 2: b}\n", "needs `names:`"),
        ("- a\n", "needs `names:`"),
        ("names: [a\nnc", r"data\.yaml, line 2: broken YAML"),
    ],
)
def test_without_class_names_no_label_can_be_read(tmp_path: Path, data: str, says: str) -> None:
    with pytest.raises(DatasetError, match=says):
        read(Roboflow(), yolo(tmp_path, data))


def test_missing_class_names_are_refused(tmp_path: Path) -> None:
    (yolo(tmp_path) / "data.yaml").unlink()
    with pytest.raises(DatasetError, match=r"data\.yaml is missing: it names the classes"):
        read(Roboflow(), tmp_path)


def test_number_of_classes_that_contradicts_the_names_is_reported(tmp_path: Path) -> None:
    samples = read_with_problem(Roboflow(), yolo(tmp_path, DATA.replace("3", "4")), "says nc: 4, but", "data.yaml")
    assert len(samples) == 2


@pytest.mark.parametrize(
    ("names", "recognised"),
    [
        (["train/images/a.jpg"], False),
        (["data.yaml", "train/images/a.jpg"], True),
        (["train/images/a.jpg", "train/labels/a.txt"], True),
        (["data.yaml"], False),
        (["crack/a.jpg"], False),
    ],
)
def test_recognised_by_names(tmp_path: Path, names: list[str], recognised: bool) -> None:
    for name in names:
        touched(tmp_path / name)
    assert Roboflow().recognises(Tree(tmp_path)) is recognised
