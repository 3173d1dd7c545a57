"""`beadwatch drift`: two folders in, a verdict in words, a page, JSON and an exit code out."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Run
from tests.pictures import encoded

GROUPS, PICTURES = 12, 3


def draw(root: Path, seed: int, light: float = 1.0, groups: int = GROUPS) -> Path:
    """Write the SS304 layout: a folder for each weld, whose pictures share their light."""
    dice = np.random.default_rng(seed)
    labels = {}
    for group in range(groups):
        level, kind = dice.integers(60, 160, 3), int(dice.integers(0, 2))
        for number in range(PICTURES):
            pixels = dice.normal(level * light, 6.0, (32, 40, 3)).clip(0, 255).astype(np.uint8)
            name = f"{root.name}-{group}/{number}.png"
            labels[name] = kind
            path = root / "train" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encoded(pixels))
    (root / "train" / "train.json").write_text(json.dumps(labels))
    return root


@pytest.fixture
def reference(tmp_path: Path, models_dir: Path) -> Path:
    return draw(tmp_path / "reference", seed=0)


@pytest.mark.parametrize(
    ("light", "groups", "code", "verdict", "word"),
    [
        (1.0, GROUPS, 0, "no drift", "✔ no drift"),
        (0.3, GROUPS, 1, "drift", "✘ DRIFT: brightness is distributed differently"),
        (0.3, 3, 0, "not enough to say", "? not enough to say: the current set has 9 pictures of 3 groups"),
    ],
)
def test_a_verdict_in_words_and_files(
    beadwatch: Run, reference: Path, light: float, groups: int, code: int, verdict: str, word: str
) -> None:
    current = draw(Path("current"), seed=1, light=light, groups=groups)
    answer = beadwatch("drift", reference, current, "--model", "tig", "--html", "page.html", "--json", "all.json")
    assert answer.code == code, answer.err
    assert word in answer.out
    assert f"current: {groups * PICTURES} pictures of {groups} groups" in answer.out
    told = json.loads(Path("all.json").read_text())
    assert (told["verdict"], told["drifted"]) == (verdict, code == 1)
    assert "<h1>Drift from reference to current</h1>" in Path("page.html").read_text()


def test_a_limit_takes_some_pictures_of_each(beadwatch: Run, reference: Path) -> None:
    current = draw(Path("current"), seed=1)
    answer = beadwatch("drift", reference, current, "--model", "tig", "--limit", "24", "--json", "all.json")
    assert answer.code == 0
    assert "reference: 24 pictures" in answer.out
    assert "current: 24 pictures" in answer.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("reference", "nowhere", "--model", "tig"), "nor is there a folder of that name"),
        (("reference", "reference", "--model", "surface"), "surface has no class"),
        (("reference", "reference", "--model", "none"), "BundleError"),
        (("reference", "reference", "--model", "tig", "--html", "reference/train/train.json/x.html"), "StoreError"),
    ],
)
def test_what_cannot_be_done_is_said(beadwatch: Run, reference: Path, arguments: tuple[str, ...], told: str) -> None:
    answer = beadwatch("drift", *arguments)
    assert answer.code == 2
    assert told in answer.err
