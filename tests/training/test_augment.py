"""Augmentation keeps size, range and seed, and does what its strengths say."""

import pytest
import torch

from beadwatch.domain.model_card import PreprocessSpec
from beadwatch.training.augment import build_augment, single_augments
from beadwatch.training.config import AugmentConfig
from beadwatch.training.config_file import recipe

SIZE = PreprocessSpec(48, 32)
NONE = single_augments(AugmentConfig())["resize"]
PICTURE = torch.arange(3 * 40 * 60, dtype=torch.int64).remainder(251).to(torch.uint8).view(3, 40, 60)


@pytest.mark.parametrize("task", ["tig", "surface"])
def test_pictures_keep_size_and_range(task: str) -> None:
    torch.manual_seed(0)
    augment = build_augment(recipe(task).augment, SIZE)
    for _ in range(20):
        varied = augment(PICTURE)
        assert varied.shape == (3, 32, 48)
        assert varied.dtype == torch.float32
        assert float(varied.min()) > -0.5
        assert float(varied.max()) < 1.5


def test_the_seed_decides() -> None:
    augment = build_augment(recipe("surface").augment, SIZE)
    torch.manual_seed(1)
    first = augment(PICTURE)
    torch.manual_seed(1)
    assert torch.equal(first, augment(PICTURE))
    assert not torch.equal(first, augment(PICTURE))


def test_no_strength_is_no_change() -> None:
    grey = torch.full((3, 40, 60), 100, dtype=torch.uint8)
    assert torch.allclose(build_augment(NONE, SIZE)(grey), torch.tensor(100 / 255))


@pytest.mark.parametrize("name", [name for name in single_augments(AugmentConfig()) if name != "resize"])
def test_each_variation_alone_changes_a_picture(name: str) -> None:
    torch.manual_seed(0)
    plain = build_augment(NONE, SIZE)(PICTURE)
    varied = build_augment(single_augments(AugmentConfig())[name], SIZE)
    changed = [not torch.equal(varied(PICTURE), plain) for _ in range(8)]
    assert any(changed)


def test_the_preview_shows_every_field_once() -> None:
    fields = {name for name in AugmentConfig.__dataclass_fields__ if not name.startswith("_")}
    assert set(single_augments(AugmentConfig())) == fields | {"resize"}
