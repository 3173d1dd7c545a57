"""Augmentation keeps size, range and seed, and does what its strengths say."""

import pytest
import torch

from beadwatch.domain.model_card import PreprocessSpec
from beadwatch.training.augment import RandomGamma, build_augment
from beadwatch.training.config import AugmentConfig, recipe

SIZE = PreprocessSpec(48, 32)
NONE = AugmentConfig(False, False, 1.0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
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


def test_gamma_moves_greys_and_keeps_black_and_white() -> None:
    torch.manual_seed(0)
    varied = RandomGamma(1.0)(torch.tensor([0.0, 0.5, 1.0]))
    assert varied[[0, 2]].tolist() == [0.0, 1.0]
    assert 0.25 <= float(varied[1]) <= 0.7072
    assert float(varied[1]) != 0.5
