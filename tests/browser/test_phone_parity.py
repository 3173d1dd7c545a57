"""The same pictures through Python and the real browser: the same classes, the same verdicts, the same scores."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Playwright

from beadwatch.domain.inspection import Inspection
from beadwatch.imaging.decode import decode
from beadwatch.inference.bundle import load_bundle
from beadwatch.inference.classifier import Classifier
from tests.browser.phone import LocalStation, Phone, browser_with_camera, camera_file, kept, needs_web_app, page_until
from tests.pictures import GREY
from tests.real import MODELS, backgrounds, needs_real_welds, surface_photos
from tests.sampling import WHOLE

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_web_app, needs_real_welds]

WELDS, BACKGROUNDS = (180, 20) if WHOLE else (45, 5)
MAX_APART, MIN_AGREEING = 0.03, 0.99


@pytest.fixture
def phone(tmp_path: Path, playwright: Playwright) -> Iterator[Phone]:
    with browser_with_camera(playwright, camera_file(tmp_path / "camera.mjpeg", [GREY])) as browser:
        yield Phone(browser)


def spread(paths: list[Path], count: int) -> list[Path]:
    return [paths[round(place)] for place in np.linspace(0, len(paths) - 1, count)]


def test_browser_agrees_with_python(phone: Phone, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pictures = [*spread(surface_photos(), WELDS), *spread(backgrounds(), BACKGROUNDS)]
    classifier = Classifier(load_bundle(MODELS / "surface"))
    expected = [classifier.inspect(path.name, decode(path.read_bytes())) for path in pictures]
    station = LocalStation(tmp_path, MODELS)
    station.start()
    try:
        page = phone.open(f"{station.url}/app/")
        page.locator(".rate").wait_for()
        page.get_by_text("Photos").set_input_files(pictures)
        page_until(page, lambda: page.locator("main.queue").count() == 1, timeout_s=300)
        answers = [capture["answer"] for capture in sorted(kept(page, "captures"), key=lambda each: each["capturedAt"])]
    finally:
        station.kill()

    assert len(answers) == len(expected)
    apart = [difference(answer["scores"], one) for answer, one in zip(answers, expected, strict=True)]
    tops = [
        top(answer["scores"]) == top(one.prediction.by_label()) for answer, one in zip(answers, expected, strict=True)
    ]
    verdicts = [
        (answer["verdict"], answer["label"], answer["labels"])
        == (one.decision.disposition.value, one.decision.label, list(one.decision.labels))
        for answer, one in zip(answers, expected, strict=True)
    ]
    with capsys.disabled():
        print(
            f"\n{len(answers)} pictures: top class agrees on {np.mean(tops):.1%}, verdict and classes on "
            f"{np.mean(verdicts):.1%}; scores are at most {max(apart):.2g} apart, {np.median(apart):.2g} in the middle"
        )
    assert np.mean(tops) >= MIN_AGREEING
    assert max(apart) <= MAX_APART
    assert np.mean(verdicts) >= MIN_AGREEING


def difference(scores: dict[str, float], one: Inspection) -> float:
    return max(abs(scores[label] - score) for label, score in one.prediction.by_label().items())


def top(scores: dict[str, float]) -> str:
    return max(scores, key=lambda label: scores[label])
