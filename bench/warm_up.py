"""Whether a self-supervised warm-up on pictures without labels helps (training/warm_up.py).

Groups are held out five-fold; of `surface`, one fold alone, since it takes long. On the pictures of the other groups,
their labels unused, the backbone goes on from its ImageNet weights. Then, before and after, a linear head on the frozen
features learns from a share of the labels, or the whole network is trained with all of them. Pictures are 128 px wide.
Prints macro AUC and mAP (`surface`) or macro recall (`tig`) on the held-out groups; asserts nothing. Takes half an hour
with EPOCHS=4: so many epochs of `surface`, of both kinds; ten times as many of warm-up for `tig`, five of training.
"""

import os
import sys
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table
from safetensors.torch import save_file

import beadwatch.training  # noqa: F401  # lets torchvision load
from beadwatch.datasets.folds import grouped_folds
from beadwatch.domain.labels import TIG, TaskKind
from beadwatch.domain.model_card import PreprocessSpec
from beadwatch.services.labelled_data import open_labelled
from beadwatch.settings import load_settings
from beadwatch.training.config_file import read_config
from beadwatch.training.cross_validate import Floats, predict
from beadwatch.training.fit import FitPlan, fit
from beadwatch.training.network import WeldNet, build_network
from beadwatch.training.pictures import Pictures, load_pictures
from beadwatch.training.warm_up import warm_up
from few_labels import Judge, labelled_rows, linear

SHARED = Path(__file__).resolve().parents[2] / "shared"
DATA = Path(os.environ.get("DATA", SHARED / "data"))
WEIGHTS = Path(os.environ.get("WEIGHTS", SHARED / "backbones" / "mobilenetv2_100.imagenet.safetensors"))
SETS = {"tig": ["ss304"], "surface": ["weld-quality", "background"]}
EPOCHS = int(os.environ.get("EPOCHS", "4"))
WARM_UP, WHOLE, FOLDS = (
    {"tig": 10 * EPOCHS, "surface": EPOCHS},
    {"tig": 5 * EPOCHS, "surface": EPOCHS},
    {"tig": 5, "surface": 1},
)
SIDE_PX = 128
SHARES = (0.1, 0.25, 1.0)
Rows = npt.NDArray[np.int64]


def scores_of(network: WeldNet, pictures: Pictures, rows: Rows) -> Floats:
    """Return scores N x C of a trained network."""
    logits = predict(network.eval(), pictures.exact[rows]).logits.double()
    single = network.head.out_features == len(TIG.labels)
    scores: Floats = (logits.softmax(dim=1) if single else logits.sigmoid()).numpy()
    return scores


def measure(task: str, table: Table) -> None:
    size = PreprocessSpec(SIDE_PX, SIDE_PX)
    config = replace(read_config(task), weights=WEIGHTS, preprocess=size, epochs=WHOLE[task])
    data = open_labelled([str(DATA / name) for name in SETS[task]], load_settings())
    records = [record for record in data.snapshot.records if record.labels]
    pictures = load_pictures(records, data.read, config.task, config.preprocess)
    truth, names = pictures.targets.numpy() > 0, np.array([record.group_key for record in records])
    folds, single = grouped_folds(records, 5, 0), config.task.kind is TaskKind.SINGLE_LABEL
    judged = np.flatnonzero(folds < FOLDS[task])
    for epochs in (0, WARM_UP[task]):
        asked = replace(config, warm_up_epochs=epochs)
        rows = {name: Judge(truth[judged], single) for name in (*(f"linear, {share:.0%}" for share in SHARES), "whole")}
        for fold in range(FOLDS[task]):
            held, rest = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
            places = np.flatnonzero(folds[judged] == fold)
            network = build_network(asked)
            if epochs:
                warm_up(network, pictures, rest.tolist(), asked, partial(print, file=sys.stderr, flush=True))
            features = predict(network.eval(), pictures.exact).features.double().numpy()
            for share in SHARES:
                mine = rest[labelled_rows(rest, names, truth, share)]
                head = linear(features[mine], truth[mine], features[held], config)
                rows[f"linear, {share:.0%}"].scores[places] = head
            with tempfile.TemporaryDirectory() as folder:
                weights = Path(folder) / "backbone.safetensors"
                save_file({name: each.contiguous() for name, each in network.backbone.state_dict().items()}, weights)
                trained = fit(pictures, FitPlan(rest.tolist()), replace(config, weights=weights))
            rows["whole"].scores[places] = scores_of(trained, pictures, held)
        for name, judge in rows.items():
            table.add_row(task, str(epochs), name, *judge.figures())


def main() -> None:
    if not DATA.is_dir() or not WEIGHTS.is_file():
        print(f"nothing to measure: no pictures in {DATA}, or no weights at {WEIGHTS}")
        return
    table = Table("task", "epochs of warm-up", "trained, groups labelled", "macro AUC", "macro recall / mAP")
    for task in os.environ.get("TASKS", "tig surface").split():
        measure(task, table)
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
