"""Observations drawn from a seed: groups whose pictures are alike, and a model that is mostly right."""

import numpy as np

from beadwatch.domain.labels import GOOD_WELD, POROSITY, SPATTERS, Task, TaskKind
from beadwatch.lifecycle.observations import Observations

TASK = Task("drawn", TaskKind.MULTI_LABEL, "drawn", (GOOD_WELD, POROSITY, SPATTERS))
FEATURES = 6


def draw(
    seed: int,
    groups: int = 60,
    pictures: int = 4,
    darker: float = 0.0,
    turned: float = 0.0,
    flipped: float = 0.0,
    alike: float = 1.0,
    name: str = "",
) -> Observations:
    """Return pictures of drawn groups.

    `darker` is taken from the brightness (spread 30), `turned` moves embeddings away, `flipped` is the share of groups
    whose labels contradict the scores, `alike` is how much of a figure all pictures of a group share.
    """
    dice = np.random.default_rng(seed)
    index = np.repeat(np.arange(groups), pictures)

    def spread(width: int) -> np.ndarray:
        shared, own = dice.normal(size=(groups, width))[index], dice.normal(size=(len(index), width))
        drawn: np.ndarray = alike * shared + np.sqrt(max(0.0, 1.0 - alike**2)) * own + 0.05 * own
        return drawn

    kind = dice.integers(0, 3, groups)[index]
    truth = np.eye(3, dtype=bool)[kind]
    logits = 3.0 * truth - 1.5 + spread(3)
    scores = 1.0 / (1.0 + np.exp(-2.0 * logits))
    wrong = (dice.random(groups) < flipped)[index]
    labels = np.where(wrong[:, None], np.roll(truth, 1, axis=1), truth)
    embeddings = spread(FEATURES) + 3.0 * np.eye(3, FEATURES)[kind]
    embeddings[:, -1] += turned
    return Observations(
        task=TASK,
        scores=scores,
        truth=labels,
        groups=np.array([f"{name or seed}-{number}" for number in index]),
        embeddings=embeddings,
        brightness=120.0 + 30.0 * spread(1)[:, 0] - darker,
        sharpness=2.0 + 0.3 * spread(1)[:, 0],
        names=np.array([f"{name or seed}-{number}.jpg" for number in range(len(index))]),
    )
