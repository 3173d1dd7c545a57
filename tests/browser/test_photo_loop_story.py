"""The whole loop on real photos, with real training: a champion trained briefly on part of the welds; sixty corrections
of other welds, dark, blue and blurred; drift and its mail; a challenger that passes the gate; station and phone answer
with it; the way back. And the reverse: one of two inspectors turns all labels around, and the gate holds.
"""

import csv
import io
import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage
from PIL import ImageFilter
from playwright.sync_api import Playwright

from beadwatch.domain.model_card import PreprocessSpec
from beadwatch.services.catalog import open_catalog
from beadwatch.services.releases import open_channel
from beadwatch.settings import load_settings
from beadwatch.storage.blobs import BlobStore
from beadwatch.training.config_file import read_config
from beadwatch.training.pipeline import RunPlan, TrainingData, train
from tests.browser.phone import needs_web_app
from tests.browser.works import PEOPLE, Correction, Works, mailbox, release_first, set_up, watched
from tests.real import DATA, needs_real_welds
from tests.services.mailbox import Mailbox
from tests.waiting import free_port

__all__ = ["mailbox"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long, needs_web_app, needs_real_welds]

WELDS, PHOTOS_EACH, BACKGROUNDS, FROZEN, CORRECTED = 240, 2, 60, 0.35, 60
DARK_AND_BLUE, BLUR_PX = np.array([0.38, 0.42, 0.75]), 2.2
PHOTOS = DATA / "weld-quality"
CLASSES = ("Bad Welding", "Crack", "Excess Reinforcement", "Good Welding", "Porosity", "Spatters")
Photo = dict[str, str]


def photos_by_weld() -> list[list[Photo]]:
    """Return the rows of groups.csv by group, in a drawn order that is always the same."""
    groups: dict[str, list[Photo]] = {}
    with (PHOTOS / "groups.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            groups.setdefault(row["group"], []).append(row)
    names = sorted(groups)
    random.Random(0).shuffle(names)
    return [groups[name] for name in names]


def labels_by_file() -> dict[str, dict[str, str]]:
    """Return the rows of the multi-label tables by file name."""
    found: dict[str, dict[str, str]] = {}
    for part in ("train", "valid", "test"):
        with (PHOTOS / part / "_classes.csv").open(newline="") as file:
            found |= {row["filename"]: row for row in csv.DictReader(file, skipinitialspace=True)}
    return found


def lay_out(folder: Path) -> str:
    """Copy the photos of some welds, in the layout that they came in, and some backgrounds; return both folders."""
    welds, labels = folder / "welds", labels_by_file()
    (welds / "train" / "images").mkdir(parents=True)
    chosen = [photo for group in photos_by_weld()[:WELDS] for photo in group[:PHOTOS_EACH]]
    with (welds / "train" / "_classes.csv").open("w", newline="") as table, (welds / "groups.csv").open("w") as groups:
        rows = csv.writer(table)
        rows.writerow(["filename", *CLASSES])
        groups.write("split,file,group,classes\n")
        for photo in chosen:
            name = photo["file"]
            shutil.copy(PHOTOS / photo["split"] / "images" / name, welds / "train" / "images" / name)
            rows.writerow([name, *(labels[name][each] for each in CLASSES)])
            groups.write(f"train,{name},{photo['group']},{photo['classes']}\n")
    others = folder / "background"
    others.mkdir()
    for path in sorted((DATA / "background").glob("*.jpg"))[:BACKGROUNDS]:
        shutil.copy(path, others)
    return f"{welds},{others}"


def corrections(liar: str = "") -> Iterator[Correction]:
    """Let two inspectors in turn correct photos of other welds, made dark, blue and blurred, with their true labels.

    Whoever is the `liar` names what is not there instead.
    """
    labels = labels_by_file()
    for number, group in enumerate(photos_by_weld()[WELDS : WELDS + CORRECTED]):
        who, name = PEOPLE[number % 2], group[0]["file"]
        said = "0" if who == liar else "1"
        named = tuple(each.lower() for each in CLASSES if labels[name][each] == said)[:3]
        yield Correction(who, shifted(PHOTOS / group[0]["split"] / "images" / name), named, group[0]["group"])


def shifted(path: Path) -> bytes:
    """Return a photo as a camera out of focus would take it in a dark, bluish light."""
    with PillowImage.open(path) as photo:
        pixels = np.asarray(photo.convert("RGB").filter(ImageFilter.GaussianBlur(BLUR_PX))) * DARK_AND_BLUE
    buffer = io.BytesIO()
    PillowImage.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Collect, freeze a test part, and train a first champion, briefly; return its folder and version."""
    folder = tmp_path_factory.mktemp("works")
    with pytest.MonkeyPatch.context() as patch:
        settings = set_up(folder, "surface", free_port(), patch, LOOP_FROM=lay_out(folder))
        patch.setattr(
            "beadwatch.services.initial_collection.SHARES", {"train": 1 - FROZEN, "valid": 0.0, "test": FROZEN}
        )
        works = Works(settings, folder, "")
        assert works.job("initial-collection").done
        config = replace(
            read_config("surface"),
            preprocess=PreprocessSpec(128, 128),
            epochs=4,
            weights=DATA.parent / "backbones" / "mobilenetv2_100.imagenet.safetensors",
        )
        data = TrainingData(open_catalog(settings).snapshot("welds"), BlobStore(settings.blobs).get)
        card = train(data, config, RunPlan(2, folder=folder / "run"), folder / "first", lambda _line: None)
        assert card is not None
        release_first(settings, folder / "first")
    return folder, card.version


@pytest.fixture
def works(beginning: tuple[Path, str], tmp_path: Path, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> Works:
    """Give each story the beginning in a folder of its own."""
    folder, first = tmp_path / "works", beginning[1]
    shutil.copytree(beginning[0], folder)
    return Works(set_up(folder, "surface", mailbox.port, monkeypatch), folder, first)


def test_corrections_of_a_dark_blurred_camera_become_the_next_champion(
    works: Works, mailbox: Mailbox, playwright: Playwright
) -> None:
    works.correct(corrections())
    with watched(works, playwright) as seen:
        seen.answers_with(works.first)
        assert works.job("collect").done
        drift = works.job("check-drift")
        assert drift.event == "drift.detected", drift.why
        assert "drift.detected" in str(mailbox.mails.get(timeout=30)["Subject"])
        retrained = works.job("retrain")
        assert "is the champion of surface by move 2" in retrained.why, retrained.why
        seen.answers_with(retrained.facts["challenger"])
        open_channel(works.settings).rollback("surface", "rosa", "to show the way back")
        seen.answers_with(works.first)


def test_corrections_of_one_liar_do_not_pass_the_gate(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEADWATCH_LOOP_METHOD", "linear")  # a new head is quick, and takes the poison as well
    works = replace(works, settings=load_settings())
    works.correct(corrections(liar="ada"))
    assert works.job("collect").done
    refused = works.job("retrain")
    assert refused.facts["passed"] is False, refused.why
    assert "the gate holds" in refused.why
    blamed = {person["name"]: person for person in refused.facts["contributors"]}
    assert set(blamed) == set(PEOPLE)
