"""Whatever strangers hand in: each picture and label file comes in or is named, and no defect counts as clean.

Each case is a folder as some tool, country or disk leaves it, and what is right: the classes of its pictures by their
paths, what is said of those that do not come in, or why the import ends.
"""

import os
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from beadwatch.datasets.importers import ImportOptions, Problems, detect, importer_named, read_samples
from beadwatch.datasets.sample import Sample
from beadwatch.domain.errors import DatasetError
from tests.datasets.importers.reading import written
from tests.pictures import encoded, noise

BOX = "0 0.5 0.5 0.2 0.2\n"
DATA = "nc: 1\nnames: [crack]\n"
P = b"a picture is drawn here"
Files = Mapping[str, str | bytes]
Labels = Mapping[str, tuple[str, ...]]
CRACK, CLEAN = ("crack",), ()


def voc(name: str = "crack", filename: str = "x.jpg") -> str:
    box = "<xmin>10</xmin><ymin>10</ymin><xmax>50</xmax><ymax>50</ymax>"
    size = "<size><width>160</width><height>120</height></size>"
    thing = f"<object><name>{name}</name><bndbox>{box}</bndbox></object>"
    return f"<annotation><filename>{filename}</filename>{size}{thing}</annotation>"


def coco(name: str = "a.jpg", segmentation: str = "[]") -> str:
    return (
        f'{{"images": [{{"id": 1, "file_name": "{name}", "width": 160, "height": 120}}], '
        '"categories": [{"id": 1, "name": "crack"}], "annotations": [{"id": 1, "image_id": 1, "category_id": 1, '
        f'"bbox": [10, 10, 40, 40], "segmentation": {segmentation}}}]}}'
    )


def drawn(root: Path, files: Files) -> Path:
    """Write a tree: pictures of 160 x 120 px under names of pictures, and the given text elsewhere."""
    picture = encoded(noise(160, 120), "JPEG")
    root.mkdir(exist_ok=True)
    for name, text in files.items():
        written(root / name, picture if text == P else text)
    return root


def imported(root: Path, problems: Problems, layout: str | None = None) -> list[Sample]:
    importer = importer_named(layout) if layout else None
    return list(read_samples(root, ImportOptions("set"), problems, importer))


def by_path(root: Path, samples: list[Sample]) -> dict[str, tuple[str, ...]]:
    return {sample.path.relative_to(root).as_posix(): sample.labels for sample in samples}


NFC, NFD = (unicodedata.normalize(form, "Schweißnaht_Prüfung_é.jpg") for form in ("NFC", "NFD"))
READ: dict[str, tuple[Files, Labels]] = {
    "rf_darknet: names in each part, labels beside": (
        {f"{part}/{name}": text for part in ("train", "valid", "test") for name, text in
         (("_darknet.labels", "crack\nporosity\n"), ("a.jpg", P), ("a.txt", BOX), ("b.jpg", P), ("b.txt", ""))}
        | {"README.roboflow.txt": "a.jpg"},
        {f"{part}/{name}.jpg": labels for part in ("train", "valid", "test") for name, labels in
         (("a", CRACK), ("b", CLEAN))},
    ),
    "yolo_beside: data.yaml, labels beside": (
        {"data.yaml": DATA, "train/a.jpg": P, "train/a.txt": BOX, "valid/b.jpg": P, "valid/b.txt": BOX},
        {"train/a.jpg": CRACK, "valid/b.jpg": CRACK},
    ),
    "cvat_yolo11: obj.names, obj.data, lists": (
        {"obj.names": "crack\nporosity\n", "obj.data": "classes = 2\ntrain = data/train.txt\n",
         "train.txt": "data/obj_train_data/a.jpg\n", "obj_train_data/a.jpg": P, "obj_train_data/a.txt": "1" + BOX[1:]},
        {"obj_train_data/a.jpg": ("porosity",)},
    ),
    "yolo_txt_in_images": (
        {"data.yaml": DATA, "train/images/a.jpg": P, "train/images/a.txt": BOX}, {"train/images/a.jpg": CRACK},
    ),
    "caps2: Labels": (
        {"data.yaml": DATA, "train/images/a.jpg": P, "train/Labels/a.txt": BOX}, {"train/images/a.jpg": CRACK},
    ),
    "caps: Images and LABELS": (
        {"data.yaml": DATA, "Train/Images/a.jpg": P, "Train/LABELS/a.txt": BOX}, {"Train/Images/a.jpg": CRACK},
    ),
    "labels_split_differs: labels not by part": (
        {"data.yaml": DATA, "images/train/a.jpg": P, "labels/a.txt": BOX}, {"images/train/a.jpg": CRACK},
    ),
    "the part in another case": (
        {"data.yaml": DATA, "images/Train/a.jpg": P, "labels/train/a.txt": BOX}, {"images/Train/a.jpg": CRACK},
    ),
    "yolo_upper: A.TXT": (
        {"data.yaml": DATA, "train/images/A.JPG": P, "train/labels/A.TXT": "\ufeff" + BOX},
        {"train/images/A.JPG": CRACK},
    ),
    "a.jpg and A.txt": (
        {"data.yaml": DATA, "train/images/a.jpg": P, "train/labels/A.txt": BOX}, {"train/images/a.jpg": CRACK},
    ),
    "yolo_nested": (
        {"data.yaml": "names: {0: crack}\n", "train/images/a.jpg": P, "train/labels/a.txt": BOX,
         "train/images/cam1/b.jpg": P, "train/labels/cam1/b.txt": BOX},
        {"train/images/a.jpg": CRACK, "train/images/cam1/b.jpg": CRACK},
    ),
    "label file in a deeper folder than its picture": (
        {"data.yaml": DATA, "images/a.jpg": P, "labels/batch 1/a.txt": BOX}, {"images/a.jpg": CRACK},
    ),
    "images and labels changed round": (
        {"data.yaml": DATA, "train/labels/a.jpg": P, "train/images/a.txt": BOX}, {"train/labels/a.jpg": CRACK},
    ),
    "ext_mix: JPEG by other names": (
        {f"crack/{name}": P for name in ("a.jpg", "b.jfif", "c.jpe", "e.JPG", "f.Jpeg", "g.pjpeg", "h.TIF")},
        {f"crack/{name}": CRACK for name in ("a.jpg", "b.jfif", "c.jpe", "e.JPG", "f.Jpeg", "g.pjpeg", "h.TIF")},
    ),
    "yolo_pose: kpt_shape": (
        {"data.yaml": DATA + "kpt_shape: [2, 3]\n", "images/a.jpg": P,
         "labels/a.txt": "0 0.5 0.5 0.2 0.2 0.45 0.45 1 0.55 0.55 1\n"},
        {"images/a.jpg": CRACK},
    ),
    "coco_nfd": ({"train/_annotations.coco.json": coco(NFC), f"train/{NFD}": P}, {f"train/{NFD}": CRACK}),
    "nfc on disk": ({"train/_annotations.coco.json": coco(NFD), f"train/{NFC}": P}, {f"train/{NFC}": CRACK}),
    "percent signs": ({"_annotations.coco.json": coco("a%20b.jpg"), "a b.jpg": P}, {"a b.jpg": CRACK}),
    "percent sign in the name": ({"_annotations.coco.json": coco("a%20b.jpg"), "a%20b.jpg": P}, {"a%20b.jpg": CRACK}),
    "backslashes": (
        {"annotations/x.json": coco(r"day 1\\a.jpg"), "images/day 1/a.jpg": P}, {"images/day 1/a.jpg": CRACK},
    ),
    "case of the name": ({"_annotations.coco.json": coco("A.JPG"), "a.jpg": P}, {"a.jpg": CRACK}),
    "c_flat: polygon without the list around it": (
        {"annotations/instances_default.json": coco(segmentation="[9, 9, 50, 9, 50, 50]"), "images/default/a.jpg": P},
        {"images/default/a.jpg": CRACK},
    ),
    "voc_abs": ({"a.jpg": P, "a.xml": voc(filename=r"C:\Users\me\a.jpg")}, {"a.jpg": CRACK}),
    "voc in folders by class": (
        {"NEU/train/images/crazing/a.jpg": P, "NEU/train/images/patches/b.jpg": P, "NEU/train/annotations/a.xml": voc(),
         "NEU/train/annotations/b.xml": voc("patches")},
        {"NEU/train/images/crazing/a.jpg": CRACK, "NEU/train/images/patches/b.jpg": ("patches",)},
    ),
    "voc in capitals": ({"Images/A.JPG": P, "ANNOTATIONS/a.XML": voc()}, {"Images/A.JPG": CRACK}),
    "yaml_names: no and 131 are names": (
        {"data.yaml": "nc: 3\nnames: [no, crack, 131]\n", "images/a.jpg": P,
         "labels/a.txt": BOX + "1" + BOX[1:] + "2" + BOX[1:]},
        {"images/a.jpg": ("no", "crack", "131")},
    ),
    "yolo_float: class 0.0": (
        {"data.yaml": DATA, "images/a.jpg": P, "labels/a.txt": "0.0" + BOX[1:]}, {"images/a.jpg": CRACK},
    ),
    "classes.txt of labelImg": ({"classes.txt": "crack\n", "a.jpg": P, "a.txt": BOX}, {"a.jpg": CRACK}),
    "classes.txt of Label Studio, with its notes": (
        {"classes.txt": "crack\n", "notes.json": '{"categories": [{"id": 0, "name": "crack"}]}', "images/a.jpg": P,
         "labels/a.txt": BOX},
        {"images/a.jpg": CRACK},
    ),
    "lines of Windows, of old Macs, tabs": (
        {"data.yaml": DATA, "images/a.jpg": P, "labels/a.txt": BOX.replace("\n", "\r\n") * 2,
         "images/b.jpg": P, "labels/b.txt": BOX.replace("\n", "\r") * 3,
         "images/c.jpg": P, "labels/c.txt": BOX.replace(" ", "\t")},
        {"images/a.jpg": CRACK, "images/b.jpg": CRACK, "images/c.jpg": CRACK},
    ),
    "labels in UTF-16": (
        {"data.yaml": DATA, "images/a.jpg": P, "labels/a.txt": BOX.encode("utf-16")}, {"images/a.jpg": CRACK},
    ),
    "the same label file beside the picture and in labels": (
        {"data.yaml": DATA, "train/images/a.jpg": P, "train/images/a.txt": BOX, "train/labels/a.txt": BOX},
        {"train/images/a.jpg": CRACK},
    ),
    "two pictures whose names differ in case": (
        {"data.yaml": DATA, "images/a.jpg": P, "labels/a.txt": BOX, "images/A.jpg": P, "labels/A.txt": ""},
        {"images/a.jpg": CRACK, "images/A.jpg": CLEAN},
    ),
    "what systems leave behind": (
        {"crack/a.jpg": P, "crack/Thumbs.db": "x", "crack/desktop.ini": "x", "crack/.DS_Store": "x",
         "crack/._a.jpg": "x", "__MACOSX/crack/._a.jpg": "x", ".git/a.jpg": "x", "LICENSE": "a.jpg",
         "README.txt": "a.jpg is the first"},
        {"crack/a.jpg": CRACK},
    ),
    "files that say nothing of pictures": (
        {"crack/a.jpg": P, "dataset-metadata.json": '{"title": "welds", "licenses": []}', "log.txt": "done\n",
         "camera.csv": "name,focal_mm\nleft,12\n", "current.txt": "1 120.5 121 119.8 120\n",
         "one word.txt": "a" * 1_000_000, "commas.txt": "0" + ",,0" * 10_000, "dots.txt": ".jpg" * 100_000,
         "classes.json": '{"labels": ["crack"]}', "checksums.txt": f"{'0a' * 16}  crack/a.jpg\n"},
        {"crack/a.jpg": CRACK},
    ),
    "a set in a folder of its own, with its groups": (
        {"README.md": "welds", "welds/data.yaml": DATA, "welds/groups.csv": "file,group\na.jpg,g\n",
         "welds/train/images/a.jpg": P, "welds/train/labels/a.txt": BOX},
        {"welds/train/images/a.jpg": CRACK},
    ),
    "class folders of which one has names of WeldSpot": (
        {f"{name}/{number}.jpg": P for name in ("crack", "porosity") for number in range(3)}
        | {f"background/{number}_1_0_0_0_0_0_0.jpg": P for number in range(3)},
        {f"{name}/{number}.jpg": (name,) for name in ("crack", "porosity") for number in range(3)}
        | {f"background/{number}_1_0_0_0_0_0_0.jpg": ("background",) for number in range(3)},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("files", "labels"), READ.values(), ids=READ.keys())
def test_it_is_read(tmp_path: Path, files: Files, labels: Labels) -> None:
    root, problems = drawn(tmp_path / "set", files), Problems()
    if len({name.lower() for name in files}) > len({str(path).lower() for path in root.rglob("*") if path.is_file()}):
        pytest.skip("this disk takes a.jpg and A.jpg for one")
    assert by_path(root, imported(root, problems)) == labels
    assert problems.left_out == []


@dataclass(frozen=True)
class Lost:
    """A tree of which a part cannot come in: what does, and a word for each thing that is said to be left out."""

    files: Files
    labels: Labels
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    layout: str | None = field(default=None)


NAMED: dict[str, Lost] = {
    "ext_mix: HEIC in a class folder": Lost(
        {"crack/a.jpg": P, "crack/d.heic": "x", "crack/e.HEIF": "x"}, {"crack/a.jpg": CRACK}, ("crack/d.heic",)
    ),
    "raw, AVIF and DICOM": Lost(
        {"crack/a.jpg": P, "crack/b.DNG": "x", "crack/c.avif": "x", "crack/d.dcm": "x"}, {"crack/a.jpg": CRACK},
        ("b.DNG", "c.avif", "d.dcm"),
    ),
    "picture that COCO does not list": Lost(
        {"train/_annotations.coco.json": coco(), "train/a.jpg": P, "train/b.jpg": P}, {"train/a.jpg": CRACK},
        ("train/b.jpg",),
    ),
    "part without a manifest": Lost(
        {"train/_annotations.coco.json": coco(), "train/a.jpg": P, "test/b.jpg": P}, {"train/a.jpg": CRACK},
        ("test/b.jpg",),
    ),
    "frame that SS304 does not list": Lost(
        {"train/train.json": '{"run/a.jpg": 1}', "train/run/a.jpg": P, "train/run/b.jpg": P},
        {"train/run/a.jpg": ("burn through",)}, ("train/run/b.jpg",),
    ),
    "masks of another folder": Lost(
        {"data.yaml": DATA, "images/a.jpg": P, "labels/a.txt": BOX, "masks/a.png": P, "masks/b_mask.png": P},
        {"images/a.jpg": CRACK}, ("masks/a.png, masks/b_mask.png",),
    ),
    "masks of VOC": Lost(
        {"JPEGImages/a.jpg": P, "Annotations/a.xml": voc(), "SegmentationClass/a.png": P,
         "ImageSets/Main/train.txt": "a\n"},
        {"JPEGImages/a.jpg": CRACK}, ("SegmentationClass/a.png",),
    ),
    "subfolder without an XML file": Lost(
        {"JPEGImages/a.jpg": P, "Annotations/a.xml": voc(), "JPEGImages/day 2/b.jpg": P, "day 3/deeper/c.jpg": P},
        {"JPEGImages/a.jpg": CRACK}, ("JPEGImages/day 2/b.jpg", "day 3/deeper/c.jpg"),
    ),
    "pictures by their bytes": Lost(
        {"crack/a.jpg": P, "crack/IMG_1": P, "crack/b.jpg_original": P, "crack/c": "text"}, {"crack/a.jpg": CRACK},
        ("crack/IMG_1, crack/b.jpg_original",),
    ),
    "pictures beside a YOLO set": Lost(
        {"data.yaml": DATA, "images/a.jpg": P, "labels/a.txt": BOX, "runs/results.png": P}, {"images/a.jpg": CRACK},
        ("runs/results.png",),
    ),
    "picture that a class table does not list": Lost(
        {"train/_classes.csv": "filename, crack\na.jpg, 1\n", "train/a.jpg": P, "train/b.jpg": P},
        {"train/a.jpg": CRACK}, ("train/b.jpg",),
    ),
    "archive, spreadsheet and video": Lost(
        {"crack/a.jpg": P, "more.zip": "x", "labels.xlsx": "x", "crack/b.mp4": "x"}, {"crack/a.jpg": CRACK},
        ("crack/b.mp4", "more.zip", "labels.xlsx"),
    ),
    "empty label files": Lost(
        {"data.yaml": DATA, "images/a.jpg": P, "labels/a.txt": BOX, "images/b.jpg": P, "labels/b.txt": "\n"},
        {"images/a.jpg": CRACK, "images/b.jpg": CLEAN}, (), ("b.jpg",),
    ),
    "missing label files": Lost(
        {"data.yaml": DATA, "images/a.jpg": P, "labels/a.txt": BOX, "images/b.jpg": P},
        {"images/a.jpg": CRACK, "images/b.jpg": CLEAN}, (), ("b.jpg",),
    ),
    "missing label files in a set that has empty ones": Lost(
        {"data.yaml": DATA, "images/a.jpg": P, "labels/a.txt": BOX, "images/b.jpg": P, "labels/b.txt": "",
         "images/c.jpg": P},
        {"images/a.jpg": CRACK, "images/b.jpg": CLEAN}, ("images/c.jpg",), ("b.jpg",),
    ),
    "missing XML files": Lost(
        {"a.jpg": P, "a.xml": voc(), "b.jpg": P}, {"a.jpg": CRACK, "b.jpg": CLEAN}, (), ("b.jpg",)
    ),
    "missing XML files in a set that has some without an object": Lost(
        {"train/a.jpg": P, "train/a.xml": voc(), "train/b.jpg": P, "valid/c.jpg": P, "valid/c.xml": "<annotation/>"},
        {"train/a.jpg": CRACK, "valid/c.jpg": CLEAN}, ("train/b.jpg",),
    ),
    "groups where the layout has its own": Lost(
        {"1_0_0_1_0_0_0_0.jpg": P, "groups.csv": "file,group\n1_0_0_1_0_0_0_0.jpg,x\n"},
        {"1_0_0_1_0_0_0_0.jpg": CRACK}, (), ("groups.csv",),
    ),
    "list of pictures beside class folders": Lost(
        {"crack/a.jpg": P, "train.txt": "crack/a.jpg\n"}, {"crack/a.jpg": CRACK}, (), ("train.txt",)
    ),
}  # fmt: skip


@pytest.mark.parametrize("lost", NAMED.values(), ids=NAMED.keys())
def test_what_does_not_come_in_is_named(tmp_path: Path, lost: Lost) -> None:
    root, problems = drawn(tmp_path / "set", lost.files), Problems()
    assert by_path(root, imported(root, problems, lost.layout)) == lost.labels
    for said, words in ((problems.left_out, lost.left_out), (problems.notes, lost.notes)):
        assert len(said) == len(words), [str(problem) for problem in said]
        assert all(word in str(problem) for problem, word in zip(said, words, strict=True)), said


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


def test_skipped_problem_names_its_pictures_too(tmp_path: Path) -> None:
    """The picture whose labels are broken does not come in, and is counted beside the problem of its label file."""
    files: Files = {
        "data.yaml": DATA,
        "images/a.jpg": P,
        "labels/a.txt": "7 1 1 1 1",
        "images/b.jpg": P,
        "labels/b.txt": BOX,
    }
    root, problems = drawn(tmp_path / "set", files), Problems(skip=True)
    assert by_path(root, imported(root, problems)) == {"images/b.jpg": CRACK}
    assert [problem.file for problem in problems.found] == [str(root / "labels/a.txt")]
    assert "images/a.jpg" in str(problems.left_out[0])


@pytest.mark.parametrize(
    "files",
    [
        {"data.yaml": DATA, "images/a.jpg": P, "labels/a.txt": BOX, "images/b.jpg": P, "labels/z.txt": BOX},
        {
            "t/a.jpg": P,
            "t/a.xml": voc(),
            "t/b.jpg": P,
            "v/c.jpg": P,
            "v/c.xml": voc(),
            "v/z.xml": voc(filename="z.jpg"),
        },
    ],
    ids=["YOLO", "VOC"],
)
def test_while_a_label_file_is_of_no_picture_one_without_labels_is_not_clean(tmp_path: Path, files: Files) -> None:
    root, problems = drawn(tmp_path / "set", files), Problems(skip=True)
    assert all(labels == CRACK for labels in by_path(root, imported(root, problems)).values())
    assert "b.jpg" in str(problems.left_out[0])


def test_a_list_puts_pictures_into_parts_where_folders_do_not(tmp_path: Path) -> None:
    lists = {"data.yaml": DATA, "train.txt": "./images/a.jpg\n", "val.txt": "/content/set/images/b.jpg\n"}
    files: Files = lists | {f"images/{name}.jpg": P for name in "abc"} | {f"labels/{name}.txt": BOX for name in "abc"}
    samples = imported(drawn(tmp_path / "set", files), Problems())
    assert {sample.path.stem: sample.split for sample in samples} == {"a": "train", "b": "valid", "c": None}


def test_pictures_behind_links_are_the_same_pictures(tmp_path: Path) -> None:
    root, problems = drawn(tmp_path / "set", {"crack/a.jpg": P, ".store/b.jpg": P}), Problems()
    (root / "crack/again.jpg").symlink_to("a.jpg")
    (root / "crack/b.jpg").symlink_to("../.store/b.jpg")
    assert set(by_path(root, imported(root, problems))) == {"crack/a.jpg", "crack/again.jpg", "crack/b.jpg"}
    assert problems.left_out == []


def test_link_out_of_the_set_is_named_wherever_it_is(tmp_path: Path) -> None:
    files: Files = {"train/_annotations.coco.json": coco(), "train/a.jpg": P, "notes/b.txt": "x"}
    root, problems = drawn(tmp_path / "set", files), Problems(skip=True)
    written(tmp_path / "secret.jpg", "x")
    (root / "notes/c.jpg").symlink_to("../../secret.jpg")
    imported(root, problems)
    assert [problem.file for problem in problems.found] == [str(root / "notes/c.jpg")]


def test_each_folder_is_listed_once_for_all_of_an_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [(part, number) for part in ("train", "valid") for number in range(5)]
    pictures: Files = {f"{part}/images/cam/{number}.jpg": P for part, number in names}
    labels = {f"{part}/labels/cam/{number}.txt": BOX for part, number in names}
    root = drawn(tmp_path / "set", {"data.yaml": DATA, "notes/x.txt": "x", **labels, **pictures})
    importer = detect(root)
    listed: list[str] = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: listed.append(str(path)) or scandir(path))  # type: ignore[func-returns-value]
    assert len(list(read_samples(root, ImportOptions("set"), Problems(), importer))) == 10
    assert len(listed) == len(set(listed)) == 12
