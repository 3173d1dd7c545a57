"""COCO: boxes and polygons in shares of the picture, and every reference checked."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from beadwatch.datasets.importers.coco import Coco
from beadwatch.datasets.importers.tree import Tree
from beadwatch.datasets.sample import Annotation
from tests.datasets.importers.reading import labels_by_name, read, read_with_problem, touched, written

MANIFEST: dict[str, Any] = {
    "images": [
        {"id": 1, "file_name": "a.jpg", "width": 200, "height": 100},
        {"id": 2, "file_name": "b.jpg", "width": 200, "height": 100},
    ],
    "categories": [{"id": 0, "name": "welds"}, {"id": 7, "name": "Crack"}, {"id": 8, "name": "Porosity"}],
    "annotations": [{"id": 5, "image_id": 1, "category_id": 7, "bbox": [20, 10, 80, 40]}],
}
FILE = "train/_annotations.coco.json"


def coco(root: Path, manifest: object = None, file: str = FILE, images: str = "train") -> Path:
    for name in ("a.jpg", "b.jpg"):
        touched(root / images / name)
    written(root / file, json.dumps(MANIFEST if manifest is None else manifest))
    return root


def changed(section: str, index: int, **changes: object) -> dict[str, Any]:
    manifest = deepcopy(MANIFEST)
    manifest[section][index] |= changes
    return manifest


def added(section: str, **entry: object) -> dict[str, Any]:
    manifest = deepcopy(MANIFEST)
    manifest[section].append(entry)
    return manifest


def test_boxes_and_negatives(tmp_path: Path) -> None:
    first, second = read(Coco(), coco(tmp_path))
    assert first.annotations == (Annotation("crack", ((0.1, 0.1), (0.5, 0.1), (0.5, 0.5), (0.1, 0.5))),)
    assert (first.split, first.group, second.annotations) == ("train", None, ())


POLYGON = [0, 0, 200, 0, 100, 100]
SHARES = ((0, 0), (1, 0), (0.5, 1))
SEGMENTATIONS: dict[str, tuple[object, list[object]]] = {
    "polygon": ([POLYGON], [SHARES]),
    "two polygons": ([POLYGON, POLYGON], [SHARES, SHARES]),
    "run lengths": ({"counts": [1, 2], "size": [100, 200]}, [((0.1, 0.1), (0.5, 0.1), (0.5, 0.5), (0.1, 0.5))]),
    "none": ([], [((0.1, 0.1), (0.5, 0.1), (0.5, 0.5), (0.1, 0.5))]),
}


@pytest.mark.parametrize(("segmentation", "outlines"), SEGMENTATIONS.values(), ids=SEGMENTATIONS.keys())
def test_segmentations(tmp_path: Path, segmentation: object, outlines: list[object]) -> None:
    first, _ = read(Coco(), coco(tmp_path, changed("annotations", 0, segmentation=segmentation)))
    assert [annotation.outline for annotation in first.annotations] == outlines


@pytest.mark.parametrize(
    ("file", "images", "split"),
    [
        ("_annotations.coco.json", ".", None),
        ("annotations/instances_train2017.json", "train2017", "train"),
        ("annotations/instances_val.json", "images/val", "valid"),
        ("annotations/all.json", "images", None),
    ],
)
def test_places_of_manifest_and_pictures(tmp_path: Path, file: str, images: str, split: str | None) -> None:
    root = coco(tmp_path, file=file, images=images)
    assert Coco().recognises(Tree(root))
    assert [(s.path, s.split) for s in read(Coco(), root)] == [
        (root / images / name, split) for name in ("a.jpg", "b.jpg")
    ]


def test_captions_beside_instances_are_not_read(tmp_path: Path) -> None:
    written(tmp_path / "annotations/captions_val.json", "{}")
    assert len(read(Coco(), coco(tmp_path, file="annotations/instances_val.json", images="images"))) == 2


def test_groups_and_class_map(tmp_path: Path) -> None:
    written(coco(tmp_path) / "groups.csv", "file,group\na.jpg,g1\nb.jpg,g2\n")
    samples = read(Coco(), tmp_path, classes={"crack": "fissure"})
    assert [(sample.labels, sample.group) for sample in samples] == [(("fissure",), "g1"), ((), "g2")]


ALL = {"a.jpg": ("crack",), "b.jpg": ()}
ANNOTATION = {"id": 6, "image_id": 2, "category_id": 7, "bbox": [20, 10, 80, 40]}
IMAGE = {"id": 3, "file_name": "c.jpg", "width": 200, "height": 100}
BAD_ENTRIES: dict[str, tuple[dict[str, Any], str, object]] = {
    "unknown image": (added("annotations", **ANNOTATION | {"image_id": 9}), "of the unknown image 9", ALL),
    "no image": (added("annotations", id=6, category_id=7), "of the unknown image None", ALL),
    "image is a list": (added("annotations", **ANNOTATION | {"image_id": [1]}), "of the unknown image", ALL),
    "unknown category": (
        added("annotations", **ANNOTATION | {"category_id": 9}),
        "of the unknown category 9",
        {"a.jpg": ("crack",)},
    ),
    "category is an object": (
        added("annotations", **ANNOTATION | {"category_id": {}}),
        "of the unknown category",
        {"a.jpg": ("crack",)},
    ),
    "missing picture": (added("images", **IMAGE), "no such file", ALL),
    "outside": (added("images", **IMAGE | {"file_name": "../a.jpg"}), "leaves the folder", ALL),
    "absolute": (added("images", **IMAGE | {"file_name": "/a.jpg"}), "leaves the folder", ALL),
    "no name": (added("images", id=3), "lacks a 'file_name'", ALL),
    "no id": (added("images", file_name="c.jpg"), "with the id None", ALL),
    "truth as id": (added("images", **IMAGE | {"id": True}), "with the id True", ALL),
    "same id": (added("images", **IMAGE | {"id": 2}), "the id 2 stands twice", ALL),
    "same name": (added("images", **IMAGE | {"file_name": "b.jpg"}), "'b.jpg' stands twice", {"a.jpg": ("crack",)}),
    "category without name": (added("categories", id=9), "lacks a 'name'", ALL),
    "no object": (MANIFEST | {"images": [*MANIFEST["images"], 5]}, "1 entries of 'images' are no objects", ALL),
}


@pytest.mark.parametrize(("manifest", "says", "left"), BAD_ENTRIES.values(), ids=BAD_ENTRIES.keys())
def test_bad_entry_is_reported_and_the_rest_read(
    tmp_path: Path, manifest: dict[str, Any], says: str, left: object
) -> None:
    path = coco(tmp_path, manifest) / FILE
    path.write_text(json.dumps(manifest, indent=0))
    with pytest.raises(Exception, match=says):
        read(Coco(), tmp_path)
    lines = path.read_text().split("\n")
    named = [number for number, line in enumerate(lines, 1) if '"file_name"' in line]
    samples = read_with_problem(Coco(), tmp_path, says, FILE, _line(says, named))
    assert labels_by_name(samples) == left


def _line(says: str, named: list[int]) -> int | None:
    if any(word in says for word in ("unknown image", "lacks", "with the id", "no objects")):
        return None
    return named[1] if "category" in says or "'b.jpg'" in says else named[2]


BAD_PLACES: dict[str, tuple[dict[str, Any], str]] = {
    "text": (changed("annotations", 0, bbox=["x", 1, 2, 3]), "a bbox has 'x'"),
    "null": (changed("annotations", 0, bbox=[None, 1, 2, 3]), "a bbox has None"),
    "three": (changed("annotations", 0, bbox=[1, 2, 3]), "is no x, y, width and height"),
    "no width": (changed("annotations", 0, bbox=[1, 2, 0, 3]), "is no x, y, width and height"),
    "outside": (changed("annotations", 0, bbox=[150, 2, 100, 3]), "leaves the picture"),
    "number": (changed("annotations", 0, bbox=7), "is no x, y, width and height"),
    "two corners": (changed("annotations", 0, segmentation=[[1, 2, 3, 4]]), "a polygon of 4 numbers"),
    "corner text": (changed("annotations", 0, segmentation=[[1, 2, 3, 4, 5, "x"]]), "a polygon has 'x'"),
    "flat list": (changed("annotations", 0, segmentation=[1]), "a polygon of 1 numbers"),
    "size 0": (changed("images", 0, width=0), "needs a width and a height"),
    "no size": (changed("images", 0, height=None), "needs a width and a height"),
}


@pytest.mark.parametrize(("manifest", "says"), BAD_PLACES.values(), ids=BAD_PLACES.keys())
def test_place_that_cannot_be_read_is_dropped_and_the_class_stays(
    tmp_path: Path, manifest: dict[str, Any], says: str
) -> None:
    samples = read_with_problem(Coco(), coco(tmp_path, manifest), says, FILE, 1)
    assert samples[0].annotations == (Annotation("crack"),)


@pytest.mark.parametrize(
    ("text", "says", "line"),
    [
        (b"", "broken JSON", 1),
        (b"[]", "lacks the list 'images'", None),
        (b'{"images": {}}', "lacks the list 'images'", None),
        (b'{"images": [NaN]}', "NaN is no number", None),
        (b'\n{"images": "\xdf"}', "not UTF-8", 2),
    ],
)
def test_broken_manifest_is_reported_and_the_other_read(
    tmp_path: Path, text: bytes, says: str, line: int | None
) -> None:
    coco(coco(tmp_path, file="valid/_annotations.coco.json", images="valid"))
    written(tmp_path / FILE, text)
    assert {sample.split for sample in read_with_problem(Coco(), tmp_path, says, FILE, line)} == {"valid"}


def test_picture_in_two_manifests_is_reported(tmp_path: Path) -> None:
    coco(coco(tmp_path, file="annotations/x.json", images="images"), file="annotations/y.json", images="images")
    samples = read_with_problem(Coco(), tmp_path, "labelled twice, before in 'x.json'", "annotations/y.json", 1)
    assert len(samples) == 2
