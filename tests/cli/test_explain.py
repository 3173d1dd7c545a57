"""`beadwatch explain`: where to look in each picture, as JSON lines, as a table and as pictures."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from beadwatch.domain.labels import SURFACE, TIG, Task
from tests.bundles import between, colour_of, spotted
from tests.cli.conftest import Run
from tests.pictures import encoded, png, turned

pytestmark = pytest.mark.usefixtures("models_dir")
KEYS = (
    "path", "sha256", "task", "model", "model_version", "label", "disposition", "width", "height", "explanations",
    "picture",
)  # fmt: skip


def drawn(name: str, label: str = "crack", task: Task = SURFACE, row: int = 1, column: int = 3) -> Path:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_bytes(encoded(spotted(colour_of(task, label), row, column)))
    return Path(name)


def test_finding_is_a_line_and_a_picture(beadwatch: Run) -> None:
    outcome = beadwatch("explain", drawn("weld.png"))
    assert outcome.code == 0
    (line,) = outcome.lines
    assert tuple(line) == KEYS
    assert (line["path"], line["label"], line["width"], line["height"]) == ("weld.png", "crack", 40, 32)
    (crack,) = line["explanations"]
    assert tuple(crack) == ("label", "score", "box_px", "box", "peak")
    left, top, right, bottom = crack["box_px"]
    assert left <= 24, "the cell in full colour is from 24 to 32 and from 8 to 16"
    assert right >= 32
    assert top <= 8
    assert bottom >= 16
    assert (right - left) * (bottom - top) < 0.2 * 40 * 32
    assert line["picture"] == "explained/weld.explain.png"
    with Image.open(line["picture"]) as picture:
        assert picture.width == 320
        assert np.asarray(picture).std() > 0
    assert [path.name for path in Path("explained").iterdir()] == ["weld.explain.png"]
    assert outcome.err == "1 explained with surface surface-1, 0 without a finding; 0 failed\n"


def test_box_is_in_pixels_of_the_upright_picture(beadwatch: Run) -> None:
    upright = np.repeat(np.repeat(spotted(colour_of(SURFACE, "crack"), 0, 4), 3, axis=0), 3, axis=1)
    Path("phone.png").write_bytes(turned(np.rot90(upright), 6))  # stored a quarter turn to the left
    (line,) = beadwatch("explain", "phone.png").lines
    assert (line["width"], line["height"]) == (120, 96)
    left, top, right, bottom = line["explanations"][0]["box_px"]
    assert (right, top) == (120, 0)
    assert left > 60
    assert bottom < 48


def test_each_finding_is_explained(beadwatch: Run) -> None:
    both = between(colour_of(SURFACE, "crack"), colour_of(SURFACE, "porosity"))
    pixels = np.full((32, 40, 3), both, dtype=np.uint8)
    pixels[8:16, 24:32] = colour_of(SURFACE, "crack")
    pixels[24:32, 0:8] = colour_of(SURFACE, "porosity")
    Path("weld.png").write_bytes(encoded(pixels))
    (line,) = beadwatch("explain", "weld.png").lines
    peaks = {one["label"]: one["peak"] for one in line["explanations"]}
    assert peaks == {"crack": pytest.approx([0.7, 0.375]), "porosity": pytest.approx([0.1, 0.875])}
    with Image.open(line["picture"]) as picture:
        assert picture.width == 640, "a panel for each finding"


def test_good_weld_has_nothing_to_explain_unless_asked(beadwatch: Run) -> None:
    good = drawn("good.png", "good welding")
    outcome = beadwatch("explain", good)
    assert (outcome.code, outcome.lines[0]["explanations"], outcome.lines[0]["picture"]) == (0, [], None)
    assert "0 explained with surface surface-1, 1 without a finding" in outcome.err
    assert not Path("explained").exists()
    (line,) = beadwatch("explain", "--label", "good welding", "--label", "crack", good).lines
    assert [one["label"] for one in line["explanations"]] == ["good welding", "crack"]
    assert line["explanations"][0]["score"] > 0.9 > line["explanations"][1]["score"]


def test_class_that_nothing_speaks_for_has_no_made_up_box(beadwatch: Run) -> None:
    (line,) = beadwatch("explain", "--label", "crack", drawn("good.png", "good welding")).lines
    assert [line["explanations"][0][key] for key in ("box_px", "box", "peak")] == [None, None, None]
    assert Path(line["picture"]).is_file()


def test_frame_of_a_process_camera_has_its_top_class_explained(beadwatch: Run) -> None:
    (line,) = beadwatch("explain", "--model", "tig", drawn("frame.png", "burn through", TIG)).lines
    assert [one["label"] for one in line["explanations"]] == ["burn through"]


def test_files_of_one_name_do_not_overwrite_each_other(beadwatch: Run) -> None:
    lines = beadwatch("explain", "--out", "seen", drawn("a/weld.png"), drawn("b/weld.png"), drawn("weld.jpg")).lines
    names = [Path(line["picture"]).name for line in lines]
    assert names == ["weld.explain.png", "weld-2.explain.png", "weld-3.explain.png"]
    assert sorted(path.name for path in Path("seen").iterdir()) == sorted(names)


def test_bad_file_is_reported_in_its_place_and_the_rest_is_done(beadwatch: Run) -> None:
    Path("text.png").write_text("no picture")
    outcome = beadwatch("explain", drawn("a.png"), "text.png", "gone.png", drawn("b.png"))
    assert outcome.code == 1
    assert [line.get("error", {}).get("type") for line in outcome.lines] == [
        None, "UnsupportedImageError", "SourceError", None,
    ]  # fmt: skip
    assert "2 failed" in outcome.err


def test_table_says_where_to_look(beadwatch: Run) -> None:
    Path("text.png").write_text("no picture")
    good = drawn("good.png", "good welding")
    shown = beadwatch("explain", "--format", "table", drawn("a.png"), good, "text.png", png_of("[red]flat.png")).out
    for words in ("a.png", "crack", "none: accept", "! error", "explained/a.explain.png", "[red]flat.png", "nowhere"):
        assert words in shown


def png_of(name: str) -> Path:
    Path(name).write_bytes(png(colour_of(SURFACE, "crack")))
    return Path(name)


def test_unknown_class_is_wrong_usage_and_says_what_there_is(beadwatch: Run) -> None:
    outcome = beadwatch("explain", "--label", "moon rock", drawn("a.png"))
    assert (outcome.code, outcome.out) == (2, "")
    assert "moon rock" in outcome.err
    assert "spatters" in outcome.err
    assert not Path("explained").exists()


def test_folder_that_cannot_be_written_is_exit_code_2_and_named(beadwatch: Run) -> None:
    Path("file").touch()
    outcome = beadwatch("explain", "--out", "file", drawn("a.png"))
    assert outcome.code == 2
    assert outcome.err.startswith("beadwatch: SourceError: file/a.explain.png: cannot be written")
