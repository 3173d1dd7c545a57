"""`beadwatch data`: a set from import to split and out again, and what happens when something is wrong on the way."""

import json
import os
from pathlib import Path

import pytest
from PIL import Image

from beadwatch.services.catalog import open_catalog
from beadwatch.settings import load_settings
from beadwatch.storage.blobs import BlobStore
from tests.cli.conftest import Run
from tests.pictures import encoded, noise


def draw_set(root: Path, runs: int = 4, frames: int = 2) -> Path:
    """Write the SS304 layout: `runs` runs of each of two classes, half of them in each of its two splits."""
    number = 0
    for split in ("train", "valid"):
        labels = {}
        for run in range(runs):
            if (run % 2 == 0) != (split == "train"):
                continue
            for index in (0, 3):
                for frame in range(frames):
                    number += 1
                    name = f"class{index}-run{run}/{frame}.png"
                    path = root / split / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(encoded(noise(seed=number), "PNG"))
                    labels[name] = index
        (root / split / f"{split}.json").write_text(json.dumps(labels))
    return root


@pytest.fixture
def welds(tmp_path: Path) -> Path:
    return draw_set(tmp_path / "welds")


def blobs(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "data" / "blobs").rglob("*") if path.is_file()]


def test_import_keeps_pictures_once_and_names_the_set(beadwatch: Run, welds: Path, tmp_path: Path) -> None:
    answer = beadwatch("data", "import", welds, "--name", "welds", "--licence", "CC0")
    assert answer.code == 0
    assert "good weld" in answer.out
    assert "CC0" in answer.out
    assert len(blobs(tmp_path)) == 16
    assert beadwatch("data", "import", welds, "--name", "again").code == 0
    assert len(blobs(tmp_path)) == 16
    assert [line.split()[0] for line in beadwatch("data", "list").out.splitlines()] == ["again", "welds"]


def test_split_holds_whole_runs_and_is_frozen(beadwatch: Run, welds: Path) -> None:
    beadwatch("data", "import", welds, "--name", "welds")
    shares = ("--train", "0.5", "--valid", "0.25", "--test", "0.25")
    first = beadwatch("data", "split", "welds", *shares, "--again")
    assert first.code == 0
    assert "test" in first.out
    again = beadwatch("data", "split", "welds", *shares, "--seed", "7")
    assert again.out == first.out, "a split that exists stays, whatever the seed"
    assert beadwatch("data", "split", "welds", *shares, "--seed", "7", "--again").code == 0
    history = beadwatch("data", "show", "welds").out
    assert history.count("split --train 0.5") == 3
    assert "import ss304" in history


def test_a_split_that_cannot_be_is_refused_with_the_reason(beadwatch: Run, tmp_path: Path) -> None:
    beadwatch("data", "import", draw_set(tmp_path / "few", runs=2), "--name", "few")
    answer = beadwatch("data", "split", "few", "--again")
    assert answer.code == 2
    assert "group(s), but 3 parts need one each" in answer.err
    assert "split" not in beadwatch("data", "list").out


def test_diff_names_what_changed(beadwatch: Run, welds: Path) -> None:
    beadwatch("data", "import", welds, "--name", "welds")
    old = beadwatch("data", "list").out.split()[1]
    extra = draw_set(welds.parent / "more", runs=6)
    beadwatch("data", "import", extra, "--name", "welds")
    answer = beadwatch("data", "snapshot", "diff", old, "welds")
    assert answer.code == 0
    assert "8 added, 0 removed" in answer.err
    assert "+ welds/train/class0-run4/0.png" in answer.out.splitlines()
    assert "0 added, 0 removed, 0 changed" in beadwatch("data", "snapshot", "diff", old, old).err


@pytest.mark.parametrize("layout", ["yolo", "coco", "folder"])
def test_what_is_exported_is_imported_again(beadwatch: Run, welds: Path, tmp_path: Path, layout: str) -> None:
    beadwatch("data", "import", welds, "--name", "welds")
    assert beadwatch("data", "export", "welds", tmp_path / "out", "--format", layout).code == 0
    answer = beadwatch("data", "import", tmp_path / "out", "--name", "back")
    assert answer.code == 0, answer.err
    counts = [line for line in answer.out.splitlines() if line.split()[:2] in (["good", "weld"], ["lack", "of"])]
    assert len(counts) == 2
    assert all("4" in line.split() for line in counts)


def test_a_bad_picture_stops_the_import_and_changes_nothing(beadwatch: Run, welds: Path) -> None:
    beadwatch("data", "import", welds, "--name", "welds")
    before = beadwatch("data", "show", "welds").out
    bad = sorted(welds.rglob("*.png"))[3]
    bad.write_bytes(b"")
    answer = beadwatch("data", "import", welds, "--name", "welds")
    assert answer.code == 2
    assert bad.name in answer.err
    assert "--on-error skip" in answer.err
    assert beadwatch("data", "show", "welds").out == before


def test_a_bad_picture_can_be_skipped_and_is_named(beadwatch: Run, welds: Path) -> None:
    bad = sorted(welds.rglob("*.png"))[3]
    bad.write_bytes(b"not a picture")
    answer = beadwatch("data", "import", welds, "--name", "welds", "--on-error", "skip")
    assert answer.code == 1
    assert f"{bad}: UnsupportedImageError" in answer.err
    assert "problems in all: 1" in answer.err
    assert "welds" in beadwatch("data", "list").out


def test_an_import_that_is_killed_changes_nothing(beadwatch: Run, welds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beadwatch("data", "import", draw_set(welds.parent / "old", runs=2), "--name", "welds")
    before = beadwatch("data", "show", "welds").out
    real, calls = BlobStore.put, 0

    def dies(self: BlobStore, data: bytes, digest: str | None = None) -> str:
        nonlocal calls
        calls += 1
        if calls > 5:
            raise KeyboardInterrupt
        return real(self, data, digest)

    with monkeypatch.context() as patched:
        patched.setattr(BlobStore, "put", dies)
        assert beadwatch("data", "import", welds, "--name", "welds").code != 0
    assert beadwatch("data", "show", "welds").out == before
    assert beadwatch("data", "import", welds, "--name", "welds").code == 0


def draw_folders(root: Path, *names: str) -> Path:
    """Write a PNG of its own noise under each name."""
    for number, name in enumerate(names):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(encoded(noise(seed=number), "PNG"))
    return root


def test_pictures_that_do_not_come_in_are_named_with_exit_code_1(beadwatch: Run, tmp_path: Path) -> None:
    root = draw_folders(tmp_path / "photos", "crack/a.png", "crack/b.png")
    (root / "crack/IMG_1.HEIC").write_bytes(b"x")
    answer = beadwatch("data", "import", root, "--name", "photos")
    assert answer.code == 1
    assert "left out" in answer.err
    assert "crack/IMG_1.HEIC" in answer.err
    assert "2" in answer.out.split("pictures")[1].split("\n")[0]
    assert "photos" in beadwatch("data", "list").out


def test_labels_that_nobody_reads_end_an_import_before_anything_is_kept(beadwatch: Run, tmp_path: Path) -> None:
    root = draw_folders(tmp_path / "photos", "good/a.png")
    (root / "good/a.json").write_text('{"shapes": [{"label": "crack"}]}')
    answer = beadwatch("data", "import", root, "--name", "photos", "--on-error", "skip")
    assert answer.code == 2
    assert "good/a.json" in answer.err
    assert blobs(tmp_path) == []
    assert "photos" not in beadwatch("data", "list").out


def test_a_turned_picture_with_a_box_goes_out_and_comes_in_again(beadwatch: Run, tmp_path: Path) -> None:
    """Our own exports say that places are on the upright picture; without that nobody could tell."""
    exif = Image.Exif()
    exif[0x0112] = 6
    for number in range(2):
        path = tmp_path / "set" / f"{number}.jpg"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(encoded(noise(80, 80, number), "JPEG", exif=exif))
        path.with_suffix(".txt").write_text("0 0.2 0.3 0.1 0.1\n")
    (tmp_path / "set/data.yaml").write_text("names: [crack]\n")
    assert "upright: true" in beadwatch("data", "import", tmp_path / "set", "--name", "first").err
    (tmp_path / "set/data.yaml").write_text("names: [crack]\nupright: false\n")
    assert beadwatch("data", "import", tmp_path / "set", "--name", "first").code == 0
    for layout in ("yolo", "coco"):
        assert beadwatch("data", "export", "first", tmp_path / layout, "--format", layout).code == 0
        answer = beadwatch("data", "import", tmp_path / layout, "--name", layout)
        assert answer.code == 0, answer.err
    catalog = open_catalog(load_settings())
    for name in ("first", "yolo", "coco"):
        records = catalog.snapshot(name).records
        assert [record.annotations[0].box for record in records] == [pytest.approx((0.65, 0.15, 0.75, 0.25))] * 2


def test_groups_are_those_that_the_audit_counts(beadwatch: Run, tmp_path: Path) -> None:
    """A picture without a group is no group: import, show and audit say the same, before and after grouping."""
    root = draw_folders(tmp_path / "photos", "crack/a.png", "crack/b.png", "good/c.png", "good/d.png")
    (root / "crack/again.png").write_bytes((root / "crack/a.png").read_bytes())
    said = [beadwatch("data", "import", root, "--name", "photos").out, beadwatch("data", "show", "photos").out]
    assert beadwatch("data", "group", "photos").code == 0
    said.append(beadwatch("data", "show", "photos").out)
    rows = [
        {line.split("  ")[0].strip(): line.split()[-1] for line in text.splitlines() if line.strip()} for text in said
    ]
    assert [row["groups"] for row in rows] == ["0", "0", "4"]
    assert [row.get("in no group") for row in rows] == ["5", "5", None]
    beadwatch("data", "audit", "photos", "--json", "audit.json", "--model", "none")
    assert json.loads(Path("audit.json").read_text())["groups"] == 4


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("import", "nowhere", "--name", "x"), "no such folder"),
        (("import", ".", "--name", "x"), "none of the layouts"),
        (("import", "welds", "--name", "../x"), "use lower-case letters"),
        (("import", "welds", "--name", "x", "--layout", "tfrecord"), "no layout 'tfrecord'"),
        (("import", "welds", "--name", "x", "--on-error", "shrug"), "stop or skip"),
        (("show", "nothing"), "data import"),
        (("split", "nothing"), "data import"),
        (("export", "nothing", "out"), "data import"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_usage_says_what_to_do(beadwatch: Run, welds: Path, arguments: tuple[str, ...], says: str) -> None:
    if arguments[1] == ".":
        Path("empty").mkdir()
        arguments = ("import", "empty", *arguments[2:])
    answer = beadwatch("data", *arguments)
    assert answer.code == 2
    assert says in answer.err


def draw_copies(root: Path) -> Path:
    """Write class folders without groups, in which a photo of `train` stands in `valid` again, mirrored."""
    for split, name, pixels in [
        *(("train", f"{number}.png", noise(64, 64, number)) for number in range(6)),
        ("valid", "copy.png", noise(64, 64, 0)[:, ::-1]),
        ("valid", "own.png", noise(64, 64, 9)),
    ]:
        path = root / split / "crack" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded(pixels, "PNG"))
    return root


def test_a_copy_on_both_sides_is_a_leak_with_exit_code_3(beadwatch: Run, tmp_path: Path) -> None:
    beadwatch("data", "import", draw_copies(tmp_path / "photos"), "--name", "photos")
    answer = beadwatch("data", "audit", "photos", "--html", "audit.html", "--json", "audit.json", "--model", "none")
    assert answer.code == 3
    assert "LEAKS" in answer.out
    found = json.loads(Path("audit.json").read_text())
    assert found["leaks"] is True
    assert found["counts"]["copies_across"] == 1
    page = Path("audit.html").read_text()
    assert "copy.png" in page
    assert page.count("data:image/jpeg") >= 2


def test_grouped_and_split_anew_the_leak_is_gone(beadwatch: Run, tmp_path: Path) -> None:
    beadwatch("data", "import", draw_copies(tmp_path / "photos"), "--name", "photos")
    refused = beadwatch("data", "split", "photos", "--again", "--train", "0.7", "--valid", "0.3", "--test", "0")
    assert refused.code == 2
    assert "data group" in refused.err
    grouped = beadwatch("data", "group", "photos")
    assert grouped.code == 0
    assert "8 pictures in" in grouped.out
    shares = ("--train", "0.7", "--valid", "0.3", "--test", "0")
    assert beadwatch("data", "split", "photos", "--again", *shares).code == 0
    assert beadwatch("data", "audit", "photos", "--model", "none").code == 0


def test_an_override_decides_and_stays(beadwatch: Run, tmp_path: Path) -> None:
    beadwatch("data", "import", draw_copies(tmp_path / "photos"), "--name", "photos")
    Path("groups.csv").write_text("file,group\nown.png,mine\n1.png,mine\n")
    answer = beadwatch("data", "group", "photos", "--overrides", "groups.csv")
    assert answer.code == 0
    assert "2 by override" in answer.out
    Path("groups.csv").write_text("file,group\nnowhere.png,mine\n")
    assert "nowhere.png" in beadwatch("data", "group", "photos", "--overrides", "groups.csv").err


def test_a_grouped_set_gets_its_leak_estimate(beadwatch: Run, welds: Path, models_dir: Path) -> None:
    beadwatch("data", "import", draw_set(welds.parent / "many", runs=12), "--name", "many")
    answer = beadwatch("data", "audit", "many", "--model", "tig")
    assert answer.code in {0, 3}
    assert "is leakage" in answer.out, answer.err


def test_names_of_any_kind_are_imported_or_named_and_can_be_listed(beadwatch: Run, tmp_path: Path) -> None:
    names = ["a\n.png", "b\u202egnp.png", "c\x1b[31m.png", os.fsdecode(b"d\xff.png")]
    for number, name in enumerate(names):
        (tmp_path / "odd" / "cr\x1back").mkdir(parents=True, exist_ok=True)
        (tmp_path / "odd" / "cr\x1back" / name).write_bytes(encoded(noise(seed=number), "PNG"))
    answer = beadwatch("data", "import", "odd", "--name", "odd", "--on-error", "skip", "--licence", "CC\udcff0")
    assert answer.code == 1  # one is named, and left out
    assert "CC\ufffd0" in answer.out
    assert "cr\ufffdack" in answer.out
    assert "\x1b" not in answer.out
    assert r"d\udcff.png" in answer.err
    assert beadwatch("data", "show", "odd").code == 0
    assert beadwatch("data", "audit", "odd", "--json", "audit.json", "--html", "audit.html").code in {0, 3}
    json.loads(Path("audit.json").read_text())
