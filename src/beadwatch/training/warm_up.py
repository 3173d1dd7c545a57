"""A self-supervised warm-up: the backbone gets to know the pictures before it is told their labels.

SimCLR (Chen et al., ICML 2020): two variations of a picture shall be more alike than pictures of different groups. Near
copies stand in one group, and are no counterexamples of each other. Whether it helps is measured by `bench/warm_up.py`.
The caller leaves out pictures of held-out groups. Looks at no labels.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from beadwatch.domain.errors import TrainingError
from beadwatch.training.augment import Augment, build_augment
from beadwatch.training.config import TrainConfig
from beadwatch.training.network import WeldNet
from beadwatch.training.pictures import Pictures

_BATCH, _LR, _WEIGHT_DECAY = 64, 3e-4, 1e-4
_TEMPERATURE = 0.2
_HIDDEN, _WIDTH = 256, 128
_CROP = 0.3  # views that share little are what teaches


def warm_up(
    network: WeldNet,
    pictures: Pictures,
    rows: Sequence[int],
    config: TrainConfig,
    announce: Callable[[str], None] = print,
) -> None:
    """Train the backbone of `network` in place on some rows, for `config.warm_up_epochs`; the head stays as it is.

    The same seed gives the same weights on a CPU.

    Raises:
        TrainingError: there is less than one batch of pictures, or the loss is not finite.
    """
    steps = len(rows) // _BATCH
    if not steps:
        raise TrainingError(f"{len(rows)} pictures are less than the {_BATCH} of a warm-up's batch: leave it out")
    torch.manual_seed(config.seed)
    groups = _numbered([pictures.records[row].group_key for row in rows])
    projection = nn.Sequential(nn.Linear(network.head.in_features, _HIDDEN), nn.ReLU(), nn.Linear(_HIDDEN, _WIDTH)).to(
        network.head.weight.device
    )
    parameters = [*network.backbone.parameters(), *projection.parameters()]
    optimiser = torch.optim.AdamW(parameters, _LR, weight_decay=_WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _LR, total_steps=config.warm_up_epochs * steps)
    augment = build_augment(replace(config.augment, crop=min(_CROP, config.augment.crop), erase=0.0), config.preprocess)
    network.train()
    for epoch in range(config.warm_up_epochs):
        losses = []
        for batch in torch.split(torch.randperm(len(rows)), _BATCH)[:steps]:
            views = [_view(pictures, [rows[place] for place in batch.tolist()], augment, network) for _ in range(2)]
            with torch.autocast(network.head.weight.device.type, torch.bfloat16, enabled=config.precision != "fp32"):
                first, second = (projection(network.feature_map(view).mean(dim=(2, 3))) for view in views)
            loss = likeness_loss(first.float(), second.float(), groups[batch].to(first.device))
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
            schedule.step()
            losses.append(loss.item())
        if not np.isfinite(losses).all():
            raise TrainingError("the loss of the warm-up is not finite: leave it out, or look at the pictures")
        announce(f"  warm-up {epoch + 1}/{config.warm_up_epochs}  loss {np.mean(losses):.4f}")


def likeness_loss(first: Tensor, second: Tensor, groups: Tensor) -> Tensor:
    """Return the NT-Xent loss of two views, float N x D; `groups` (N) numbers the group of each picture.

    For each view, the cross-entropy of picking the other view of its picture among the views of other groups, by cosine
    over a temperature of 0.2.
    """
    both = nn.functional.normalize(torch.cat([first, second]), dim=1)
    alike = both @ both.T / _TEMPERATURE
    count, twice = len(first), torch.cat([groups, groups])
    partner = torch.arange(2 * count, device=both.device).roll(count)
    same_group = twice[:, None] == twice[None]
    same_group[torch.arange(2 * count), partner] = False
    return nn.functional.cross_entropy(alike.masked_fill(same_group, float("-inf")), partner)


def _numbered(keys: Sequence[str]) -> Tensor:
    return torch.from_numpy(np.unique(np.array(keys), return_inverse=True)[1])


def _view(pictures: Pictures, rows: Sequence[int], augment: Augment, network: WeldNet) -> Tensor:
    return torch.stack([augment(pictures.large[row]) for row in rows]).to(network.head.weight.device)
