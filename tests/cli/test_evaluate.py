"""`beadwatch evaluate`: from a set or a folder to figures, page and exit code; a leak is never called a result."""

import base64
import hashlib
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from beadwatch.domain.labels import TIG
from beadwatch.evaluation import bootstrap
from beadwatch.inference.bundle import load_bundle
from tests.bundles import colour_of, half_and_half, write_bundle
from tests.cli.conftest import Run
from tests.pictures import encoded, plain
from tests.real import DATA, MODELS, needs_real_welds

# Each run holds frames of one label; the drawn colour, by which the tiny model answers, differs in two of them.
RUNS = {
    "good-1": ("good weld", ["good weld", "good weld"]),
    "good-2": ("good weld", ["good weld", "burn through"]),
    "burnt-1": ("burn through", ["burn through", "burn through"]),
    "burnt-2": ("burn through", ["burn through", "good weld"]),
}


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "RESAMPLES", 20)


def draw_runs(root: Path) -> dict[str, bytes]:
    """Write the SS304 layout: `-1` runs in train, `-2` runs in valid. Returns the pictures by name."""
    pictures: dict[str, bytes] = {}
    for split, ending in (("train", "1"), ("valid", "2")):
        labels = {}
        for run, (label, drawn) in RUNS.items():
            for frame, colour in enumerate(drawn if run.endswith(ending) else []):
                name = f"{run}/{frame}.png"
                pixels = plain(colour_of(TIG, colour), 40, 32)
                pixels[0, 0] = len(pictures)  # no two files are the same
                pictures[name] = encoded(pixels)
                path = root / split / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(pictures[name])
                labels[name] = TIG.label_names.index(label)
        (root / split / f"{split}.json").write_text(json.dumps(labels))
    return pictures


@pytest.fixture
def welds(tmp_path: Path, models_dir: Path) -> Path:
    draw_runs(tmp_path / "welds")
    return tmp_path / "welds"


def digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_an_unseen_set_is_a_result(beadwatch: Run, welds: Path) -> None:
    beadwatch("data", "import", welds, "--name", "welds")
    answer = beadwatch("evaluate", "tig", "welds", "--html", "page.html", "--json", "all.json")
    assert answer.code == 0, answer.err
    assert "a result: no picture is of a group" in answer.out
    assert "0.750" in answer.out
    assert "ms a picture (median)" in answer.out
    found = json.loads(Path("all.json").read_text())
    assert found["is_result"] is True
    assert (found["pictures"], found["groups"]) == (8, 4)
    assert found["figures"]["accuracy"]["value"] == 0.75
    assert found["figures"]["bad_among_accepted"]["value"] == 0.25
    assert found["dispositions"]["accept"] == {"good": 3, "bad": 1}
    assert found["confusion"][0][:2] == [3, 1]
    assert found["ms_a_picture"]["inference"]["median_ms"] > 0
    assert "No picture of contamination" in " ".join(found["limits"])


def test_a_picture_on_the_page_has_its_own_truth_and_answer(beadwatch: Run, welds: Path) -> None:
    assert beadwatch("evaluate", "tig", welds, "--html", "page.html").code == 0
    shown = re.findall(
        r'<figure class="show \w+"><img[^>]*base64,([^"]+)">(.*?)</figure>', Path("page.html").read_text()
    )
    assert len(shown) == 2 + 8
    for data, caption in shown:
        told = dict(re.findall(r'<dt>(\w+)</dt><dd class="\w+">(.*?)</dd>', caption))
        colour = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))), dtype=float)[8:-8, 8:-8].mean(axis=(0, 1))
        nearest = min(TIG.label_names, key=lambda name: float(np.abs(colour - colour_of(TIG, name)).sum()))
        assert told["answer"] == nearest, (
            "the model answers by the colour, so the answer must be what the picture shows"
        )
        run = re.search(r'title="(?:train|valid)/([\w-]+)/', caption)
        assert run
        assert told["truth"] == RUNS[run[1]][0]


def test_pictures_it_has_learned_from_are_no_result(beadwatch: Run, welds: Path, tmp_path: Path) -> None:
    learned = [digest_of(path) for path in welds.rglob("*.png")]
    bundle = write_bundle(tmp_path / "learned", seen=learned)
    answer = beadwatch("evaluate", bundle, welds, "--html", "page.html", "--json", "all.json")
    assert answer.code == 3
    assert "NO RESULT: 8 of 8 pictures are of 4 of 4 groups" in answer.out
    assert '<div class="verdict reject">' in Path("page.html").read_text()
    found = json.loads(Path("all.json").read_text())
    assert found["is_result"] is False
    assert "memory, not skill" in found["reasons"][0]
    assert found["unseen"] is None


def test_one_frame_makes_its_whole_run_known_even_from_another_split(
    beadwatch: Run, welds: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    pictures = draw_runs(other)
    # A frame of a run that stands in valid was learned from, but under train.
    (other / "train" / "good-2").mkdir()
    frame = other / "valid" / "good-2" / "0.png"
    frame.rename(other / "train" / "good-2" / "0.png")
    labels = json.loads((other / "valid" / "valid.json").read_text())
    del labels["good-2/0.png"]
    (other / "valid" / "valid.json").write_text(json.dumps(labels))
    trained = json.loads((other / "train" / "train.json").read_text()) | {"good-2/0.png": 0}
    (other / "train" / "train.json").write_text(json.dumps(trained))
    bundle = write_bundle(tmp_path / "learned", seen=[hashlib.sha256(pictures["good-2/0.png"]).hexdigest()])
    answer = beadwatch("evaluate", bundle, other, "--split", "valid", "--json", "all.json")
    assert answer.code == 3
    found = json.loads(Path("all.json").read_text())
    assert (found["pictures"], found["groups"]) == (3, 2)
    assert "1 of 3 pictures are of 1 of 2 groups" in found["reasons"][0]
    assert (found["unseen"]["pictures"], found["unseen"]["groups"]) == (2, 1)
    assert "never learned from" in answer.out


def test_a_bundle_that_does_not_say_what_it_learned_from(beadwatch: Run, welds: Path, tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "silent")
    card = json.loads((bundle / "card.json").read_text())
    del card["files"]["seen.txt"]
    (bundle / "card.json").write_text(json.dumps(card))
    assert load_bundle(bundle).seen == frozenset()
    answer = beadwatch("evaluate", bundle, welds)
    assert answer.code == 3
    assert "unsure whether this is a result: the bundle does not say" in answer.out


def test_pictures_without_a_group_leave_it_unsure(beadwatch: Run, models_dir: Path) -> None:
    for name in ("good weld", "burn through"):
        for number in range(2):
            path = Path("photos", name, f"{name}{number}.png")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encoded(plain(colour_of(TIG, name), 40 + number)))
    answer = beadwatch("evaluate", "tig", "photos")
    assert answer.code == 3
    assert "4 of 4 pictures have no group" in answer.out


def test_a_limit_and_a_split(beadwatch: Run, welds: Path) -> None:
    answer = beadwatch("evaluate", "tig", welds, "--limit", "5", "--json", "all.json")
    assert json.loads(Path("all.json").read_text())["pictures"] == 5
    assert "5 of 8 pictures, as --limit asks" in answer.out
    assert beadwatch("evaluate", "tig", welds, "--split", "valid").code == 0


def test_strangers_and_curves(beadwatch: Run, welds: Path) -> None:
    Path("cats").mkdir()
    for number in range(3):
        Path("cats", f"{number}.png").write_bytes(encoded(half_and_half()))
    Path("run").mkdir()
    Path("run", "history.csv").write_text("epoch,loss\n0,1\n1,0.5\n")
    answer = beadwatch("evaluate", "tig", welds, "--strangers", "cats", "--run", "run", "--html", "page.html")
    assert answer.code == 0
    assert "3 strangers of cats: recognised as strangers 1.000" in answer.out
    assert "Strangers: 3 pictures of cats" in Path("page.html").read_text()
    assert "The training run" in Path("page.html").read_text()


def test_answers_of_a_cross_validation(beadwatch: Run, models_dir: Path) -> None:
    targets = np.eye(6)[np.arange(60) % 6]
    logits = 3 * targets + np.random.default_rng(0).normal(0, 1, (60, 6))
    groups = np.array([f"s/run {n // 3}" for n in range(60)])

    def keep(fold: np.ndarray) -> None:
        np.savez("held-out.npz", logits=logits, targets=targets, distance=np.zeros(60), groups=groups, fold=fold)

    keep(np.arange(60) // 3 % 4)
    answer = beadwatch("evaluate", "--answers", "held-out.npz", "--task", "tig", "--html", "page.html")
    assert answer.code == 0, answer.err
    assert "a result" in answer.out
    assert "4-fold cross-validation" in Path("page.html").read_text()
    keep(np.arange(60) % 4)
    answer = beadwatch("evaluate", "--answers", "held-out.npz", "--task", "tig")
    assert answer.code == 3
    assert "NO RESULT: 60 of 60" in answer.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("tig", "nothing"), "no data set 'nothing'"),
        (("nobody", "welds"), "no model 'nobody'"),
        (("tig", "welds", "--split", "test"), "no picture in the split 'test': it has train, valid"),
        (("surface", "welds"), "classes that the model does not know"),
        (("tig",), "give MODEL and DATA"),
        ((), "give MODEL and DATA"),
        (("tig", "welds", "--task", "tig"), "give MODEL and DATA"),
        (("--answers", "x.npz"), "--answers needs --task"),
        (("tig", "welds", "--answers", "x.npz", "--task", "tig"), "give MODEL and DATA"),
        (("--answers", "x.npz", "--task", "tig", "--limit", "3"), "takes neither"),
        (("--answers", "x.npz", "--task", "tig"), "x.npz: cannot be read"),
        (("--answers", "x.npz", "--task", "mig"), "no task 'mig'; there are tig, surface"),
        (("tig", "welds", "--strangers", "nowhere"), "nowhere: no such file or folder"),
        (("tig", "welds", "--run", "nowhere"), "nowhere: no such folder"),
        (("tig", "welds", "--html", "nowhere/page.html"), "cannot be written"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_usage_says_what_to_do(beadwatch: Run, welds: Path, arguments: tuple[str, ...], says: str) -> None:
    answer = beadwatch("evaluate", *arguments)
    assert answer.code == 2
    assert says in " ".join(answer.err.replace("│", " ").split())
    assert answer.out == ""


def test_a_picture_missing_from_the_store_and_a_damaged_bundle(beadwatch: Run, welds: Path, tmp_path: Path) -> None:
    beadwatch("data", "import", welds, "--name", "welds")
    blobs = [path for path in (tmp_path / "data" / "blobs").rglob("*") if path.is_file()]
    blobs[0].unlink()
    answer = beadwatch("evaluate", "tig", "welds", "--json", "all.json")
    assert answer.code == 2
    assert "cannot be judged: no picture" in answer.err
    assert not Path("all.json").exists()
    (tmp_path / "models" / "tig" / "model.onnx").write_bytes(b"other")
    answer = beadwatch("evaluate", "tig", "welds")
    assert answer.code == 2
    assert "BundleError" in answer.err


@pytest.mark.slow
@needs_real_welds
def test_the_shipped_model_has_seen_the_real_frames(beadwatch: Run) -> None:
    answer = beadwatch("evaluate", MODELS / "tig", DATA / "ss304", "--limit", "10", "--html", "page.html")
    assert answer.code == 3
    assert "NO RESULT: 10 of 10" in answer.out
