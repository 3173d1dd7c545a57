"""Whether a self-supervised warm-up on unlabelled pictures helps: contrastive learning before the labels are used.

A fifth of the groups is held out. On the pictures of the others, their labels unused, the backbone goes on from its
ImageNet weights by SimCLR (Chen et al., ICML 2020): two variations of a picture shall be more alike than pictures of
different groups. Then, before and after, a linear head on the frozen features learns from a share of the labels.
Prints macro AUC and mAP (`surface`), macro recall (`tig`) on the held-out groups; asserts nothing. EPOCHS=4 takes half
an hour.
"""

import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

import beadwatch.training  # noqa: F401  # lets torchvision load
from beadwatch.apps.labelled_data import open_labelled
from beadwatch.apps.settings import load_settings
from beadwatch.datasets.folds import grouped_folds
from beadwatch.domain.labels import TaskKind
from beadwatch.domain.model_card import PreprocessSpec
from beadwatch.training.augment import build_augment
from beadwatch.training.config import TrainConfig
from beadwatch.training.config_file import read_config
from beadwatch.training.cross_validate import predict
from beadwatch.training.network import WeldNet, build_network
from beadwatch.training.pictures import Pictures, load_pictures
from few_labels import Judge, labelled_rows, linear

SHARED = Path(__file__).resolve().parents[2] / "shared"
DATA = Path(os.environ.get("DATA", SHARED / "data"))
WEIGHTS = Path(os.environ.get("WEIGHTS", SHARED / "backbones" / "mobilenetv2_100.imagenet.safetensors"))
SETS = {"tig": ["ss304"], "surface": ["weld-quality", "background"]}
EPOCHS = {"tig": 10 * int(os.environ.get("EPOCHS", "4")), "surface": int(os.environ.get("EPOCHS", "4"))}
SIDE_PX, BATCH, TEMPERATURE, LR = 128, 64, 0.2, 3e-4
SHARES = (0.1, 0.25, 1.0)
Rows = npt.NDArray[np.int64]


def likeness_loss(first: Tensor, second: Tensor, groups: Tensor) -> Tensor:
    """Return the NT-Xent loss of two views N x D; pictures of one group are no counterexamples of each other."""
    both = nn.functional.normalize(torch.cat([first, second]), dim=1)
    alike = both @ both.T / TEMPERATURE
    count, twice = len(first), torch.cat([groups, groups])
    partner = torch.arange(2 * count).roll(count)
    same = twice[:, None] == twice[None]
    same[torch.arange(2 * count), partner] = False
    return nn.functional.cross_entropy(alike.masked_fill(same, float("-inf")), partner)


def warm_up(network: WeldNet, pictures: Pictures, rows: Rows, groups: Rows, config: TrainConfig, epochs: int) -> None:
    """Train the backbone of `network` in place on the pictures of `rows`, whose labels are not looked at."""
    torch.manual_seed(0)
    augment = build_augment(replace(config.augment, crop=0.3, erase=0.0), config.preprocess)
    width = network.head.in_features
    projection = nn.Sequential(nn.Linear(width, 256), nn.ReLU(), nn.Linear(256, 128))
    parameters = [*network.backbone.parameters(), *projection.parameters()]
    steps = epochs * (len(rows) // BATCH)
    optimiser = torch.optim.AdamW(parameters, LR, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LR, total_steps=steps)
    network.train()
    for epoch in range(epochs):
        losses = []
        for batch in torch.split(torch.from_numpy(rows)[torch.randperm(len(rows))], BATCH)[: len(rows) // BATCH]:
            views = [torch.stack([augment(pictures.exact[row]) for row in batch]) for _ in range(2)]
            with torch.autocast("cpu", torch.bfloat16):
                first, second = (network.feature_map(view).mean(dim=(2, 3)) for view in views)
                loss = likeness_loss(
                    projection(first).float(), projection(second).float(), torch.from_numpy(groups)[batch]
                )
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
            schedule.step()
            losses.append(loss.item())
        print(f"  epoch {epoch + 1}/{epochs}  loss {np.mean(losses):.3f}", file=sys.stderr, flush=True)


def measure(task: str, table: Table) -> None:
    config = replace(
        read_config(task), weights=WEIGHTS, method="linear", preprocess=PreprocessSpec(SIDE_PX, SIDE_PX), padding="same"
    )
    data = open_labelled([str(DATA / name) for name in SETS[task]], load_settings())
    records = [record for record in data.snapshot.records if record.labels]
    pictures = load_pictures(records, data.read, config.task, config.preprocess)
    truth, names = pictures.targets.numpy() > 0, np.array([record.group_key for record in records])
    groups = np.unique(names, return_inverse=True)[1]
    folds, single = grouped_folds(records, 5, 0), config.task.kind is TaskKind.SINGLE_LABEL
    held, rest = np.flatnonzero(folds == 0), np.flatnonzero(folds != 0)
    network = build_network(config)
    for stage in ("ImageNet", f"warmed up, {EPOCHS[task]} epochs"):
        if stage != "ImageNet":
            warm_up(network, pictures, rest, groups, config, EPOCHS[task])
        features = predict(network.eval(), pictures.exact).features.double().numpy()
        for share in SHARES:
            mine = rest[labelled_rows(rest, names, truth, share)]
            judge = Judge(truth[held], single)
            judge.scores[:] = linear(features[mine], truth[mine], features[held], config)
            table.add_row(task, stage, f"{share:.0%}", str(len(mine)), *judge.figures())


def main() -> None:
    if not DATA.is_dir() or not WEIGHTS.is_file():
        print(f"nothing to measure: no pictures in {DATA}, or no weights at {WEIGHTS}")
        return
    table = Table("task", "backbone", "groups labelled", "pictures", "macro AUC", "macro recall / mAP")
    for task in SETS:
        measure(task, table)
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
