"""Scores for pictures of groups that the scoring network never saw: the basis of calibration and of every figure.

Knows folds and distances. Does not know metrics or thresholds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from torch import Tensor

from beadwatch.training.config import TrainConfig
from beadwatch.training.fit import fit, predict
from beadwatch.training.pictures import Pictures

Floats = npt.NDArray[np.float64]
MAX_REFERENCES = 256


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Held-out answers for N pictures and C classes; rows agree with the pictures.

    `logits` and `targets` are N x C, `distance` (cosine, 0 to 2) and `fold` have length N; `groups` names the group of
    each picture, for resampling.
    """

    logits: Floats
    targets: Floats
    distance: Floats
    fold: npt.NDArray[np.int64]
    groups: tuple[str, ...]


def cross_validate(
    pictures: Pictures,
    assignment: npt.NDArray[np.int64],
    config: TrainConfig,
    log_dir: Path | None = None,
    announce: Callable[[str], None] = print,
) -> HeldOut:
    """Train once for each fold without it, and score it. Returns the answers for all pictures."""
    logits = np.empty(pictures.targets.shape)
    distance = np.empty(len(assignment))
    folds = int(assignment.max()) + 1
    for fold in range(folds):
        held_out, rest = np.flatnonzero(assignment == fold), np.flatnonzero(assignment != fold)
        announce(f"fold {fold + 1} of {folds}: train on {len(rest)} pictures, hold out {len(held_out)}")
        network = fit(pictures, rest.tolist(), config, log_dir / f"fold-{fold + 1}" if log_dir else None)
        known = choose_references(predict(network, pictures.exact[rest])[1], config.seed)
        scored, features = predict(network, pictures.exact[held_out])
        logits[held_out] = scored.double().numpy()
        distance[held_out] = cosine_distance(features, known)
    groups = tuple(f"{sample.source}/{sample.group}" for sample in pictures.samples)
    return HeldOut(logits, pictures.targets.double().numpy(), distance, assignment, groups)


def choose_references(features: Tensor, seed: int) -> npt.NDArray[np.float32]:
    """Return at most 256 unit vectors (K x F) that stand for the known pictures, by k-means on the unit sphere.

    The distance to the nearest of them tells unfamiliar pictures apart: deep nearest neighbours (Sun et al., ICML 2022)
    with a summary of the training set, so that it fits into the bundle.
    """
    from sklearn.cluster import KMeans

    unit = _unit(features.double().numpy())
    if len(unit) > MAX_REFERENCES:
        unit = _unit(KMeans(MAX_REFERENCES, n_init=1, random_state=seed).fit(unit).cluster_centers_)
    return unit.astype(np.float32)


def cosine_distance(features: Tensor, references: npt.NDArray[np.float32]) -> Floats:
    """Return for each row of `features` (N x F) the cosine distance to its nearest reference (K x F)."""
    similarity = _unit(features.double().numpy()) @ references.astype(np.float64).T
    distance: Floats = 1.0 - similarity.max(axis=1)
    return distance


def _unit(vectors: Floats) -> Floats:
    unit: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True).clip(1e-12)
    return unit
