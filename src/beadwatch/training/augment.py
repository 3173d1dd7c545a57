"""Varying training pictures on the fly: the light, the camera and the framing, never the label.

Works on one decoded picture at a time, uint8 3 x H x W -> float 3 x h x w in 0..1. Knows no labels and no files.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torchvision.transforms import v2

from beadwatch.domain.model_card import PreprocessSpec
from beadwatch.training.config import AugmentConfig

Augment = Callable[[Tensor], Tensor]


def build_augment(config: AugmentConfig, size: PreprocessSpec) -> Augment:
    """Build the transform of a training picture. It draws from torch's global generator: seed that."""
    steps: list[torch.nn.Module] = [
        v2.RandomResizedCrop(
            (size.height, size.width),
            scale=(config.crop, 1.0),
            ratio=(size.width / size.height * 0.8, size.width / size.height * 1.25),
            antialias=True,
        )
    ]
    if config.horizontal_flip:
        steps.append(v2.RandomHorizontalFlip())
    if config.vertical_flip:
        steps.append(v2.RandomVerticalFlip())
    if config.rotate_deg:
        steps.append(
            v2.RandomApply(
                [v2.RandomRotation([-config.rotate_deg, config.rotate_deg], v2.InterpolationMode.BILINEAR)],
                0.5,
            )
        )
    steps.append(v2.ColorJitter(config.brightness, config.contrast, config.saturation))
    if config.grey:
        steps.append(v2.RandomGrayscale(config.grey))
    if config.blur:
        steps.append(v2.RandomApply([v2.GaussianBlur(5, (0.3, 1.5))], config.blur))
    steps.append(v2.ToDtype(torch.float32, scale=True))
    if config.gamma:
        steps.append(RandomGamma(config.gamma))
    if config.noise:
        steps.append(v2.RandomApply([v2.GaussianNoise(sigma=0.04)], config.noise))
    if config.erase:
        steps.append(v2.RandomErasing(config.erase, scale=(0.02, 0.15)))
    return v2.Compose(steps)


class RandomGamma(torch.nn.Module):
    """Raise a picture in 0..1 to a power drawn from 2**-strength to 2**strength: exposure as a camera sees it."""

    def __init__(self, strength: float) -> None:
        super().__init__()
        self.strength = strength

    def forward(self, picture: Tensor) -> Tensor:
        """Return the picture, same shape and range."""
        power = 2.0 ** float(torch.empty(()).uniform_(-self.strength, self.strength))
        return picture.clamp(0.0, 1.0) ** power
