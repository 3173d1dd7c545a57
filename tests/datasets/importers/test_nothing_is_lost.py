"""Whatever strangers hand in: each picture and label file comes in or is named, and no defect counts as clean.

Each case is a folder as some tool, country or disk leaves it, and what is right: the classes of its pictures by their
paths, or what is said of those that do not come in. `test_import_ends` has those that are refused.
"""

import os
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import pytest

from beadwatch.datasets.importers import ImportOptions, Problems, detect, read_samples
from tests.datasets.importers.reading import written
from tests.datasets.importers.strange_sets import (
    BOX,
    CLEAN,
    CRACK,
    DATA,
    Files,
    Labels,
    P,
    by_path,
    coco,
    drawn,
    imported,
    voc,
)

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
    assert by_path(root, imported(root, problems)) == lost.labels
    for said, words in ((problems.left_out, lost.left_out), (problems.notes, lost.notes)):
        assert len(said) == len(words), [str(problem) for problem in said]
        assert all(word in str(problem) for problem, word in zip(said, words, strict=True)), said


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
