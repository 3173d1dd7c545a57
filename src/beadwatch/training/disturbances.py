"""What light and camera do to a picture of a weld, as torch modules for one picture, float 3 x H x W in 0..1.

Each draws from torch's global generator. `MedianFilter` alone takes uint8. None of them is a model of a real arc: they
are variations that a network should not mind.
"""

import torch
from torch import Tensor, nn


class Gamma(nn.Module):
    """Raise a picture to a power drawn from 2**-strength to 2**strength: the curve of another camera."""

    def __init__(self, strength: float) -> None:
        super().__init__()
        self.strength = strength

    def forward(self, picture: Tensor) -> Tensor:
        """Return the picture, same shape and range."""
        return picture.clamp(0.0, 1.0) ** 2.0 ** _between(-self.strength, self.strength)


class Exposure(nn.Module):
    """Multiply by 2 to the power of up to `stops` either way, and clip as a sensor does: bright parts are lost."""

    def __init__(self, stops: float) -> None:
        super().__init__()
        self.stops = stops

    def forward(self, picture: Tensor) -> Tensor:
        """Return the picture, same shape and range."""
        return (picture * 2.0 ** _between(-self.stops, self.stops)).clamp(0.0, 1.0)


class Glare(nn.Module):
    """Add the halo of an arc or a lamp: a bright spot that falls off, somewhere in the picture."""

    def forward(self, picture: Tensor) -> Tensor:
        """Return the picture, same shape and range."""
        height, width = picture.shape[-2:]
        y = torch.linspace(0.0, 1.0, height).view(-1, 1) - _between(0.0, 1.0)
        x = torch.linspace(0.0, 1.0, width).view(1, -1) - _between(0.0, 1.0)
        halo = _between(0.3, 0.9) * torch.exp(-(x.square() + y.square()) / (2.0 * _between(0.05, 0.25) ** 2))
        return (picture + halo * (1.0 - picture)).clamp(0.0, 1.0)


class PoissonNoise(nn.Module):
    """Count photons: noise that grows with the square root of brightness. White is 30 to 300 photons."""

    def forward(self, picture: Tensor) -> Tensor:
        """Return the picture, same shape and range."""
        photons = _between(30.0, 300.0)
        return (torch.poisson(picture.clamp(0.0, 1.0) * photons) / photons).clamp(0.0, 1.0)


class SaltAndPepper(nn.Module):
    """Turn up to 2 % of the pixels black or white, all channels alike: dead pixels and specks of spatter."""

    def forward(self, picture: Tensor) -> Tensor:
        """Return the picture, same shape and range."""
        share = _between(0.0, 0.02)
        drawn = torch.rand(1, *picture.shape[-2:])
        picture = torch.where(drawn < share / 2, 0.0, picture)
        return torch.where(drawn > 1.0 - share / 2, 1.0, picture)


class MedianFilter(nn.Module):
    """Replace each pixel by the median of its 3 x 3 neighbours, as cameras do against specks."""

    def forward(self, picture: Tensor) -> Tensor:
        """Return a uint8 picture 3 x H x W, same shape."""
        padded = nn.functional.pad(picture[None].float(), (1, 1, 1, 1), mode="replicate")[0]
        neighbours = padded.unfold(1, 3, 1).unfold(2, 3, 1).flatten(start_dim=-2)
        return neighbours.median(dim=-1).values.to(picture.dtype)


def _between(low: float, high: float) -> float:
    return float(torch.empty(()).uniform_(low, high))
