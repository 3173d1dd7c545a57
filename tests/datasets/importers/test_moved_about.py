"""Sets whose files were moved about come in with the right labels, or not at all; what is left out is named.

Nothing is taken away that says what is on a picture, so that a wrong label is a fault of the importer.
"""

import json
import random
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from beadwatch.datasets.importers import ImportOptions, Problems, read_samples
from beadwatch.domain.errors import DatasetError
from tests.datasets.importers.reading import written
from tests.pictures import encoded, noise

CLASSES = ("crack", "porosity")
PARTS = ("train", "valid")
SEEDS = range(40)
PICTURES = [encoded(noise(160, 120, number), "JPEG") for number in range(6)]
Labels = tuple[str, ...]
Names = list[tuple[str, str, Labels]]


def yolo(root: Path, named: Names, images: str, labels: str) -> None:
    written(root / "data.yaml", "names: [crack, porosity]\n")
    for number, (name, part, classes) in enumerate(named):
        written(root / images.format(part) / f"{name}.jpg", PICTURES[number])
        lines = "".join(f"{CLASSES.index(label)} 0.5 0.5 0.2 0.2\n" for label in classes)
        written(root / labels.format(part) / f"{name}.txt", lines)


def voc(root: Path, named: Names, images: str, annotations: str) -> None:
    box = "<bndbox><xmin>10</xmin><ymin>10</ymin><xmax>50</xmax><ymax>50</ymax></bndbox>"
    size = "<size><width>160</width><height>120</height></size>"
    for number, (name, part, classes) in enumerate(named):
        written(root / images.format(part) / f"{name}.jpg", PICTURES[number])
        things = "".join(f"<object><name>{label}</name>{box}</object>" for label in classes)
        text = f"<annotation><filename>{name}.jpg</filename>{size}{things}</annotation>"
        written(root / annotations.format(part) / f"{name}.xml", text)


def coco(root: Path, named: Names) -> None:
    for part in PARTS:
        images, annotations = [], []
        for number, (name, of_part, classes) in enumerate(named):
            if of_part != part:
                continue
            written(root / part / f"{name}.jpg", PICTURES[number])
            images.append({"id": number, "file_name": f"{name}.jpg", "width": 160, "height": 120})
            for label in classes:
                category = CLASSES.index(label)
                annotations.append({"image_id": number, "category_id": category, "bbox": [10, 10, 40, 40]})
        categories = [{"id": number, "name": label} for number, label in enumerate(CLASSES)]
        document = {"images": images, "annotations": annotations, "categories": categories}
        written(root / part / "_annotations.coco.json", json.dumps(document))


KINDS: Mapping[str, Callable[[Path, Names], None]] = {
    "YOLO by part": lambda root, named: yolo(root, named, "{}/images", "{}/labels"),
    "YOLO by kind": lambda root, named: yolo(root, named, "images/{}", "labels/{}"),
    "YOLO beside": lambda root, named: yolo(root, named, "{}", "{}"),
    "VOC beside": lambda root, named: voc(root, named, "{}", "{}"),
    "VOC in folders": lambda root, named: voc(root, named, "{}/JPEGImages", "{}/Annotations"),
    "COCO": coco,
}


def move_about(root: Path, chance: random.Random) -> None:
    """Do to a set one of the things that people, disks and tools do."""
    paths = sorted(root.rglob("*"))
    files = [path for path in paths if path.is_file()]
    pictures = [path for path in files if path.read_bytes().startswith(b"\xff\xd8")]
    labels = [path for path in files if path not in pictures and path.name != "data.yaml"]
    picture, label = chance.choice(pictures), chance.choice(labels)
    folder = chance.choice([path for path in paths if path.is_dir()])
    inner = chance.choice(["labels", "images", "train", "test", "data", "annotations", "ann", "Labels", "old"])
    source, target = chance.choice(
        [
            (folder, folder.with_name(folder.name.upper())),
            (folder, folder.with_name(inner)),
            (folder, root / "wrap" / folder.name),
            (label, label.with_name(label.name.upper())),
            (label, label.parent / inner / label.name),
            (label, root / label.name),
            (label, picture.parent / label.name),
            (picture, picture.with_name(picture.name.upper())),
            (picture, picture.with_suffix(chance.choice([".jfif", ".JPE", ".heic", ".tmp", ""]))),
            (picture, picture.parent / "cam 1" / picture.name),
            (picture, root / picture.name),
        ]
    )
    if not target.exists() and not target.is_relative_to(source):
        target.parent.mkdir(parents=True, exist_ok=True)
        source.rename(target)


@pytest.mark.parametrize("kind", KINDS)
def test_labels_are_right_or_the_picture_is_named(tmp_path: Path, kind: str) -> None:
    came = ended = 0
    for seed in SEEDS:
        chance = random.Random(f"{kind} {seed}")
        root = tmp_path / str(seed) / "set"
        choices: list[Labels] = [(), ("crack",), ("porosity",), CLASSES]
        named = [(f"p{number}", PARTS[number % 2], chance.choice(choices)) for number in range(len(PICTURES))]
        KINDS[kind](root, named)
        truth = {data: classes for data, (_, _, classes) in zip(PICTURES, named, strict=True)}
        for _ in range(chance.randint(1, 3)):
            move_about(root, chance)
        problems = Problems(skip=chance.random() < 0.5)
        try:
            samples = list(read_samples(root, ImportOptions("set"), problems))
        except DatasetError:
            ended += 1
            continue
        came += 1
        for sample in samples:
            assert sorted(sample.labels) == sorted(truth[sample.path.read_bytes()]), (seed, sample.path, problems)
        said = "\n".join(map(str, problems.found + problems.left_out))
        imported = {sample.path for sample in samples}
        for path in root.rglob("*"):
            if path.is_file() and path not in imported and path.read_bytes() in truth:
                assert path.name in said, (seed, path)
    assert min(came, ended) > len(SEEDS) / 10, "most must not end alike, or nothing is tried"
