"""Varying training pictures on the fly: the light, the camera and the framing, never the label.

Works on one decoded picture at a time, uint8 3 x H x W -> float 3 x h x w in 0..1. Knows no labels and no files.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torchvision.transforms import v2

from beadwatch.domain.model_card import PreprocessSpec
from beadwatch.training.config import AugmentConfig
from beadwatch.training.disturbances import Exposure, Gamma, Glare, MedianFilter, PoissonNoise, SaltAndPepper

Augment = Callable[[Tensor], Tensor]
_NONE = AugmentConfig(
    horizontal_flip=False, crop=1.0, rotate_deg=0.0, brightness=0.0, contrast=0.0, saturation=0.0, grey=0.0, blur=0.0,
    noise=0.0, erase=0.0,
)  # fmt: skip


def build_augment(config: AugmentConfig, size: PreprocessSpec) -> Augment:
    """Build the transform of a training picture. It draws from torch's global generator: seed that."""
    return v2.Compose(
        [
            *_framing(config, size),
            *_colour(config),
            v2.ToDtype(torch.float32, scale=True),
            *_light(config),
            *_camera(config),
        ]
    )


def _framing(config: AugmentConfig, size: PreprocessSpec) -> list[torch.nn.Module]:
    aspect = size.width / size.height
    slack = (0.8, 1.25) if config.crop < 1.0 else (1.0, 1.0)
    steps: list[torch.nn.Module] = [
        v2.RandomResizedCrop(
            (size.height, size.width),
            scale=(config.crop, 1.0),
            ratio=(aspect * slack[0], aspect * slack[1]),
            antialias=True,
        )
    ]
    if config.horizontal_flip:
        steps.append(v2.RandomHorizontalFlip())
    if config.vertical_flip:
        steps.append(v2.RandomVerticalFlip())
    if config.rotate_deg:
        turn = v2.RandomRotation([-config.rotate_deg, config.rotate_deg], v2.InterpolationMode.BILINEAR)
        steps.append(v2.RandomApply([turn], 0.5))
    return steps


def _colour(config: AugmentConfig) -> list[torch.nn.Module]:
    steps: list[torch.nn.Module] = []
    if config.brightness or config.contrast or config.saturation:
        steps.append(v2.ColorJitter(config.brightness, config.contrast, config.saturation))
    if config.grey:
        steps.append(v2.RandomGrayscale(config.grey))
    if config.blur:
        steps.append(v2.RandomApply([v2.GaussianBlur(5, (0.3, 1.5))], config.blur))
    if config.median:
        steps.append(v2.RandomApply([MedianFilter()], config.median))
    return steps


def _light(config: AugmentConfig) -> list[torch.nn.Module]:
    steps: list[torch.nn.Module] = []
    if config.gamma:
        steps.append(Gamma(config.gamma))
    if config.exposure:
        steps.append(Exposure(config.exposure))
    if config.glare:
        steps.append(v2.RandomApply([Glare()], config.glare))
    return steps


def _camera(config: AugmentConfig) -> list[torch.nn.Module]:
    steps: list[torch.nn.Module] = []
    if config.noise:
        steps.append(v2.RandomApply([v2.GaussianNoise(sigma=0.04)], config.noise))
    if config.poisson:
        steps.append(v2.RandomApply([PoissonNoise()], config.poisson))
    if config.salt_pepper:
        steps.append(v2.RandomApply([SaltAndPepper()], config.salt_pepper))
    if config.erase:
        steps.append(v2.RandomErasing(config.erase, scale=(0.02, 0.15)))
    return steps


def single_augments(config: AugmentConfig) -> dict[str, AugmentConfig]:
    """Return each variation alone, always applied, under its field's name: for looking at them one by one.

    Strengths are those of `config`; a variation that it leaves out is shown at a usual strength.
    """
    usual = AugmentConfig(gamma=0.4, exposure=1.0)
    singles = {"resize": _NONE}
    for name in ("horizontal_flip", "vertical_flip"):
        singles[name] = replace(_NONE, **{name: True})
    single: dict[str, Any]
    for name in ("crop", "rotate_deg", "brightness", "contrast", "saturation", "gamma", "exposure"):
        wanted = getattr(config, name)
        untouched = 1.0 if name == "crop" else 0.0
        single = {name: getattr(usual, name) if wanted == untouched else wanted}
        singles[name] = replace(_NONE, **single)
    for name in ("grey", "blur", "median", "noise", "poisson", "salt_pepper", "glare", "erase"):
        single = {name: 1.0}
        singles[name] = replace(_NONE, **single)
    return singles
