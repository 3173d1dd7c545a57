"""How many labels an order of review saves: by usefulness (`domain.usefulness`) against random order, on photos.

A linear head on the frozen backbone in `WEIGHTS` learns from `START` labelled photos, then `STEP` more at a time,
chosen by each order among the rest of the training groups; a quarter of the groups is held out to judge. Prints how
many labels each order needs until mean average precision reaches 95 % of what all labels give, over `SEEDS` splits.
Nobody's correction is known before it is made, so that disagreement plays no part here. Asserts nothing.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table
from sklearn.metrics import average_precision_score

import beadwatch.training  # noqa: F401  # lets torchvision load
from beadwatch.datasets.folds import grouped_folds
from beadwatch.domain.usefulness import undecided
from beadwatch.services.labelled_data import open_labelled
from beadwatch.settings import load_settings
from beadwatch.training.config import TrainConfig
from beadwatch.training.config_file import read_config
from beadwatch.training.cross_validate import Floats, predict
from beadwatch.training.network import build_network
from beadwatch.training.pictures import load_pictures
from few_labels import DATA, SETS, WEIGHTS, Flags, linear

START, STEP, MOST = 60, 60, 1200
SEEDS = int(os.environ.get("SEEDS", "3"))
SHARE = 0.95
PRESENT = 0.5
Rows = npt.NDArray[np.int64]
Order = Callable[[Floats, Floats, Floats, Flags, np.random.Generator], Floats]


def at_random(_scores: Floats, pool: Floats, _known: Floats, _truth: Flags, generator: np.random.Generator) -> Floats:
    """Return a value for each picture of the pool that means nothing."""
    return generator.random(len(pool))


def by_uncertainty(
    scores: Floats, _pool: Floats, _known: Floats, _truth: Flags, _generator: np.random.Generator
) -> Floats:
    """Return how undecided the model is about each picture of the pool."""
    return np.array([undecided(row.tolist()) for row in scores])


def by_usefulness(scores: Floats, pool: Floats, known: Floats, truth: Flags, _generator: np.random.Generator) -> Floats:
    """Return what each picture of the pool is worth: undecided, unlike the known ones, of classes that are rare."""
    unit, learned = (each / np.linalg.norm(each, axis=1, keepdims=True) for each in (pool, known))
    distance = 1 - (unit @ learned.T).max(axis=1)
    counts = truth.sum(axis=0)
    rare = 1 - counts / counts.max()
    need = np.array([max(rare[row >= PRESENT], default=rare[row.argmax()]) for row in scores])
    novelty = np.minimum(1, distance / np.quantile(distance, 0.99))
    uncertainty = by_uncertainty(scores, pool, known, truth, _generator)
    mean: Floats = (uncertainty + novelty + need) / 3
    return mean


def precision(truth: Flags, scores: Floats) -> float:
    """Return the mean average precision over the classes."""
    return float(np.mean([average_precision_score(truth[:, at], scores[:, at]) for at in range(truth.shape[1])]))


def labels_needed(order: Order, features: Floats, truth: Flags, split: tuple[Rows, Rows], config: TrainConfig) -> int:
    """Return how many labels an order needs; `MOST` if that many do not suffice."""
    rest, held = split
    generator = np.random.default_rng(len(held))
    full = precision(truth[held], linear(features[rest], truth[rest], features[held], config))
    known = starting(rest, truth, generator)
    while len(known) < MOST:
        pool = np.setdiff1d(rest, known)
        scores = linear(features[known], truth[known], features[np.concatenate([held, pool])], config)
        if precision(truth[held], scores[: len(held)]) >= SHARE * full:
            return len(known)
        values = order(scores[len(held) :], features[pool], features[known], truth[known], generator)
        known = np.concatenate([known, pool[np.argsort(-values, kind="stable")[:STEP]]])
    return MOST


def starting(rest: Rows, truth: Flags, generator: np.random.Generator) -> Rows:
    """Return the photos that are labelled first: some of each class, and others at random."""
    firsts = [generator.choice(rest[truth[rest, at]], 3, replace=False) for at in range(truth.shape[1])]
    chosen = np.unique(np.concatenate(firsts))
    others = generator.choice(np.setdiff1d(rest, chosen), START - len(chosen), replace=False)
    return np.concatenate([chosen, others])


def main() -> None:
    if not DATA.is_dir() or not WEIGHTS.is_file():
        print(f"nothing to measure: no pictures in {DATA}, or no weights at {WEIGHTS}")
        return
    config = replace(read_config("surface"), weights=Path(WEIGHTS), method="linear")
    data = open_labelled([str(DATA / name) for name in SETS["surface"]], load_settings())
    records = [record for record in data.snapshot.records if record.labels]
    pictures = load_pictures(records, data.read, config.task, config.preprocess)
    features = predict(build_network(config), pictures.exact).features.double().numpy()
    truth = pictures.targets.numpy() > 0
    orders: dict[str, Order] = {"random": at_random, "uncertainty": by_uncertainty, "usefulness": by_usefulness}
    table = Table("order", *[f"split {seed}" for seed in range(SEEDS)], "mean", title=f"labels to {SHARE:.0%}")
    for name, order in orders.items():
        needed = []
        for seed in range(SEEDS):
            folds = grouped_folds(records, 4, seed)
            split = (np.flatnonzero(folds != 0), np.flatnonzero(folds == 0))
            needed.append(labels_needed(order, features, truth, split, config))
        table.add_row(name, *map(str, needed), f"{np.mean(needed):.0f}")
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
