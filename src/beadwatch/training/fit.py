"""Fitting one network with Lightning, so that it can be killed at any time and go on exactly.

Nothing is picked by looking at held-out pictures: epochs are fixed by the configuration, or, with `patience`, groups
are held back from the training rows for that. Knows rows and folders; does not know folds or bundles.
"""

import logging
import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, EMAWeightAveraging, ModelCheckpoint
from lightning.pytorch.loggers import Logger
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from torch.utils.data import DataLoader

from beadwatch.datasets.folds import grouped_folds
from beadwatch.domain.errors import TrainingError
from beadwatch.training.augment import build_augment
from beadwatch.training.checkpoint import SafetensorsCheckpoint, write_safetensors
from beadwatch.training.config import Precision, TrainConfig
from beadwatch.training.fit_module import FitModule
from beadwatch.training.linear_head import fit_linear_head
from beadwatch.training.network import WeldNet, backbone_source, bare_network, build_network, load_backbone
from beadwatch.training.pictures import ExactPictures, Pictures, TrainingPictures
from beadwatch.training.sampler import EpochSampler, sampling_weights
from beadwatch.training.warm_up import warm_up

logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)  # its hints about other products
WEIGHTS_FILE = "weights.safetensors"
_LAST, _BEST, _WARM = "last", "best", "warm"
_PRECISION: dict[Precision, Any] = {"fp32": "32-true", "bf16": "bf16-mixed", "fp16": "16-mixed"}


@dataclass(frozen=True, slots=True)
class Hardware:
    """What a run may use: accelerator (`auto`, `cpu`, `gpu`), devices in each machine, and machines (nodes)."""

    accelerator: str = "auto"
    devices: int = 1
    nodes: int = 1


@dataclass(frozen=True, slots=True)
class FitPlan:
    """What one fit trains on and where it keeps itself.

    `rows` are trained on; `watched` are only looked at, once an epoch, for the curves; `unlabelled` only help to warm
    up (`config.warm_up_epochs`). `folder` receives the checkpoint and the final weights; without one nothing is kept.
    `loggers` are Lightning's.
    """

    rows: Sequence[int]
    watched: Sequence[int] = ()
    folder: Path | None = None
    loggers: Sequence[Logger] = ()
    hardware: Hardware = field(default_factory=Hardware)
    unlabelled: Sequence[int] = ()


def fit(pictures: Pictures, plan: FitPlan, config: TrainConfig) -> WeldNet:
    """Train on the planned rows and return the network on the CPU in evaluation mode.

    A finished fit in the plan's folder is loaded, a killed one goes on after its last whole epoch.

    Raises:
        TrainingError: a class has no picture among the rows, the loss is not finite, or the folder holds foreign files
            or cannot be written.
    """
    if plan.folder and (plan.folder / WEIGHTS_FILE).exists():
        return _load_weights(bare_network(config), plan.folder / WEIGHTS_FILE)
    network = _warmed_up(_fresh_network(config), pictures, plan, config)
    rows, watched = _held_back(pictures, plan, config)
    targets = pictures.targets[list(rows)]
    _check_classes(targets, config)
    weights = sampling_weights(targets, [pictures.records[row].group_key for row in rows], config.balanced)
    if config.method == "linear":
        fit_linear_head(network, pictures.exact[list(rows)], targets, weights, config)
    else:
        _train(network, pictures, replace(plan, rows=rows, watched=watched), config, weights)
    network.cpu().eval()
    if plan.folder and process_rank() == 0:
        _finish(network, plan.folder, backbone_source(config))
    return network


def _train(network: WeldNet, pictures: Pictures, plan: FitPlan, config: TrainConfig, weights: Tensor) -> None:
    """Train the whole network with Lightning, going on from the plan's folder where there is a checkpoint."""
    resume = _resume_from(plan.folder)
    loader = _training_loader(pictures, plan, config, weights)
    if resume:
        # Lightning starts the first epoch's draws before it says which epoch it is.
        loader.sampler.set_epoch(SafetensorsCheckpoint().load_checkpoint(resume)["epoch"] + 1)  # type: ignore[attr-defined]
    watching = DataLoader(ExactPictures(pictures, plan.watched), batch_size=64) if len(plan.watched) else None
    module = FitModule(network, config, config.epochs * len(loader))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*does not have many workers.*")
        warnings.filterwarnings("ignore", message=".*but have no `val_dataloader`.*")
        warnings.filterwarnings("ignore", message="Checkpoint directory .* exists and is not empty")  # to go on in
        trainer = _trainer(plan, config, len(loader), watching is not None)
        trainer.fit(module, loader, watching, ckpt_path=resume)
    if config.patience and plan.folder:
        _load_best(module, plan.folder / f"{_BEST}.safetensors")
    trainer.strategy.barrier()  # every process has read what the first one is going to remove


def _fresh_network(config: TrainConfig) -> WeldNet:
    lightning.seed_everything(config.seed, verbose=False)
    if config.start_from is not None:
        network = _load_weights(bare_network(config), config.start_from).train()
    else:
        network = build_network(config)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch leaves it out of its stubs
    return network


def _warmed_up(network: WeldNet, pictures: Pictures, plan: FitPlan, config: TrainConfig) -> WeldNet:
    """Warm the backbone up where that is asked for, and keep it, so that a killed fit need not do it again.

    A network that goes on from an earlier run is left as it is: a warm-up would undo what it has learned.
    """
    if not config.warm_up_epochs or config.start_from is not None:
        return network
    kept = plan.folder / f"{_WARM}.safetensors" if plan.folder else None
    if kept and kept.exists():
        load_backbone(network.backbone, kept)
    else:
        if plan.hardware.accelerator != "cpu" and torch.cuda.is_available():
            network.cuda()
        warm_up(network, pictures, list(dict.fromkeys([*plan.rows, *plan.unlabelled])), config)
        network.cpu()
        if kept and process_rank() == 0:
            state = {name: value.contiguous() for name, value in network.backbone.state_dict().items()}
            write_safetensors(kept, state, {"source": backbone_source(config)})
    lightning.seed_everything(config.seed, verbose=False)  # a fit that goes on draws what one in one go draws
    return network.train()


def _held_back(pictures: Pictures, plan: FitPlan, config: TrainConfig) -> tuple[Sequence[int], Sequence[int]]:
    """Return the rows to train on and to watch; with `patience`, a fifth of the groups is held back to stop by."""
    if not config.patience:
        return plan.rows, plan.watched
    if plan.folder is None:
        raise TrainingError("early stopping keeps the best epoch in a file: give a run folder")
    rows = np.asarray(plan.rows)
    inner = grouped_folds([pictures.records[row] for row in plan.rows], 5, config.seed)
    return rows[inner != 0].tolist(), rows[inner == 0].tolist()


def _check_classes(targets: Tensor, config: TrainConfig) -> None:
    for name, count in zip(config.task.label_names, targets.sum(dim=0).tolist(), strict=True):
        if count == 0:
            raise TrainingError(f"no picture of {name!r} to train on: add some, or use fewer folds")


def _training_loader(
    pictures: Pictures, plan: FitPlan, config: TrainConfig, weights: Tensor
) -> DataLoader[tuple[Tensor, Tensor]]:
    machines = plan.hardware.devices * plan.hardware.nodes
    loader = DataLoader(
        TrainingPictures(pictures, plan.rows, build_augment(config.augment, config.preprocess)),
        batch_size=config.batch_size,
        sampler=EpochSampler(weights, config.seed, process_rank(), machines),
        drop_last=True,
        num_workers=1,  # augments the next batch while this one trains; more help where there are more cores
        persistent_workers=True,
    )
    if len(loader) == 0:
        raise TrainingError(
            f"{len(plan.rows)} pictures are less than one batch of {config.batch_size}: lower the batch size"
        )
    return loader


def process_rank() -> int:
    """Return the number of this process among those that train together; 0 where it is alone."""
    return int(os.environ.get("RANK") or os.environ.get("LOCAL_RANK") or 0)


def _trainer(plan: FitPlan, config: TrainConfig, steps: int, watches: bool) -> lightning.Trainer:
    callbacks: list[Callback] = [EpochLine()]
    if config.ema:
        callbacks.append(EMAWeightAveraging(decay=config.ema))
    if config.patience:
        callbacks.append(EarlyStopping("valid/loss", mode="min", patience=config.patience))
        callbacks.append(_checkpoint(plan.folder, _BEST, monitor="valid/loss"))
    if plan.folder:
        callbacks.append(_checkpoint(plan.folder, _LAST))
    several = plan.hardware.devices * plan.hardware.nodes > 1
    return lightning.Trainer(
        max_epochs=config.epochs,
        accelerator=plan.hardware.accelerator,
        devices=plan.hardware.devices,
        num_nodes=plan.hardware.nodes,
        strategy="ddp_find_unused_parameters_true" if several else "auto",
        use_distributed_sampler=False,  # EpochSampler shares the draws out itself
        precision=_PRECISION[config.precision],
        plugins=[SafetensorsCheckpoint()],
        logger=list(plan.loggers) or False,
        callbacks=callbacks,
        enable_checkpointing=plan.folder is not None,
        num_sanity_val_steps=0,
        enable_model_summary=False,
        enable_progress_bar=False,
        limit_val_batches=1.0 if watches else 0,
        log_every_n_steps=min(5, steps),
    )


class _Checkpoint(ModelCheckpoint):
    FILE_EXTENSION = ".safetensors"


def _checkpoint(folder: Path | None, name: str, monitor: str | None = None) -> ModelCheckpoint:
    return _Checkpoint(
        dirpath=folder,
        filename=name,
        monitor=monitor,
        mode="min",
        save_on_train_epoch_end=monitor is None,
        enable_version_counter=False,
    )


def _resume_from(folder: Path | None) -> str | None:
    last = folder / f"{_LAST}.safetensors" if folder else None
    return str(last) if last and last.exists() else None


def _load_best(module: FitModule, path: Path) -> None:
    module.load_state_dict(SafetensorsCheckpoint().load_checkpoint(path)["state_dict"])


def _finish(network: WeldNet, folder: Path, source: str) -> None:
    """Write the final weights; then the checkpoints are no longer needed."""
    state = {name: value.contiguous() for name, value in network.state_dict().items()}
    write_safetensors(folder / WEIGHTS_FILE, state, {"kind": "beadwatch-weights", "source": source})
    for name in (_LAST, _BEST, _WARM):
        (folder / f"{name}.safetensors").unlink(missing_ok=True)


def _load_weights(network: WeldNet, path: Path) -> WeldNet:
    try:
        network.load_state_dict(load_file(path))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise TrainingError(f"{path}: no weights of this network: {error}") from error
    return network.eval()


class EpochLine(Callback):
    """Prints one line an epoch: long work shows where it is."""

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Print the epoch's figures."""
        known: dict[str, Any] = {**trainer.callback_metrics}
        shown = {"loss": "train/loss", "watched loss": "valid/loss", "watched recall": "valid/macro_recall"}
        figures = "  ".join(f"{name} {float(known[key]):.4f}" for name, key in shown.items() if key in known)
        trainer.print(f"  epoch {pl_module.current_epoch + 1}/{trainer.max_epochs}  {figures}")
