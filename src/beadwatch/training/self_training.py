"""Learning from pictures that nobody has labelled: train, believe the answers that are sure, train again on both.

Pseudo-labels (Lee, 2013). Only answers that leave no doubt about any class are believed. Whether it helps is to be
measured each time: a network can also learn its own mistakes. The caller leaves out pictures of held-out groups.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from beadwatch.domain.labels import TaskKind
from beadwatch.training.config import TrainConfig
from beadwatch.training.fit import FitPlan, fit
from beadwatch.training.network import WeldNet
from beadwatch.training.pictures import Pictures

SURE = 0.95  # a class is present from this score on, absent up to its complement, and doubtful in between


def fit_with_unlabelled(
    pictures: Pictures, plan: FitPlan, unlabelled: Sequence[int], config: TrainConfig
) -> tuple[WeldNet, int]:
    """Fit on the planned rows, then on those and the `unlabelled` rows that the first network is sure of.

    Returns the second network and how many were believed; without any, the first one.
    """
    first = fit(pictures, replace(plan, folder=plan.folder / "first" if plan.folder else None), config)
    sure, targets = sure_answers(first, pictures.exact[list(unlabelled)], config)
    believed = [row for row, is_sure in zip(unlabelled, sure.tolist(), strict=True) if is_sure]
    if not believed:
        return first, 0
    filled = pictures.targets.clone()
    filled[believed] = targets[sure]
    both = replace(plan, rows=[*plan.rows, *believed])
    return fit(replace(pictures, targets=filled), both, config), len(believed)


@torch.inference_mode()
def sure_answers(network: WeldNet, pictures: Tensor, config: TrainConfig) -> tuple[Tensor, Tensor]:
    """Return which of uint8 pictures N x 3 x H x W leave no doubt (bool, N), and their targets N x C of 0 and 1."""
    network.eval()
    logits = torch.cat([network(batch.float() / 255.0)[0] for batch in pictures.split(64)])
    single = config.task.kind is TaskKind.SINGLE_LABEL
    scores = logits.softmax(dim=1) if single else logits.sigmoid()
    present = scores >= SURE
    sure = present.any(dim=1)
    if not single:
        sure &= (present | (scores <= 1.0 - SURE)).all(dim=1)
    return sure, present.float()
