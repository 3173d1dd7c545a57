"""Disturbances keep shape and range, and do what they say."""

import pytest
import torch
from torch import Tensor, nn

from beadwatch.training.disturbances import Exposure, Gamma, Glare, MedianFilter, PoissonNoise, SaltAndPepper

RAMP = torch.linspace(0.0, 1.0, 3 * 40 * 60).view(3, 40, 60)
GREY = torch.full((3, 40, 60), 0.5)


@pytest.mark.parametrize("module", [Gamma(1.0), Exposure(2.0), Glare(), PoissonNoise(), SaltAndPepper()], ids=repr)
def test_shape_and_range_stay(module: nn.Module) -> None:
    torch.manual_seed(0)
    for _ in range(10):
        varied: Tensor = module(RAMP)
        assert varied.shape == RAMP.shape
        assert float(varied.min()) >= 0.0
        assert float(varied.max()) <= 1.0


def test_gamma_moves_greys_and_keeps_black_and_white() -> None:
    torch.manual_seed(0)
    varied = Gamma(1.0)(torch.tensor([0.0, 0.5, 1.0]))
    assert varied[[0, 2]].tolist() == [0.0, 1.0]
    assert 0.25 <= float(varied[1]) <= 0.7072
    assert float(varied[1]) != 0.5


def test_exposure_loses_what_is_too_bright() -> None:
    torch.manual_seed(0)
    clipped = max(int((Exposure(2.0)(RAMP) == 1.0).sum()) for _ in range(20))
    assert clipped > RAMP.numel() / 4


def test_glare_only_brightens_and_falls_off() -> None:
    torch.manual_seed(0)
    added = Glare()(GREY) - GREY
    assert float(added.min()) >= 0.0
    assert float(added.max()) > 0.1
    assert float(added.max()) > 2 * float(added.median())


def test_photon_noise_grows_with_the_square_root_of_brightness() -> None:
    torch.manual_seed(0)
    picture = torch.cat([torch.full((3, 200, 200), 0.1), torch.full((3, 200, 200), 0.4)], dim=2)
    noisy = PoissonNoise()(picture)
    assert float(noisy[..., 200:].std() / noisy[..., :200].std()) == pytest.approx(2.0, rel=0.1)


def test_salt_and_pepper_are_black_or_white_in_all_channels() -> None:
    torch.manual_seed(1)
    specks = SaltAndPepper()(GREY) != GREY
    assert 0 < int(specks[0].sum()) <= 0.03 * specks[0].numel()
    assert torch.equal(specks[0], specks[1])


def test_the_median_removes_a_speck_and_keeps_an_edge() -> None:
    picture = torch.zeros(3, 9, 9, dtype=torch.uint8)
    picture[:, :, 5:] = 200
    speckled = picture.clone()
    speckled[:, 4, 2] = 255
    assert torch.equal(MedianFilter()(speckled), picture)
