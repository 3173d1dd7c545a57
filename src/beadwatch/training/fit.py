"""Fitting one network with Lightning. Knows batches, losses and schedules; does not know folds, files or bundles.

The number of epochs is fixed by the recipe and nothing is picked by looking at held-out pictures, so that scores of
held-out groups are honest.
"""

import logging
import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.utilities.types import LRSchedulerConfigType, OptimizerLRSchedulerConfig
from torch import Tensor, nn
from torch.utils.data import DataLoader, WeightedRandomSampler

from beadwatch.domain.errors import TrainingError
from beadwatch.domain.labels import TaskKind
from beadwatch.training.augment import build_augment
from beadwatch.training.config import TrainConfig
from beadwatch.training.network import WeldNet, build_network
from beadwatch.training.pictures import Pictures, TrainingPictures

logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)  # its hints about other products


class FitModule(lightning.LightningModule):
    """Loss, optimiser and schedule around a `WeldNet`."""

    def __init__(self, network: WeldNet, config: TrainConfig, steps: int) -> None:
        super().__init__()
        self.network, self.config, self.steps = network, config, steps

    def training_step(self, batch: tuple[Tensor, Tensor], _index: int) -> Tensor:
        """Return the loss of one batch."""
        pictures, targets = _mixup(*batch, self.config.mixup)
        logits, _ = self.network(pictures)
        loss = loss_of(logits, targets, self.config)
        if not torch.isfinite(loss):
            raise TrainingError(
                f"the loss is {float(loss.detach())} in epoch {self.current_epoch}: lower the learning rate"
            )
        self.log("train/loss", loss.detach(), prog_bar=True)
        self.log("train/lr", self.trainer.optimizers[0].param_groups[0]["lr"])
        return loss

    def on_train_epoch_start(self) -> None:
        """Keep pretrained batch statistics where batches are too few or too alike to re-estimate them."""
        if self.config.freeze_batch_norm:
            for module in self.network.modules():
                if isinstance(module, nn.modules.batchnorm._BatchNorm):
                    module.eval()

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """AdamW with a slower backbone, and one cycle of the learning rate over the whole run."""
        config, network = self.config, self.network
        groups = [{"params": list(network.head.parameters()), "lr": config.lr}]
        if config.backbone_lr_scale > 0:
            groups.append({"params": list(network.backbone.parameters()), "lr": config.lr * config.backbone_lr_scale})
        optimizer = torch.optim.AdamW(groups, weight_decay=config.weight_decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            max_lr=[group["lr"] for group in optimizer.param_groups],
            total_steps=self.steps,
            pct_start=0.2,
        )
        return OptimizerLRSchedulerConfig(
            optimizer=optimizer, lr_scheduler=LRSchedulerConfigType(scheduler=schedule, interval="step")
        )


def loss_of(logits: Tensor, targets: Tensor, config: TrainConfig) -> Tensor:
    """Return cross entropy (single label) or binary cross entropy (multi label), with smoothed targets."""
    smoothing = config.label_smoothing
    if config.task.kind is TaskKind.SINGLE_LABEL:
        return nn.functional.cross_entropy(logits, targets, label_smoothing=smoothing)
    return nn.functional.binary_cross_entropy_with_logits(logits, targets * (1 - smoothing) + smoothing / 2)


def fit(pictures: Pictures, rows: Sequence[int], config: TrainConfig, log_dir: Path | None = None) -> WeldNet:
    """Train on the given rows and return the network in evaluation mode.

    Raises:
        TrainingError: a class has no picture among the rows, or the loss is not finite.
    """
    targets = pictures.targets[list(rows)]
    for name, count in zip(config.task.label_names, targets.sum(dim=0).tolist(), strict=True):
        if count == 0:
            raise TrainingError(f"no picture of {name!r} to train on: add some, or use fewer folds")
    lightning.seed_everything(config.seed, verbose=False)
    network = build_network(config)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch leaves it out of its stubs
    network.backbone.requires_grad_(config.backbone_lr_scale > 0)
    loader = DataLoader(
        TrainingPictures(pictures, rows, build_augment(config.augment, config.preprocess)),
        batch_size=config.batch_size,
        sampler=WeightedRandomSampler(
            sampling_weights(targets, [str(pictures.samples[row].group) for row in rows], config).tolist(),
            len(rows),
            generator=torch.Generator().manual_seed(config.seed),
        ),
        drop_last=True,
        num_workers=1,  # augments the next batch while this one trains; one, since the number decides the random draws
        persistent_workers=True,
    )
    if len(loader) == 0:
        raise TrainingError(
            f"{len(rows)} pictures are less than one batch of {config.batch_size}: lower the batch size"
        )
    trainer = lightning.Trainer(
        max_epochs=config.epochs,
        logger=TensorBoardLogger(log_dir, name="", version="") if log_dir else False,
        callbacks=[EpochLine()],
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=False,
        log_every_n_steps=5,
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*does not have many workers.*")
        trainer.fit(FitModule(network, config, config.epochs * len(loader)), loader)
    return network.eval()


class EpochLine(Callback):
    """Prints one line an epoch: long work shows where it is."""

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Print the epoch's loss."""
        loss = trainer.callback_metrics.get("train/loss")
        trainer.print(f"  epoch {pl_module.current_epoch + 1}/{trainer.max_epochs}  loss {float(loss or np.nan):.4f}")


@torch.inference_mode()
def predict(network: WeldNet, pictures: Tensor, batch_size: int = 64) -> tuple[Tensor, Tensor]:
    """Return logits N x C and pooled features N x F of uint8 pictures N x 3 x H x W, in evaluation mode."""
    network.eval()
    outputs = [network(batch.float() / 255.0) for batch in pictures.split(batch_size)]
    return torch.cat([logits for logits, _ in outputs]), torch.cat([features for _, features in outputs])


def sampling_weights(targets: Tensor, groups: Sequence[str], config: TrainConfig) -> Tensor:
    """Return how often each picture is drawn, relative to the others.

    When balanced, in proportion to the inverse square root of its rarest class's frequency and of its group's size: a
    weld that stands in the set fifty times over teaches less than fifty welds.
    """
    if not config.balanced:
        return torch.ones(len(targets))
    rarest = torch.where(targets > 0, targets.mean(dim=0), torch.inf).min(dim=1).values.clamp(max=1.0)
    sizes = Counter(groups)
    return (rarest * torch.tensor([float(sizes[group]) for group in groups])) ** -0.5


def _mixup(pictures: Tensor, targets: Tensor, alpha: float) -> tuple[Tensor, Tensor]:
    if alpha <= 0:
        return pictures, targets
    share = float(torch.distributions.Beta(alpha, alpha).sample())
    order = torch.randperm(len(pictures))
    return share * pictures + (1 - share) * pictures[order], share * targets + (1 - share) * targets[order]
