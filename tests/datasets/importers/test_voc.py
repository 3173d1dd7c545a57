"""Pascal VOC: boxes and polygons, whatever is broken by file and line, and no document type."""

from pathlib import Path

import pytest

from beadwatch.datasets.importers.tree import Tree
from beadwatch.datasets.importers.voc import Voc
from beadwatch.datasets.sample import Annotation
from tests.datasets.importers.reading import labels_by_name, read, read_with_problem, touched, written

SIZE = "<size><width>200</width><height>100</height></size>\n"
BOX = "<bndbox><xmin>20</xmin><ymin>10</ymin><xmax>100</xmax><ymax>50</ymax></bndbox>"


def thing(name: str = "Crack", place: str = BOX) -> str:
    return f"<object><name>{name}</name>{place}</object>\n"


def xml(*things: str, filename: str = "a.jpg", size: str = SIZE) -> str:
    return f"<annotation>\n<filename>{filename}</filename>\n{size}{''.join(things)}</annotation>"


def voc(root: Path, text: str | bytes, folder: str = "train") -> Path:
    for name in ("a.jpg", "b.jpg"):
        touched(root / folder / name)
    written(root / folder / "a.xml", text)
    return root


def test_boxes_and_negatives_beside_the_pictures(tmp_path: Path) -> None:
    first, second = read(Voc(), voc(tmp_path, xml(thing(), thing(" Blow  Hole "))))
    box = ((0.1, 0.1), (0.5, 0.1), (0.5, 0.5), (0.1, 0.5))
    assert first.annotations == (Annotation("crack", box), Annotation("blow hole", box))
    assert (first.split, first.group, second.annotations) == ("train", None, ())


@pytest.mark.parametrize(("images", "annotations"), [("JPEGImages", "Annotations"), ("images", "annotations")])
def test_annotations_in_a_folder_of_their_own(tmp_path: Path, images: str, annotations: str) -> None:
    touched(tmp_path / images / "a.jpg")
    written(tmp_path / annotations / "a.xml", xml(thing()))
    written(tmp_path / "groups.csv", "file,group\na.jpg,g1\n")
    assert Voc().recognises(Tree(tmp_path))
    assert [(s.labels, s.split, s.group) for s in read(Voc(), tmp_path)] == [(("crack",), None, "g1")]


def test_polygons(tmp_path: Path) -> None:
    corners = "<polygon><x1>0</x1><y1>0</y1><x2>200</x2><y2>0</y2><x3>100</x3><y3>100</y3></polygon>"
    (first, _) = read(Voc(), voc(tmp_path, xml(thing("crack", corners + BOX))))
    assert first.annotations[0].outline == ((0, 0), (1, 0), (0.5, 1))


def test_picture_is_that_of_the_file_name_inside_where_none_has_the_name_of_the_xml(tmp_path: Path) -> None:
    voc(tmp_path, xml())
    written(tmp_path / "train/a.xml", xml(thing("x")))
    written(tmp_path / "train/0001.xml", xml(thing("y"), filename="b.jpg"))
    assert labels_by_name(read(Voc(), tmp_path)) == {"a.jpg": ("x",), "b.jpg": ("y",)}


@pytest.mark.parametrize("folder", ["../../", "/home/me/", "C:\\weld\\", "\\\\server\\welds\\"])
def test_path_of_another_machine_is_of_no_matter(tmp_path: Path, folder: str) -> None:
    """The end of the path finds the picture beside the file, and never anything else."""
    touched(tmp_path / "b.jpg")
    voc(tmp_path / "set", xml(thing("x"), filename=f"{folder}a.jpg"))
    written(tmp_path / "set/train/0001.xml", xml(thing("y"), filename=f"{folder}b.jpg"))
    samples = read(Voc(), tmp_path / "set")
    assert labels_by_name(samples) == {"a.jpg": ("x",), "b.jpg": ("y",)}
    assert {sample.path.parent for sample in samples} == {tmp_path / "set/train"}


def test_class_map(tmp_path: Path) -> None:
    samples = read(Voc(), voc(tmp_path, xml(thing("Person"), thing("Riss"))), classes={"person": None, "Riss": "crack"})
    assert samples[0].labels == ("crack",)


BOMB = '<!DOCTYPE a [\n<!ENTITY b "c">\n<!ENTITY d "&b;&b;">\n]>\n'
BROKEN: dict[str, tuple[str | bytes, str, int | None]] = {
    "empty": ("", "broken XML: no element found", 1),
    "open": ("<annotation>\n<size>\n", "broken XML: no element found", 3),
    "mismatch": ("<annotation>\n<size></annotation>", "broken XML: mismatched tag", 2),
    "latin": (b"<annotation>\n<a>\xdf</a></annotation>", "broken XML: not well-formed", 2),
    "encoding": (b'<?xml version="1.0" encoding="x-none"?>\n<annotation/>', "broken XML", None),
    "entities": (BOMB + "<annotation>&d;</annotation>", "has a document type", 1),
    "file entity": ('<!DOCTYPE a SYSTEM "file:///etc/passwd">\n<annotation/>', "has a document type", 1),
    "utf-16 entities": ((BOMB + "<annotation/>").encode("utf-16"), "has a document type", 1),
    "undefined entity": ("<annotation>\n&d;</annotation>", "broken XML: undefined entity", 2),
    "no name": (xml(thing("")), "an object without a <name>", 4),
}


@pytest.mark.parametrize(("text", "says", "line"), BROKEN.values(), ids=BROKEN.keys())
def test_picture_whose_file_is_broken_is_no_negative(
    tmp_path: Path, text: str | bytes, says: str, line: int | None
) -> None:
    samples = read_with_problem(Voc(), voc(tmp_path, text), says, "train/a.xml", line)
    assert labels_by_name(samples) == {"b.jpg": ()}


def box(**changes: str) -> str:
    corners = {"xmin": "20", "ymin": "10", "xmax": "100", "ymax": "50"} | changes
    return f"<bndbox>{''.join(f'<{tag}>{value}</{tag}>' for tag, value in corners.items())}</bndbox>"


POLYGON = "<polygon><x1>0</x1><y1>0</y1><x2>9</x2><y2>9</y2></polygon>"
BAD_PLACES: dict[str, tuple[str, str]] = {
    "NaN": (xml(thing(place=box(xmin="nan"))), "<xmin> is 'nan'"),
    "word": (xml(thing(place=box(ymax="x"))), "<ymax> is 'x'"),
    "no corner": (xml(thing(place="<bndbox/>")), "<xmin> is None"),
    "no box": (xml(thing(place="")), "an object without a <bndbox>"),
    "reversed": (xml(thing(place=box(xmin="150"))), "is not above its <xmin>"),
    "no height": (xml(thing(place=box(ymin="50"))), "is not above its <xmin>"),
    "outside": (xml(thing(place=box(xmax="300"))), "leaves the picture"),
    "two corners": (xml(thing(place=POLYGON)), "a polygon of 4 numbers"),
    "no size": (xml(thing(), size="\n"), "needs a width and a height"),
    "size 0": (xml(thing(), size=SIZE.replace("200", "0")), "needs a width and a height"),
    "size NaN": (xml(thing(), size=SIZE.replace("100", "nan")), "needs a width and a height"),
}


@pytest.mark.parametrize(("text", "says"), BAD_PLACES.values(), ids=BAD_PLACES.keys())
def test_place_that_cannot_be_read_is_dropped_and_the_class_stays(tmp_path: Path, text: str, says: str) -> None:
    samples = read_with_problem(Voc(), voc(tmp_path, text), says, "train/a.xml", 4)
    assert samples[0].annotations == (Annotation("crack"),)


@pytest.mark.parametrize(
    ("filename", "says"),
    [("z.jpg", "no such file"), ("", "no picture of this name"), ("z.txt", "no name of a picture")],
)
def test_file_without_its_picture_leaves_no_sure_negative(tmp_path: Path, filename: str, says: str) -> None:
    written(voc(tmp_path, xml(thing())) / "train/z.xml", xml(thing(), filename=filename))
    assert labels_by_name(read_with_problem(Voc(), tmp_path, says, "train/z.xml")) == {"a.jpg": ("crack",)}


def test_picture_with_two_files_is_left_out(tmp_path: Path) -> None:
    written(voc(tmp_path, xml(thing())) / "train/z.xml", xml(thing()))
    samples = read_with_problem(Voc(), tmp_path, "labelled twice, before in 'a.xml'", "train/z.xml")
    assert labels_by_name(samples) == {"b.jpg": ()}


def test_two_pictures_of_one_name_are_left_out(tmp_path: Path) -> None:
    touched(voc(tmp_path, xml(thing())) / "train/a.png")
    samples = read_with_problem(Voc(), tmp_path, "2 pictures have this name", "train/a.xml")
    assert labels_by_name(samples) == {"b.jpg": ()}
