"""Folders that are refused, for a part of them would be read wrong: the import ends, and says why."""

from pathlib import Path

import pytest

from beadwatch.datasets.importers import ImportOptions, Problems, read_samples
from beadwatch.domain.errors import DatasetError
from tests.datasets.importers.strange_sets import BOX, DATA, Files, P, coco, drawn, imported, voc

LABELME = '{"version": "5", "shapes": [{"label": "crack", "points": [[1, 1], [9, 9]]}], "imagePath": "a.jpg"}'
VIA = '{"a.jpg123": {"filename": "a.jpg", "size": 123, "regions": [{"shape_attributes": {"x": 1}}]}}'
STUDIO = '[{"id": 1, "data": {"image": "/data/upload/1/0f-a.jpg"}, "annotations": [{"result": [{"from_name": "l"}]}]}]'
SUPERVISELY = '{"description": "", "objects": [{"classTitle": "crack", "points": {"exterior": [[1, 1]]}}]}'
CREATEML = '[{"image": "a.jpg", "annotations": [{"label": "crack", "coordinates": {"x": 1}}]}]'
CVAT = '<annotations><image id="0" name="a.jpg"><box label="crack" xtl="1"/></image></annotations>'
ENDS: dict[str, tuple[Files, str]] = {
    "heic_only": ({"IMG_0.HEIC": "x", "ok.jpg": P}, r"HEIC is not read: save it as JPEG"),
    "LabelMe beside": ({"crack/a.jpg": P, "good/b.jpg": P, "crack/a.json": LABELME}, "crack/a.json.*LabelMe"),
    "VGG": ({"crack/a.jpg": P, "via_region_data.json": VIA}, "via_region_data.json.*VGG"),
    "Label Studio": ({"welds/a.jpg": P, "project-1.json": STUDIO}, "project-1.json.*Label Studio"),
    "Supervisely": ({"good/a.jpg": P, "ann/a.jpg.json": SUPERVISELY}, "ann/a.jpg.json.*Supervisely"),
    "Supervisely's folders": ({"img/a.jpg": P, "ann/a.jpg.json": SUPERVISELY}, "none of the layouts.*Supervisely"),
    "CreateML": ({"good/a.jpg": P, "good/_annotations.createml.json": CREATEML}, "createml.json.*CreateML"),
    "CVAT for images": ({"good/a.jpg": P, "annotations.xml": CVAT}, "annotations.xml.*CVAT"),
    "COCO by another name": ({"good/a.jpg": P, "good/result.json": coco()}, r"good/result.json.*COCO"),
    "table of file names": ({"good/a.jpg": P, "labels.csv": "filename,class\na.jpg,crack\n"}, "labels.csv"),
    "table with semicolons": ({"good/a b.jpg": P, "labels.csv": "Bild;Klasse\na b.jpg;Riss\n"}, "labels.csv"),
    "JSON lines": ({"good/é.jpg": P, "x.jsonl": '{"file": "\\u00e9.jpg", "label": "crack"}\n'}, "x.jsonl"),
    "list with classes": ({"good/a.jpg": P, "train.txt": "good/a.jpg 1\n"}, "train.txt"),
    "VOC deeper than it is read": (
        {"good/a.jpg": P, "xml/deep/a.xml": voc()}, "xml/deep/a.xml.*Pascal VOC",
    ),
    "YOLO in a set of another layout": (
        {"train/_annotations.coco.json": coco(), "train/a.jpg": P, "train/labels/a.txt": BOX}, "train/labels/a.txt",
    ),
    "masks beside their pictures": ({"crack/a.jpg": P, "crack/a_mask.png": P}, "crack/a_mask.png.*take them for welds"),
    "labels of a HEIC picture": (
        {"data.yaml": DATA, "images/a.jpg": P, "labels/a.txt": BOX, "images/b.HEIC": "x", "labels/b.txt": BOX},
        "b.txt: labels 'b.HEIC': HEIC is not read",
    ),
    "COCO of a HEIC picture": ({"_annotations.coco.json": coco("a.heic"), "a.heic": "x"}, "'a.heic': HEIC is not read"),
    "label files with two endings": (
        {"data.yaml": DATA, "images/a.jpg": P, "labels/a.jpg.txt": BOX}, "no label file|labels a picture",
    ),
    "COCO's boxes in shares": (
        {"a.jpg": P, "_annotations.coco.json": coco().replace("[10, 10, 40, 40]", "[0.1, 0.1, 0.2, 0.2]")},
        "COCO has pixels",
    ),
    "COCO's polygons in shares": (
        {"a.jpg": P, "_annotations.coco.json": coco(segmentation="[[0, 0, 0.3, 0.1, 0.3, 0.3]]")}, "COCO has pixels",
    ),
    "VOC's boxes in shares": (
        {"a.jpg": P, "a.xml": voc().replace("10<", "0.1<").replace("50<", "0.9<")}, "Pascal VOC has pixels",
    ),
    "YOLO for pictures that are gone": (
        {"crack/a.jpg": P, "old/x.txt": BOX}, "old/x.txt",
    ),
    "a second manifest": (
        {"train/_annotations.coco.json": coco(), "train/a.jpg": P, "valid/b.jpg": P,
         "valid/annotations.json": coco("b.jpg")},
        "valid/annotations.json",
    ),
    "label track of a video in a subfolder": (
        {"crack/a.jpg": P, "day 1/w.mp4": "x", "day 1/w.csv": "start_s,end_s,label\n0,1,crack\n"}, "day 1/w.csv",
    ),
    "labels beside pictures, and no class names": ({"crack/a.jpg": P, "crack/a.txt": BOX}, "data.yaml.* is missing"),
    "class index beyond the names": (
        {"data.yaml": DATA, "images/a.jpg": P, "labels/a.txt": "1" + BOX[1:]}, "a.txt, line 1: unknown class '1'"
    ),
    "labels for a part that is not there": (
        {"data.yaml": DATA, "images/a.jpg": P, "labels/a.txt": BOX, "labels/z.txt": BOX}, "z.txt: labels a picture"
    ),
    "the same names in two parts, and labels in one folder": (
        {"data.yaml": DATA, "images/train/a.jpg": P, "images/val/a.jpg": P, "labels/a.txt": BOX},
        "no label file|of several",
    ),
    "labels of the other part": (
        {"data.yaml": DATA, "train/images/a.jpg": P, "train/images/b.jpg": P, "train/labels/b.txt": BOX,
         "valid/labels/a.txt": BOX}, "valid/labels/a.txt: labels a picture"
    ),
    "two label files that differ": (
        {"data.yaml": DATA, "train/images/a.jpg": P, "train/images/a.txt": "", "train/labels/a.txt": BOX}, "that differ"
    ),
    "one name, two pictures": (
        {"data.yaml": DATA, "images/a.jpg": P, "images/a.png": P, "labels/a.txt": BOX}, "shares its labels"
    ),
    "a part whose labels were not copied": (
        {"data.yaml": DATA, "train/images/a.jpg": P, "train/labels/a.txt": BOX, "valid/images/b.jpg": P},
        "valid/images: no label file for any of its pictures",
    ),
    "no label at all": ({"data.yaml": DATA, "train/images/a.jpg": P}, "no label file for any"),
    "a pose without kpt_shape": (
        {"data.yaml": DATA, "images/a.jpg": P, "labels/a.txt": "0 0.5 0.5 0.2 0.2 0.45 0.45 1 0.55 0.55 1\n"}, "a pose"
    ),
    "key points that do not fit kpt_shape": (
        {"data.yaml": DATA + "kpt_shape: [3, 3]\n", "images/a.jpg": P,
         "labels/a.txt": "0 0.5 0.5 0.2 0.2 0.45 0.45 1 0.55 0.55 1\n"}, "a box and its key points have 13"
    ),
    "splits without classes": ({"train/a.jpg": P, "Validation/b.jpg": P}, "'Validation' is the name of a part"),
    "a part beside classes": ({"crack/a.jpg": P, "test/b.jpg": P}, "'test' is the name of a part"),
    "a picture deeper than its class": ({"crack/a.jpg": P, "crack/new/b.jpg": P}, "crack/new: a folder inside"),
    "YAML without a name": (
        {"data.yaml": "names: [crack, '']\n", "images/a.jpg": P, "labels/a.txt": BOX}, "has '' among",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("files", "says"), ENDS.values(), ids=ENDS.keys())
def test_import_ends_and_says_why(tmp_path: Path, files: Files, says: str) -> None:
    root = drawn(tmp_path / "set", files)
    with pytest.raises(DatasetError, match=says):
        list(read_samples(root, ImportOptions("set", frames_dir=tmp_path / "frames"), Problems()))


def test_label_files_that_nobody_reads_end_an_import_that_skips_problems_too(tmp_path: Path) -> None:
    root = drawn(tmp_path / "set", {"good/a.jpg": P, "good/a.json": LABELME})
    with pytest.raises(DatasetError, match=r"good/a\.json"):
        imported(root, Problems(skip=True))
