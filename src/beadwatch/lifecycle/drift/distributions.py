"""Drift that needs no labels: do brightness, sharpness, embeddings and scores still come from the same distributions?

Each is compared by its energy distance, which sees any change of a distribution and not only of its mean. Knows
observations; p-values come from `pool`, over all tests together. Does not know what a change does to the answers:
a network may cope with it.
"""

from dataclasses import dataclass

import numpy as np

from beadwatch.lifecycle.drift.pool import Pool, energies
from beadwatch.lifecycle.drift.report import LEVELS, Finding, Kind, Spread, Unlike
from beadwatch.lifecycle.observations import Floats, Observations

MOST_UNLIKE = 12
_TOLD = {Kind.INPUT: ".1f", Kind.EMBEDDING: ".3f", Kind.SCORE: ".3f"}


@dataclass(frozen=True, eq=False)
class Compared:
    """One distribution that was compared: its values for the report, and its statistic, real split first."""

    kind: Kind
    name: str
    reference: Floats
    current: Floats
    effect: float
    statistic: Floats

    def finding(self, p: float, alpha: float, limit: float) -> Finding:
        """Return what is said about it; `p` is corrected."""
        before, now = float(np.median(self.reference)), float(np.median(self.current))
        alarm = bool(p <= alpha and self.effect > limit)
        how = _TOLD[self.kind]
        what = " distance to the nearest reference picture" if self.kind is Kind.EMBEDDING else ""
        sure = f"difference {self.effect:.2f} of 1, p = {p:.4f}"
        said = "is distributed differently" if alarm else "is not distributed differently enough to tell"
        words = f"{self.name} {said}: median{what} {now:{how}} against {before:{how}} in the reference ({sure})"
        spread = Spread(_quantiles(self.reference), _quantiles(self.current))
        return Finding(self.kind, self.name, before, now, self.effect, limit, p, alarm, words, spread)


def compare(reference: Observations, current: Observations, pool: Pool, splits: Floats) -> list[Compared]:
    """Compare everything that needs no labels; the rows of `pool` are those of `reference`, then of `current`."""
    both = [
        (Kind.INPUT, "brightness", reference.brightness, current.brightness),
        (Kind.INPUT, "sharpness", reference.sharpness, current.sharpness),
    ]
    for column, label in enumerate(reference.task.label_names):
        both.append((Kind.SCORE, f"score of {label}", reference.scores[:, column], current.scores[:, column]))
    found = []
    for kind, name, before, now in both:
        effect, statistic = _energy(np.concatenate([before, now])[:, None], pool, splits, embedded=False)
        found.append(Compared(kind, name, before, now, effect, statistic))
    units = [directions(each.embeddings) for each in (reference, current)]
    effect, statistic = _energy(np.concatenate(units), pool, splits, embedded=True)
    known = nearest(units[0], units[0], reference.groups[:, None] == reference.groups[None])[0]
    far = nearest(units[1], units[0])[0]
    return [*found[:2], Compared(Kind.EMBEDDING, "embedding", known, far, effect, statistic), *found[2:]]


def most_unlike(reference: Observations, current: Observations) -> tuple[Unlike, ...]:
    """Return the current pictures that are farthest from any of the reference, the farthest first."""
    distance, rows = nearest(directions(current.embeddings), directions(reference.embeddings))
    return tuple(
        Unlike(str(current.names[row]), str(current.groups[row]), float(distance[row]), str(reference.names[rows[row]]))
        for row in np.argsort(-distance, kind="stable")[:MOST_UNLIKE]
    )


def directions(embeddings: Floats) -> Floats:
    """Return embeddings (N x F) at length 1: what they point at is compared, as the model's own distance does."""
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    return np.asarray(embeddings / np.maximum(lengths, np.finfo(np.float64).tiny), dtype=np.float64)


def nearest(units: Floats, known: Floats, left_out: np.ndarray | None = None) -> tuple[Floats, np.ndarray]:
    """Return the cosine distance of each unit vector to the nearest known one, and which that is.

    `left_out` (N x K, bool) marks pairs that do not count; a picture for which none counts has the distance 0.
    """
    distance = 1.0 - units @ known.T
    if left_out is not None:
        distance[left_out] = np.inf
    rows = distance.argmin(axis=1)
    found = distance[np.arange(len(units)), rows]
    return np.where(np.isfinite(found), np.clip(found, 0.0, 2.0), 0.0), rows


def _energy(values: Floats, pool: Pool, splits: Floats, embedded: bool) -> tuple[float, Floats]:
    pairs = pool.pair_sums(values, _chord if embedded else _gap) / np.outer(pool.sizes, pool.sizes)
    distance, scale = energies(pairs, splits)
    effect = max(float(distance[0] - distance.mean()), 0.0) / scale if scale > 0 else 0.0
    # Like chi-square, which the cube root makes nearly normal (Wilson and Hilferty 1931): so no test among all those
    # corrected together has longer tails than the others, and hides them.
    return effect, np.cbrt(distance)


def _gap(some: Floats, others: Floats) -> Floats:
    return np.asarray(np.abs(some - others.T))


def _chord(some: Floats, others: Floats) -> Floats:
    return np.asarray(np.sqrt(np.maximum(2.0 - 2.0 * (some @ others.T), 0.0)))


def _quantiles(values: Floats) -> tuple[float, ...]:
    return tuple(float(each) for each in np.quantile(values, LEVELS))
