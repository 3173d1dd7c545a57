"""How much of a score is leakage: the same linear probe, cross-validated at random and by group.

At random, copies of a picture stand on both sides, and the probe recognises them; by group it meets new welds. The
difference between the two scores is what a random split would make one believe. Knows embeddings, labels and groups.
Does not know pictures, nor where embeddings come from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from beadwatch.datasets.folds import grouped_folds
from beadwatch.datasets.sample import Sample
from beadwatch.domain.errors import DatasetError

FOLDS = 5
_DIRECTIONS = 128  # a probe needs no more, and fits in seconds

_Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LeakEstimate:
    """Macro F1 (0 to 1) of the probe, cross-validated at random and by group, over so many folds, pictures, groups."""

    random: float
    grouped: float
    folds: int
    pictures: int
    groups: int

    @property
    def leakage(self) -> float:
        """The part of a score that is leakage: what a random split adds to what holds for new welds."""
        return self.random - self.grouped

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "random": round(self.random, 4), "grouped": round(self.grouped, 4), "leakage": round(self.leakage, 4),
            "folds": self.folds, "pictures": self.pictures, "groups": self.groups, "metric": "macro F1",
        }  # fmt: skip


def estimate_leak(
    samples: Sequence[Sample], embeddings: npt.NDArray[np.floating[Any]], folds: int = FOLDS, seed: int = 0
) -> LeakEstimate:
    """Measure a logistic regression on `embeddings` (float, N x F, a row for each sample) in both ways.

    One classifier for each class, so that it serves single and multiple labels. The embeddings are standardised and
    reduced to their 128 main directions without looking at a label, the same for both ways.

    Raises:
        DatasetError: the rows do not fit, or the set cannot be cut into so many folds by group.
    """
    if embeddings.ndim != 2 or len(embeddings) != len(samples) or not np.isfinite(embeddings).all():
        raise DatasetError(
            f"embeddings of shape {embeddings.shape} for {len(samples)} pictures: one finite row for each"
        )
    labels = sorted({label for sample in samples for label in sample.labels})
    if not labels:
        raise DatasetError("no picture has a label: there is nothing to learn, so nothing can leak")
    truth = np.array([[label in sample.labels for label in labels] for sample in samples])
    by_group = grouped_folds(samples, folds, seed)
    at_random = np.random.default_rng(seed).permutation(np.arange(len(samples)) % folds)
    features = _main_directions(embeddings.astype(np.float64))
    return LeakEstimate(
        random=_score(features, truth, at_random, folds),
        grouped=_score(features, truth, by_group, folds),
        folds=folds,
        pictures=len(samples),
        groups=len({sample.group_key for sample in samples}),
    )


def _main_directions(embeddings: _Matrix) -> _Matrix:
    """Standardise, and keep the directions of most variance: float64, N x min(F, 128), mean variance 1."""
    centred = embeddings - embeddings.mean(axis=0)
    spread = centred.std(axis=0)
    scaled = centred / np.where(spread > 1e-9, spread, 1.0)
    if scaled.shape[1] > _DIRECTIONS:
        _, vectors = np.linalg.eigh(scaled.T @ scaled)
        scaled = scaled @ vectors[:, -_DIRECTIONS:]
    reduced: _Matrix = scaled / max(float(scaled.std()), 1e-9)
    return reduced


def _score(features: _Matrix, truth: npt.NDArray[np.bool_], assignment: npt.NDArray[np.int64], folds: int) -> float:
    """Return the macro F1 of the predictions for all pictures, each made while it was held out."""
    from sklearn.metrics import f1_score

    predicted = np.zeros_like(truth)
    for fold in range(folds):
        held = assignment == fold
        for column in range(truth.shape[1]):
            predicted[held, column] = _predict(features[~held], truth[~held, column], features[held])
    return float(f1_score(truth, predicted, average="macro", zero_division=0.0))


def _predict(known: _Matrix, has_it: npt.NDArray[np.bool_], asked: _Matrix) -> npt.NDArray[np.bool_]:
    from sklearn.linear_model import LogisticRegression

    if has_it.all() or not has_it.any():
        return np.full(len(asked), has_it.all())
    probe = LogisticRegression(class_weight="balanced", max_iter=1000, tol=1e-3)
    predicted: npt.NDArray[np.bool_] = probe.fit(known, has_it).predict(asked)
    return predicted
