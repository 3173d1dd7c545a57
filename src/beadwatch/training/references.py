"""Which pictures a model counts as familiar, and how far another one is from them: its out-of-domain score.

The references are of welds alone. With pictures of the background among them, background would be familiar, and a
picture without a weld could not be told by its distance (`bench/strangers.py` measures both).
"""

import numpy as np
import numpy.typing as npt
from torch import Tensor

from beadwatch.domain.labels import Task

Floats = npt.NDArray[np.float64]
MAX_REFERENCES = 256


def shows_weld(targets: npt.ArrayLike, task: Task) -> npt.NDArray[np.bool_]:
    """Return which rows of `targets` (N x C) show a weld: bool, length N; all of them if none does."""
    no_weld = [index for index, label in enumerate(task.labels) if label.excludes_others and not label.is_good]
    shows: npt.NDArray[np.bool_] = np.asarray(targets)[:, no_weld].sum(axis=1) == 0
    return shows if shows.any() else np.ones(len(shows), dtype=bool)


def choose_references(features: Tensor, seed: int) -> npt.NDArray[np.float32]:
    """Return at most 256 unit vectors (K x F) that stand for known welds (features N x F), by k-means on the sphere.

    The distance to the nearest reference tells unfamiliar pictures apart: deep
    nearest neighbours (Sun et al., ICML 2022) with a summary of the training set, so that it fits into the bundle.
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
