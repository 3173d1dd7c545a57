"""From class activation maps to the place that deserves a closer look: pure functions on arrays.

A class activation map says how much each cell of the network's last grid speaks for a class (Zhou et al., CVPR 2016).
It is coarse, 6 x 6 to 8 x 8 cells, and says where the evidence is, not where the defect ends.

The cells of a network whose strided layers pad unevenly do not lie where they seem to: those of the shipped backbone
answer to what is up to a cell further left. So the maps of a picture and of its mirror images are averaged, and what is
off to one side cancels out. Only mirror images that the model was trained on are used: others it may not recognise.

Knows maps, cards and decisions. Does not run models and draws nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from beadwatch.domain.labels import TaskKind, label_named
from beadwatch.domain.model_card import Calibration
from beadwatch.domain.prediction import Decision, Prediction
from beadwatch.domain.region import Box, Region
from beadwatch.imaging.decode import Pixels
from beadwatch.imaging.heat_map import Floats, upsampled

Flags = npt.NDArray[np.bool_]
Axes = tuple[int, ...]  # of H x W: 0 is upside down, 1 is left to right

BOX_LEVEL = 0.5  # of the peak above the median. Zhou et al. take 0.2 of the peak: on so coarse a grid, much of it all
MIN_CONTRAST = 0.1  # logits between median and peak; less moves no probability by more than a few percent
_FINER = 8  # grid points to a cell when a box is drawn


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where a picture speaks for a class.

    `heat` is float32 h x w, one value a cell, 0 (no more than the typical cell) to 1 (the strongest one). `region` is
    None, and `heat` all 0, where nothing in the picture speaks for the class or nothing more than the rest.
    """

    label: str
    heat: Floats
    region: Region | None


def findings(prediction: Prediction, decision: Decision, calibration: Calibration) -> tuple[str, ...]:
    """Return the classes that a person will want to see: all findings held present, or a single-label task's top one.

    No good weld, no background, and nothing in a picture that is unlike what the model knows.
    """
    if not prediction.distance <= calibration.max_distance:
        return ()
    names = decision.labels if prediction.task.kind is TaskKind.MULTI_LABEL else (decision.label,)
    return tuple(name for name in names if not label_named(name).excludes_others)


def trained_mirrors(training: Mapping[str, Any]) -> tuple[Axes, ...]:
    """Return the mirror images that a model was trained on, the picture itself first, as the axes to flip.

    `training` is the configuration as the model card has it.
    """
    augment = training.get("augment")
    flips = augment if isinstance(augment, Mapping) else {}
    across, down = flips.get("horizontal_flip") is True, flips.get("vertical_flip") is True
    both: list[Axes] = [(0, 1)] if across and down else []
    return ((), *([(1,)] if across else []), *([(0,)] if down else []), *both)


def mirrored(pixels: Pixels, mirrors: Sequence[Axes]) -> Pixels:
    """Return a picture, uint8 H x W x 3, in each of its mirror images: N x H x W x 3."""
    return np.stack([np.flip(pixels, axes) for axes in mirrors])


def merged(maps: Floats, mirrors: Sequence[Axes]) -> Floats:
    """Turn the maps of mirror images back, N x C x h x w, and return their mean, C x h x w."""
    turned = [np.flip(image, tuple(axis + 1 for axis in axes)) for image, axes in zip(maps, mirrors, strict=True)]
    mean: Floats = np.stack(turned).mean(axis=0)
    return mean


def peak_of(activation: Floats) -> tuple[float, float]:
    """Return the point x, y of the strongest evidence in a map h x w, as shares of width and height.

    The strongest cell, refined below its size by a parabola through it and its neighbours in each direction. How far a
    neighbour is below the median does not count: it would push the point away without evidence.
    """
    row, column = _strongest(activation)
    warm = np.maximum(activation, np.median(activation))
    across, down = _vertex(warm[row], column), _vertex(warm[:, column], row)
    return (across + 0.5) / activation.shape[1], (down + 0.5) / activation.shape[0]


def explain_map(label: str, activation: Floats) -> Explanation:
    """Explain a class by its map h x w, in logits.

    The box is the smallest upright one around the connected part, at least `BOX_LEVEL` warm, that holds the peak.
    """
    middle, top = float(np.median(activation)), float(np.max(activation))
    if top <= 0.0 or top - middle < MIN_CONTRAST:
        return Explanation(label, np.zeros(activation.shape, np.float32), None)
    heat = np.clip((activation - middle) / (top - middle), 0.0, 1.0, dtype=np.float32)
    return Explanation(label, heat, Region(label, _box(heat), peak_of(heat)))


def against_the_others(maps: Floats) -> Floats:
    """Return the maps of a single-label task, C x h x w, less what all classes share, which softmax does not see."""
    apart: Floats = maps - maps.mean(axis=0, keepdims=True)
    return apart


def _strongest(activation: Floats) -> tuple[int, int]:
    row, column = divmod(int(np.argmax(activation)), activation.shape[1])
    return row, column


def _vertex(line: Floats, index: int) -> float:
    if not 0 < index < len(line) - 1:
        return float(index)
    before, at, after = (float(value) for value in line[index - 1 : index + 2])
    bend = before - 2 * at + after
    return index if bend >= 0 else index + (before - after) / (2 * bend)


def _box(heat: Floats) -> Box:
    rows, columns = heat.shape
    width, height = columns * _FINER, rows * _FINER
    row, column = _strongest(heat)
    seed = row * _FINER + _FINER // 2, column * _FINER + _FINER // 2
    part = _connected(upsampled(heat, width, height) >= BOX_LEVEL, seed)
    down, across = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
    return (
        float(across[0]) / width,
        float(down[0]) / height,
        float(across[-1] + 1) / width,
        float(down[-1] + 1) / height,
    )


def _connected(warm: Flags, seed: tuple[int, int]) -> Flags:
    """Return the part of `warm` that is connected with `seed` over edges."""
    part: Flags = np.zeros_like(warm)
    part[seed] = True
    while True:
        grown = part.copy()
        grown[1:] |= part[:-1]
        grown[:-1] |= part[1:]
        grown[:, 1:] |= part[:, :-1]
        grown[:, :-1] |= part[:, 1:]
        grown &= warm
        if np.array_equal(grown, part):
            return part
        part = grown
