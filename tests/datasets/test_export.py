"""What goes out comes in again: every label, and places and groups where the layout has room for them."""

import csv
import io
from pathlib import Path

import pytest

from beadwatch.datasets.export import LAYOUTS, export_snapshot, file_names
from beadwatch.datasets.importers import ImportOptions, Problems, read_samples
from beadwatch.datasets.sample import Annotation, Sample, box_outline, labelled
from beadwatch.datasets.snapshot import DatasetSnapshot, Record, make_snapshot
from beadwatch.domain.errors import DatasetError

TRIANGLE = ((0.1, 0.1), (0.9, 0.25), (0.5, 0.75))


def record(number: int, *annotations: Annotation, split: str | None = "train", name: str | None = None) -> Record:
    return Record(f"{number:064x}", name or f"{number}.png", annotations, f"g{number // 2}", "drawn", split=split)


RICH = make_snapshot(
    [
        record(1, Annotation("crack", box_outline(0.25, 0.25, 0.75, 0.5)), *labelled("porosity")),
        record(2, Annotation("crack", TRIANGLE), split="valid"),
        record(3, *labelled("good welding"), split="test"),
        record(4, *labelled("good welding", "spatters")),
    ]
)
PLAIN = make_snapshot(
    [record(number, *labelled(label)) for number, label in enumerate(["crack", "good welding", "crack"])]
)


def export(snapshot: DatasetSnapshot, layout: str, target: Path) -> None:
    export_snapshot(
        snapshot, layout, target, lambda digest: f"picture {int(digest, 16)}".encode(), lambda _: (200, 100)
    )


def back(folder: Path) -> dict[str, Sample]:
    samples = read_samples(folder, ImportOptions("drawn"), Problems())
    return {sample.path.read_text(): sample for sample in samples}


@pytest.mark.parametrize(("layout", "snapshot"), [("folder", PLAIN), ("yolo", RICH), ("coco", RICH)])
def test_every_label_and_split_survives(tmp_path: Path, layout: str, snapshot: DatasetSnapshot) -> None:
    export(snapshot, layout, tmp_path / "out")
    found = back(tmp_path / "out")
    assert len(found) == len(snapshot.records)
    for each in snapshot.records:
        sample = found[f"picture {int(each.sha256, 16)}"]
        assert set(sample.labels) == set(each.labels)
        assert sample.split == each.split


@pytest.mark.parametrize("layout", ["yolo", "coco"])
def test_places_and_groups_survive(tmp_path: Path, layout: str) -> None:
    export(RICH, layout, tmp_path / "out")
    found = back(tmp_path / "out")
    assert {name: sample.group for name, sample in found.items()} == {
        f"picture {int(each.sha256, 16)}": each.group for each in RICH.records
    }
    triangle = next(a for a in found["picture 2"].annotations if a.outline is not None)
    assert triangle.outline is not None
    assert [share for point in triangle.outline for share in point] == pytest.approx(
        [share for point in TRIANGLE for share in point]
    )
    box = next(a.box for a in found["picture 1"].annotations if a.label == "crack")
    assert box == pytest.approx((0.25, 0.25, 0.75, 0.5))


def test_the_table_has_every_picture(tmp_path: Path) -> None:
    export(RICH, "csv", tmp_path / "out")
    lines = (tmp_path / "out" / "samples.csv").read_text().splitlines()
    assert len(lines) == 1 + len(RICH.records)
    assert "1.png,crack|porosity,train,g0," in lines[1]


def test_no_cell_is_a_formula_and_all_of_it_comes_back(tmp_path: Path) -> None:
    odd = make_snapshot(
        [
            Record(f"{1:064x}", "=1+1.png", (*labelled("-crack"),), "=cmd", "drawn", split="train"),
            Record(f"{2:064x}", "-2.png", (*labelled("@spatters"),), "-0.5", "drawn", split="train"),
        ]
    )
    export(odd, "csv", tmp_path / "table")
    export(odd, "yolo", tmp_path / "yolo")
    tables = [*tmp_path.rglob("*.csv")]
    assert len(tables) == 3
    for table in tables:
        cells = [cell for row in csv.reader(io.StringIO(table.read_text())) for cell in row]
        assert [cell for cell in cells if cell[:1] in set("=+-@") and cell != "-0.5"] == []
    found = back(tmp_path / "yolo")
    assert {(sample.labels, sample.group) for sample in found.values()} == {
        (("-crack",), "=cmd"),
        (("@spatters",), "-0.5"),
    }


def test_a_picture_of_two_classes_does_not_fit_into_folders(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="2 classes"):
        export(RICH, "folder", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("label", ["../up", "a/b", ".hidden", "new\nline"])
def test_a_class_never_becomes_a_path(tmp_path: Path, label: str) -> None:
    with pytest.raises(DatasetError, match="no name of a folder"):
        export(make_snapshot([record(1, *labelled(label))]), "folder", tmp_path / "out")


@pytest.mark.parametrize(
    "names",
    [
        ["a/x.png", "b/x.png", "c/X.PNG"],
        ["x.png", "x.jpg"],
        ["../../etc/passwd", ".hidden.png", "\u2028.png", "con\x00.png"],
        ["0" * 12 + "-x.png", "x.png", "y/x.png"],
    ],
    ids=["same name", "same stem", "hostile", "made to clash"],
)
def test_file_names_are_safe_and_unique(names: list[str]) -> None:
    found = list(file_names(record(number, name=name) for number, name in enumerate(names)).values())
    assert len({Path(name).stem.lower() for name in found}) == len(names)
    assert all(Path(name).name == name and not name.startswith(".") for name in found)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_is_there_is_never_written_over(tmp_path: Path, layout: str) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(DatasetError, match="exists"):
        export(PLAIN, layout, tmp_path / "out")


def test_a_picture_that_is_missing_leaves_nothing(tmp_path: Path) -> None:
    def get(_digest: str) -> bytes:
        raise DatasetError("gone")

    with pytest.raises(DatasetError, match="gone"):
        export_snapshot(PLAIN, "yolo", tmp_path / "out", get, lambda _: (1, 1))
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_layout_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="folder, yolo, coco, csv"):
        export(PLAIN, "tfrecord", tmp_path / "out")
