"""One frame alone: arc or none, fit to be judged or not, and an answer only where there is something to ask."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from beadwatch.domain.appearance import AppearanceLimits
from beadwatch.domain.labels import TIG
from beadwatch.imaging.decode import Pixels
from beadwatch.inference.bundle import load_bundle
from beadwatch.inference.classifier import Classifier
from beadwatch.line.frame import Frame
from beadwatch.line.judge import Judge, JudgeRules
from tests.bundles import SPEC, colour_of, open_tiny, write_bundle
from tests.pictures import BLACK, WHITE, plain

RULES = JudgeRules(arc_brightness=60.0)


def shot(pixels: Pixels, monotonic_s: float = 0.0, media_s: float | None = None) -> Frame:
    return Frame(0, pixels, monotonic_s, media_s)


def lit(colour: tuple[int, int, int] = (70, 70, 70), spot: int = 255) -> Pixels:
    pixels = plain(colour, SPEC.width, SPEC.height)
    pixels[10:14, 10:20] = spot
    return pixels


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    return Judge(open_tiny(tmp_path / "tig", TIG), RULES)


def test_the_answer_is_that_of_the_production_path(tmp_path: Path) -> None:
    classifier = open_tiny(tmp_path / "tig", TIG)
    pixels = plain(colour_of(TIG, "burn through"), SPEC.width, SPEC.height)
    judgement = Judge(classifier, RULES).judge(shot(pixels))
    assert judgement.arc
    assert judgement.prediction == classifier.classify(pixels)
    assert judgement.decision is not None
    assert judgement.decision.label == "burn through"
    assert judgement.inference_ms > 0


@pytest.mark.parametrize(
    ("pixels", "arc", "fault"),
    [
        (plain(BLACK, 40, 32), False, "black"),
        (plain((20, 20, 20), 40, 32), False, None),
        (plain(WHITE, 40, 32), True, "over-exposed"),
        (lit(), True, None),
        (lit(spot=40), True, None),
        (lit((20, 20, 20), spot=55), False, None),
    ],
    ids=["black", "dim", "white", "an arc", "bright", "too dim for an arc"],
)
def test_only_a_burning_arc_in_a_sound_picture_is_classified(
    judge: Judge, pixels: Pixels, arc: bool, fault: str | None
) -> None:
    judgement = judge.judge(shot(pixels))
    assert judgement.arc is arc
    assert (judgement.prediction is not None) is (arc and fault is None)
    assert judgement.fault is None if fault is None else fault in str(judgement.fault)


def test_black_may_mean_no_arc(tmp_path: Path) -> None:
    rules = replace(RULES, black_is_idle=True)
    judgement = Judge(open_tiny(tmp_path / "tig", TIG), rules).judge(shot(plain(BLACK, 40, 32)))
    assert (judgement.arc, judgement.fault) == (False, None)


@pytest.mark.parametrize(
    ("times", "frozen"),
    [
        ([(0.0, None), (0.1, None), (0.2, None)], False),
        ([(0.0, None), (0.1, None), (0.3, None)], True),
        ([(0.0, 0.0), (0.001, 0.1), (0.002, 0.3)], True),
        ([(0.0, 5.0), (0.1, 5.0), (0.3, 5.0)], True),
    ],
    ids=["not yet", "live", "a recording read fast", "the camera's clock hangs too"],
)
def test_a_camera_that_repeats_itself_is_frozen(
    judge: Judge, times: list[tuple[float, float | None]], frozen: bool
) -> None:
    faults = [judge.judge(shot(lit(), *moment)).fault for moment in times]
    assert faults[:2] == [None, None]
    assert (faults[2] is not None and "frozen" in faults[2]) is frozen


def test_a_single_grey_level_of_noise_is_not_frozen(judge: Judge) -> None:
    for step in range(5):
        pixels = lit()
        pixels[0, step] += 1
        assert judge.judge(shot(pixels, step)).fault is None


def test_a_picture_beyond_the_cards_limits_is_not_judged(tmp_path: Path) -> None:
    path = write_bundle(tmp_path / "tig", TIG)
    bundle = load_bundle(path)
    calibration = replace(bundle.card.calibration, appearance=AppearanceLimits(5.0, 0.1, 2.3))
    classifier = Classifier(replace(bundle, card=replace(bundle.card, calibration=calibration)), threads=1)
    across = np.linspace(60, 255, SPEC.width)[None, :, None]
    ramp = np.broadcast_to(across, (SPEC.height, SPEC.width, 3)).astype(np.uint8)
    judgement = Judge(classifier, RULES).judge(shot(ramp))
    assert judgement.arc
    assert judgement.prediction is None
    assert "check focus" in str(judgement.fault)


def test_a_blurred_arc_is_a_fault_unless_that_is_switched_off(tmp_path: Path) -> None:
    across, down = np.meshgrid(np.linspace(-1, 1, SPEC.width), np.linspace(-1, 1, SPEC.height))
    glow = (40 + 200 * np.exp(-3 * (across**2 + down**2))).astype(np.uint8)
    smooth = shot(np.repeat(glow[:, :, None], 3, axis=2))
    classifier = open_tiny(tmp_path / "tig", TIG)
    fault = Judge(classifier, replace(RULES, min_sharpness=0.3)).judge(smooth).fault
    assert "blurred" in str(fault)
    assert Judge(classifier, replace(RULES, min_sharpness=0.0)).judge(smooth).fault is None
