"""What little training gives: a linear and a kNN head on a frozen backbone, and what unlabelled pictures add.

Groups are held out five-fold. Of the rest, a share of the groups keeps its labels; the others are taken for unlabelled,
as feedback is that nobody has looked at. Rows: a linear head on the labelled ones; the 5 nearest neighbours by cosine;
a linear head trained again on the pictures that the first one is sure of (see training/self_training.py); and a linear
head that has all the labels. Features come from the backbone in `WEIGHTS`, once; prints; asserts nothing.
"""

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.neighbors import KNeighborsClassifier

import beadwatch.training  # noqa: F401  # lets torchvision load
from beadwatch.datasets.folds import grouped_folds
from beadwatch.domain.labels import TaskKind
from beadwatch.services.labelled_data import open_labelled
from beadwatch.settings import load_settings
from beadwatch.training.config import TrainConfig
from beadwatch.training.config_file import read_config
from beadwatch.training.cross_validate import Floats, predict
from beadwatch.training.linear_head import regress
from beadwatch.training.network import build_network
from beadwatch.training.pictures import load_pictures
from beadwatch.training.self_training import SURE

SHARED = Path(__file__).resolve().parents[2] / "shared"
DATA = Path(os.environ.get("DATA", SHARED / "data"))
WEIGHTS = Path(os.environ.get("WEIGHTS", SHARED / "backbones" / "mobilenetv2_100.imagenet.safetensors"))
SETS = {"tig": ["ss304"], "surface": ["weld-quality", "background"]}
SHARES = (0.1, 0.25, 0.5)
FOLDS, NEIGHBOURS = 5, 5
Flags = npt.NDArray[np.bool_]


class Judge:
    """Scores of held-out pictures, all folds together."""

    def __init__(self, truth: Flags, single: bool) -> None:
        self.truth, self.single, self.scores = truth, single, np.zeros(truth.shape)

    def figures(self) -> list[str]:
        columns = range(self.truth.shape[1])
        auc = np.mean([roc_auc_score(self.truth[:, each], self.scores[:, each]) for each in columns])
        if not self.single:
            precision = [average_precision_score(self.truth[:, each], self.scores[:, each]) for each in columns]
            return [f"{auc:.3f}", f"{np.mean(precision):.3f}"]
        found = self.scores.argmax(axis=1)
        recall = np.mean([(found[self.truth[:, each]] == each).mean() for each in columns])
        return [f"{auc:.3f}", f"{recall:.3f}"]


def linear(features: Floats, truth: Flags, asked: Floats, config: TrainConfig) -> Floats:
    """Return scores N x C of a linear head."""
    mean, spread = features.mean(axis=0), features.std(axis=0).clip(1e-6)
    weight, bias = regress((features - mean) / spread, truth, np.ones(len(truth)), config)
    logits = (asked - mean) / spread @ weight.T + bias
    if config.task.kind is TaskKind.SINGLE_LABEL:
        exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
        softmax: Floats = exponents / exponents.sum(axis=1, keepdims=True)
        return softmax
    sigmoid: Floats = 1.0 / (1.0 + np.exp(-logits))
    return sigmoid


def neighbours(features: Floats, truth: Flags, asked: Floats) -> Floats:
    """Return scores N x C by the labels of the nearest pictures."""
    unit, question = (each / np.linalg.norm(each, axis=1, keepdims=True) for each in (features, asked))
    model = KNeighborsClassifier(NEIGHBOURS, weights="distance").fit(unit, truth.astype(int))
    columns = model.predict_proba(question)
    scores: Floats = np.stack([each[:, -1] * (each.shape[1] > 1) for each in columns], axis=1)
    return scores


def self_trained(known: Floats, truth: Flags, unlabelled: Floats, asked: Floats, config: TrainConfig) -> Floats:
    """Return scores N x C of a linear head that was trained again on what it was sure of."""
    scores = linear(known, truth, unlabelled, config)
    present = scores >= SURE
    sure = present.any(axis=1)
    if config.task.kind is not TaskKind.SINGLE_LABEL:
        sure &= (present | (scores <= 1 - SURE)).all(axis=1)
    return linear(np.vstack([known, unlabelled[sure]]), np.vstack([truth, present[sure]]), asked, config)


def labelled_rows(rest: npt.NDArray[np.int64], groups: npt.NDArray[np.str_], truth: Flags, share: float) -> Flags:
    """Return which of `rest` keep their labels: whole groups, at least one of each class."""
    generator, kept = np.random.default_rng(0), set[str]()
    for column in range(truth.shape[1]):
        there = np.unique(groups[rest][truth[rest, column]])
        kept |= set(generator.choice(there, max(1, round(share * len(there))), replace=False).tolist())
    return np.isin(groups[rest], sorted(kept))


def measure(task: str, table: Table) -> None:
    config = replace(read_config(task), weights=WEIGHTS, method="linear")
    data = open_labelled([str(DATA / name) for name in SETS[task]], load_settings())
    records = [record for record in data.snapshot.records if record.labels]
    pictures = load_pictures(records, data.read, config.task, config.preprocess)
    started = time.perf_counter()
    features = predict(build_network(config), pictures.exact).features.double().numpy()
    print(f"{task}: features of {len(records)} pictures in {time.perf_counter() - started:.0f} s", file=sys.stderr)
    truth, groups = pictures.targets.numpy() > 0, np.array([record.group_key for record in records])
    folds, single = grouped_folds(records, FOLDS, 0), config.task.kind is TaskKind.SINGLE_LABEL
    for share in (*SHARES, 1.0):
        rows = {name: Judge(truth, single) for name in ("linear", "nearest neighbours", "linear, self-trained")}
        count = 0
        for fold in range(FOLDS):
            held, rest = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
            mine = labelled_rows(rest, groups, truth, share)
            known, other, asked = features[rest[mine]], features[rest[~mine]], features[held]
            count += len(known)
            rows["linear"].scores[held] = linear(known, truth[rest[mine]], asked, config)
            rows["nearest neighbours"].scores[held] = neighbours(known, truth[rest[mine]], asked)
            if len(other):
                rows["linear, self-trained"].scores[held] = self_trained(known, truth[rest[mine]], other, asked, config)
        for name, judge in rows.items():
            if judge.scores.any():
                table.add_row(task, f"{share:.0%}", str(round(count / FOLDS)), name, *judge.figures())


def main() -> None:
    if not DATA.is_dir() or not WEIGHTS.is_file():
        print(f"nothing to measure: no pictures in {DATA}, or no weights at {WEIGHTS}")
        return
    table = Table("task", "groups labelled", "pictures", "head", "macro AUC", "macro recall / mAP")
    for task in SETS:
        measure(task, table)
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
