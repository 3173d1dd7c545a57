"""The whole loop on drawn welds: a champion, another light, corrections, drift and its mail, a challenger, the gate, a
release that station and phone take up, and the way back. And the same with poisoned corrections: the gate holds.

Drawn, since poison in a light that is known takes more welds than real photos have; test_photo_loop_story.py tells the
story on those.
"""

import io
import shutil
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PillowImage
from playwright.sync_api import Playwright

from beadwatch.datasets.sample import labelled
from beadwatch.datasets.snapshot import Record, make_snapshot
from beadwatch.domain.labels import TIG
from beadwatch.evaluation import bootstrap
from beadwatch.services.catalog import open_catalog
from beadwatch.services.releases import open_channel, open_shadows
from beadwatch.storage.blobs import BlobStore
from beadwatch.training.pipeline import RunPlan, TrainingData, train
from tests.browser.phone import needs_web_app
from tests.browser.works import Correction, Works, mailbox, release_first, set_up, watched
from tests.services.mailbox import Mailbox
from tests.training.conftest import FEW, few_resamples, tiny_config, write_weights
from tests.waiting import free_port

__all__ = ["few_resamples", "mailbox"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_web_app]

BACKBONE = "mobilenetv3_small_050"  # its features, though random, tell the drawn lights apart
OLD_WELDS, FROZEN_WELDS, NEW_WELDS = 40, 12, 10  # of each of six classes
DARK_AND_BLUE = np.array([0.35, 0.4, 0.8])


def drawn(label: int, seed: int, light: Any = 1.0) -> bytes:
    """Draw a weld whose colour tells its class, under some light."""
    generator = np.random.default_rng([label, seed])
    colour = 40 + 170 * np.array([label + 1 & 1, label + 1 >> 1 & 1, label + 1 >> 2 & 1])  # neither black nor white
    pixels = (colour + generator.normal(0, 12, (32, 48, 3)) + generator.normal(0, 10)) * light
    buffer = io.BytesIO()
    PillowImage.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def corrections(liar: str = "", light: Any = DARK_AND_BLUE) -> Iterator[Correction]:
    """Let two inspectors correct sixty pictures under some light, bob a third of them.

    Whoever is the `liar` names another class than the true one, each time.
    """
    for number in range(6 * NEW_WELDS):
        label = number % 6
        who = "bob" if number // 6 % 3 == 0 else "ada"
        named = TIG.label_names[(label + 3) % 6 if who == liar else label]
        yield Correction(who, drawn(label, 1000 + number, light), (named,), f"P{number}")


@pytest.fixture(scope="module")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Train a first champion on drawn welds in daylight, and release it; return its folder and version."""
    folder = tmp_path_factory.mktemp("works")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bootstrap, "RESAMPLES", FEW)
        settings = set_up(folder, "tig", free_port(), patch)
        blobs, records = BlobStore(settings.blobs), []
        for label, name in enumerate(TIG.label_names):
            for weld in range(OLD_WELDS + FROZEN_WELDS):
                data = drawn(label, weld)
                blobs.put(data)
                part = "train" if weld < OLD_WELDS else "test"
                digest, own = sha256(data).hexdigest(), f"{label}-{weld}"
                records.append(Record(digest, f"{own}.png", labelled(name), own, "drawn", split=part))
        snapshot = make_snapshot(records)
        open_catalog(settings).put("welds", snapshot, "drawn")
        weights = write_weights(folder / "backbone.safetensors", BACKBONE)
        recipe = replace(tiny_config(weights), backbone=BACKBONE, method="linear")
        card = train(
            TrainingData(snapshot, blobs.get), recipe, RunPlan(3, folder=folder / "run"), folder / "first", _quiet
        )
        assert card is not None
        release_first(settings, folder / "first")
    return folder, card.version


@pytest.fixture
def works(beginning: tuple[Path, str], tmp_path: Path, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> Works:
    """Give each story the beginning in a folder of its own."""
    folder, first = tmp_path / "works", beginning[1]
    shutil.copytree(beginning[0], folder)
    more = {"LOOP_METHOD": "linear", "LOOP_NEAR": 0.95, "LOOP_SHADOW": "true"}
    return Works(set_up(folder, "tig", mailbox.port, monkeypatch, **more), folder, first)


def _quiet(_line: str) -> None:
    pass


def test_corrections_of_another_light_become_the_next_champion(
    works: Works, mailbox: Mailbox, playwright: Playwright
) -> None:
    with watched(works, playwright) as seen:
        seen.answers_with(works.first)
        works.correct(corrections())
        assert works.job("collect").done
        drift = works.job("check-drift")
        assert drift.event == "drift.detected", drift.why
        assert "drift.detected" in str(mailbox.mails.get(timeout=30)["Subject"])
        retrained = works.job("retrain")
        assert "is the champion of tig by move 2" in retrained.why, retrained.why
        seen.answers_with(retrained.facts["challenger"])
        assert works.job("retrain").done is False
        open_channel(works.settings).rollback("tig", "rosa", "to show the way back")
        seen.answers_with(works.first)
        again = works.job("retrain")
        assert again.done is False
        assert "somebody went back from it" in again.why


@pytest.mark.parametrize(
    ("light", "says"),
    [(1.0, "calibration error, frozen test part is"), (DARK_AND_BLUE, "once left out what was labelled by ada (-")],
    ids=["light that is known", "new light"],
)
def test_poisoned_corrections_do_not_pass_the_gate(works: Works, light: Any, says: str) -> None:
    works.correct(corrections(liar="ada", light=light))
    assert works.job("collect").done
    refused = works.job("retrain")
    assert refused.facts["passed"] is False, refused.why
    assert "the gate holds" in refused.why
    assert says in refused.why
    assert [who["name"] for who in refused.facts["contributors"]] == ["ada", "bob"]
    current = open_channel(works.settings).current("tig")
    assert current is not None
    assert current.version == works.first
    assert "refused by the gate" in works.job("retrain").why
    shadow = open_shadows(works.settings).running("tig")
    assert shadow is not None
    assert (shadow.version, shadow.by) == (refused.facts["challenger"], "the loop")
