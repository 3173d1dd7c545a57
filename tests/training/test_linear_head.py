"""A linear head learns in one go, for one label and for several, and leaves the backbone alone."""

from dataclasses import replace

import pytest
import torch

from beadwatch.domain.labels import SURFACE, TIG, Task
from beadwatch.training.config import TrainConfig
from beadwatch.training.cross_validate import predict
from beadwatch.training.fit import FitPlan, fit
from beadwatch.training.network import build_network
from tests.training.conftest import draw_pictures


@pytest.mark.parametrize("task", [TIG, SURFACE], ids=["tig", "surface"])
def test_welds_it_has_not_seen(config: TrainConfig, task: Task) -> None:
    config = replace(config, task=task, method="linear")
    pictures = draw_pictures(config, groups=3, copies=1)
    seen = [row for row in range(len(pictures.records)) if row % 3 != 2]
    network = fit(pictures, FitPlan(seen), config)
    answers = predict(network, pictures.exact).logits.argmax(dim=1)
    assert answers.tolist() == pictures.targets.argmax(dim=1).tolist()
    before = build_network(config).state_dict()
    assert all(
        torch.equal(before[name], value) for name, value in network.backbone.state_dict(prefix="backbone.").items()
    )
