"""The two bundles that ship: whole, small enough, honest about themselves, and careful with what they do not know."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from beadwatch.domain.labels import TASKS, Disposition
from beadwatch.domain.prediction import Decision
from beadwatch.imaging.decode import Image, decode
from beadwatch.inference.bundle import load_bundle
from beadwatch.inference.classifier import Classifier
from tests.real import MODELS, backgrounds, needs_real_welds, surface_photos, tig_frames


@pytest.fixture(scope="module", params=TASKS)
def classifier(request: pytest.FixtureRequest) -> Classifier:
    return Classifier(load_bundle(MODELS / request.param))


def model(name: str) -> Classifier:
    return Classifier(load_bundle(MODELS / name))


def decisions(classifier: Classifier, pictures: list[Path]) -> list[Decision]:
    return [classifier.inspect(path.name, decode(path.read_bytes())).decision for path in pictures]


def test_both_are_there_and_small() -> None:
    assert {path.name for path in MODELS.iterdir()} == set(TASKS)
    assert sum(file.stat().st_size for file in MODELS.rglob("*")) < 32 * 2**20


def test_the_card_is_full(classifier: Classifier) -> None:
    card = classifier.card
    assert card.task == TASKS[card.task.name]
    assert "groups held out" in card.metrics.protocol
    assert card.metrics.groups > 20
    assert {f"recall/{name}" for name in card.task.label_names} <= set(card.metrics.values)
    assert all(figure.low <= figure.value <= figure.high for figure in card.metrics.values.values())
    assert card.attribution
    assert len(str(card.dataset["snapshot"])) == 64
    assert card.training["onnx_compared_on"] >= 100
    assert "/" not in json.dumps([card.training, card.dataset]).replace("weld-quality/", "")


@pytest.mark.parametrize("level", [0, 128, 255], ids=["black", "grey", "white"])
def test_an_empty_frame_is_never_accepted(classifier: Classifier, level: int) -> None:
    pixels = np.full((480, 640, 3), level, dtype=np.uint8)
    assert classifier.inspect("flat", Image(pixels, "0" * 64)).decision.disposition is not Disposition.ACCEPT


@pytest.mark.parametrize("seed", range(5))
def test_noise_is_never_accepted(classifier: Classifier, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    assert classifier.inspect("noise", Image(pixels, "0" * 64)).decision.disposition is not Disposition.ACCEPT


@needs_real_welds
def test_a_photo_without_a_weld_is_for_review() -> None:
    verdicts = Counter(decision.disposition for decision in decisions(model("surface"), backgrounds()[::10]))
    assert verdicts[Disposition.ACCEPT] == 0
    assert verdicts[Disposition.REVIEW] >= 0.9 * verdicts.total()


@needs_real_welds
def test_a_picture_of_another_task_is_never_accepted_on_the_line() -> None:
    pictures = [*backgrounds()[::10], *surface_photos()[::10]]
    verdicts = Counter(decision.disposition for decision in decisions(model("tig"), pictures))
    assert verdicts[Disposition.ACCEPT] == 0


@needs_real_welds
def test_real_welds_get_sensible_answers() -> None:
    # These pictures were trained on: this catches a wrong scale or colour order, and is no measure of accuracy.
    frames = tig_frames()
    truth = json.loads((frames[0].parents[1] / "valid.json").read_text(encoding="utf-8"))
    expected = [TASKS["tig"].label_names[truth[f"{path.parent.name}/{path.name}"]] for path in frames]
    found = [decision.label for decision in decisions(model("tig"), frames)]
    assert np.mean([name == answer for name, answer in zip(expected, found, strict=True)]) > 0.9
    good = [path for path in surface_photos() if path.name.startswith("Good-Welding")]
    labels = Counter(decision.label for decision in decisions(model("surface"), good))
    assert labels["good welding"] > 0.8 * labels.total()
