"""Loss, optimiser, schedule and running figures around a `WeldNet`.

Knows batches. Does not know folds, files or bundles.
"""

import lightning
import torch
from lightning.pytorch.utilities.types import LRSchedulerConfigType, OptimizerLRSchedulerConfig
from torch import Tensor, nn
from torchmetrics import MetricCollection
from torchmetrics.classification import MulticlassPrecision, MulticlassRecall, MultilabelPrecision, MultilabelRecall

from beadwatch.domain.errors import TrainingError
from beadwatch.domain.labels import TaskKind
from beadwatch.training.config import TrainConfig
from beadwatch.training.network import WeldNet, backbone_stages


class FitModule(lightning.LightningModule):
    """What Lightning trains: draws of mixup and dropout follow from seed and epoch, so that a run can go on exactly."""

    def __init__(self, network: WeldNet, config: TrainConfig, steps: int) -> None:
        super().__init__()
        self.network, self.config, self.steps = network, config, steps
        self.figures = _figures(config)

    def on_train_epoch_start(self) -> None:
        """Seed the epoch, and hold still what the configuration freezes."""
        torch.manual_seed(self.config.seed * 1_000_003 + self.current_epoch * 1_009 + self.global_rank)
        self._freeze()

    def _freeze(self) -> None:
        config, backbone = self.config, self.network.backbone
        waiting = config.backbone_lr_scale == 0 or self.current_epoch < config.unfreeze_epoch
        self.network.train()  # what an earlier epoch held still may move in this one
        still = set()
        for depth, stage in enumerate(backbone_stages(backbone)):
            for parameter in stage:
                parameter.requires_grad_(not waiting and depth >= config.frozen_stages)
                if not parameter.requires_grad:
                    still.add(parameter)
        for module in self.network.modules():
            # Pretrained batch statistics stay where the layer is frozen, or batches too few or too alike.
            if isinstance(module, nn.modules.batchnorm._BatchNorm) and (
                config.freeze_batch_norm or any(parameter in still for parameter in module.parameters())
            ):
                module.eval()

    def training_step(self, batch: tuple[Tensor, Tensor], _index: int) -> Tensor:
        """Return the loss of one batch."""
        pictures, targets = _mixup(*batch, self.config.mixup)
        logits, _ = self.network(pictures)
        loss = loss_of(logits.float(), targets, self.config)
        if not torch.isfinite(loss):
            raise TrainingError(
                f"the loss is {float(loss.detach())} in epoch {self.current_epoch + 1}: lower the learning rate"
            )
        self.log("train/loss", loss.detach(), prog_bar=True)
        self.log("train/lr", self.trainer.optimizers[0].param_groups[0]["lr"])
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor], _index: int) -> None:
        """Log loss, recall and precision on pictures that are not trained on, class by class."""
        pictures, targets = batch
        logits, _ = self.network(pictures)
        single = self.config.task.kind is TaskKind.SINGLE_LABEL
        loss = loss_of(logits.float(), targets, self.config)
        self.log("valid/loss", loss, on_epoch=True, batch_size=len(targets), sync_dist=True)
        self.figures.update(logits.float(), targets.argmax(dim=1) if single else targets.long())

    def on_validation_epoch_end(self) -> None:
        """Log the figures of the epoch."""
        for metric, values in self.figures.compute().items():
            self.log(f"valid/macro_{metric}", values.mean())
            for name, value in zip(self.config.task.label_names, values, strict=True):
                self.log(f"valid/{metric}/{name}", value)
        self.figures.reset()

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """AdamW, slower the further from the head, and one cycle of the learning rate over the whole run."""
        config, network = self.config, self.network
        groups = [{"params": list(network.head.parameters()), "lr": config.lr}]
        stages = backbone_stages(network.backbone)
        if config.frozen_stages >= len(stages):
            raise TrainingError(
                f"frozen_stages is {config.frozen_stages}, but {config.backbone} has {len(stages)}: to freeze all, "
                "set backbone_lr_scale to 0"
            )
        if config.backbone_lr_scale > 0:
            for height, stage in enumerate(reversed(stages[config.frozen_stages :])):
                lr = config.lr * config.backbone_lr_scale * config.layer_decay**height
                groups.append({"params": stage, "lr": lr})
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


def _figures(config: TrainConfig) -> MetricCollection:
    classes = len(config.task.labels)
    if config.task.kind is TaskKind.SINGLE_LABEL:
        return MetricCollection(
            {
                "recall": MulticlassRecall(classes, average=None),
                "precision": MulticlassPrecision(classes, average=None),
            }
        )
    return MetricCollection(
        {"recall": MultilabelRecall(classes, average=None), "precision": MultilabelPrecision(classes, average=None)}
    )


def _mixup(pictures: Tensor, targets: Tensor, alpha: float) -> tuple[Tensor, Tensor]:
    """Blend pictures and targets with those of another order (Zhang et al., ICLR 2018)."""
    if alpha <= 0:
        return pictures, targets
    share = float(torch.distributions.Beta(alpha, alpha).sample())
    order = torch.randperm(len(pictures), device=pictures.device)
    return share * pictures + (1 - share) * pictures[order], share * targets + (1 - share) * targets[order]
