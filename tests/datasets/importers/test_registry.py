"""A folder is known by its layout, whichever of them it is in, and an unknown one is told what there is."""

from pathlib import Path

import pytest

from beadwatch.datasets.importers import IMPORTERS, ImportOptions, Problems, detect, importer_named, read_samples
from beadwatch.domain.errors import DatasetError
from tests.datasets.importers.reading import touched, written
from tests.real import DATA, needs_real_welds

LAYOUTS: dict[str, tuple[str, list[str]]] = {
    "SS304": ("ss304", ["train/train.json", "train/run/a.png"]),
    "YOLO": ("roboflow", ["data.yaml", "train/images/a.jpg", "train/labels/a.txt"]),
    "multi-label": ("roboflow", ["train/_classes.csv", "train/a.jpg"]),
    "multi-label with images": ("roboflow", ["groups.csv", "train/_classes.csv", "train/images/a.jpg"]),
    "VOC": ("voc", ["Annotations/a.xml", "JPEGImages/a.jpg"]),
    "VOC beside": ("voc", ["data.yaml", "train/a.xml", "train/a.jpg"]),
    "VOC of Kaggle": ("voc", ["annotations/a.xml", "images/a.jpg"]),
    "COCO": ("coco", ["train/_annotations.coco.json", "train/a.jpg"]),
    "COCO proper": ("coco", ["annotations/annotations.json", "images/a.jpg"]),
    "class folders": ("folders", ["crack/a.jpg"]),
    "class folders in splits": ("folders", ["train/crack/a.jpg", "valid/crack/a.jpg"]),
    "WeldSpot": ("weldspot", ["1_0_0_0_0_0_0_0.jpg"]),
    "video": ("video", ["a.mov", "a.csv"]),
}


@pytest.mark.parametrize(("name", "files"), LAYOUTS.values(), ids=LAYOUTS.keys())
def test_layout_is_detected(tmp_path: Path, name: str, files: list[str]) -> None:
    for file in files:
        touched(tmp_path / file)
    assert detect(tmp_path).name == name


def test_every_layout_has_its_own_name() -> None:
    assert len({importer.name for importer in IMPORTERS}) == len(IMPORTERS)
    assert [importer_named(importer.name) for importer in IMPORTERS] == list(IMPORTERS)


def test_unknown_name_lists_the_layouts() -> None:
    with pytest.raises(DatasetError, match="no layout 'tfrecord'") as caught:
        importer_named("tfrecord")
    assert all(f"{importer.name}: {importer.layout}" in str(caught.value) for importer in IMPORTERS)


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ([], "It holds nothing"),
        (["a.jpg", "b.JPG", "LICENSE"], "It holds 2 .jpg files, 1 LICENSE files"),
        (["x/y/z/a.jpg"], "It holds the folder 'x'"),
    ],
)
def test_unknown_layout_says_what_is_there_and_what_could_be(tmp_path: Path, files: list[str], found: str) -> None:
    for file in files:
        touched(tmp_path / file)
    with pytest.raises(DatasetError, match=found) as caught:
        detect(tmp_path)
    assert all(importer.layout in str(caught.value) for importer in IMPORTERS)


@pytest.mark.parametrize("name", ["nothing", "file"])
def test_path_that_is_no_folder_is_refused(tmp_path: Path, name: str) -> None:
    touched(tmp_path / "file")
    with pytest.raises(DatasetError, match="no such folder"):
        detect(tmp_path / name)


def test_samples_are_read_with_the_importer_that_fits_or_the_one_named(tmp_path: Path) -> None:
    touched(tmp_path / "crack/1_1_0_0_0_0_0_0.jpg")
    options = ImportOptions("set")
    (sample,) = read_samples(tmp_path, options, Problems())
    assert sample.labels == ("background",)
    (sample,) = read_samples(tmp_path, options, Problems(), importer_named("folders"))
    assert sample.labels == ("crack",)


def test_set_of_which_nothing_can_be_read_is_refused_even_when_problems_are_skipped(tmp_path: Path) -> None:
    written(tmp_path / "train/train.json", "")
    with pytest.raises(
        DatasetError, match=r"no picture could be read .* the first of what was found .1.: .*train\.json"
    ):
        list(read_samples(tmp_path, ImportOptions("set"), Problems(skip=True)))


@needs_real_welds
@pytest.mark.parametrize(
    ("name", "importer", "pictures", "groups", "annotations"),
    [
        ("ss304", "ss304", 120, 27, 120),
        ("weld-quality", "roboflow", 2938, 430, 37074),
        ("background", "weldspot", 428, 428, 428),
    ],
)
def test_real_sets_are_read_whole(name: str, importer: str, pictures: int, groups: int, annotations: int) -> None:
    assert detect(DATA / name).name == importer
    samples = list(read_samples(DATA / name, ImportOptions(name), Problems()))
    assert (len(samples), len({sample.group for sample in samples})) == (pictures, groups)
    assert sum(len(sample.annotations) for sample in samples) == annotations
