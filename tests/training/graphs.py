"""A network of five convolutions, of the kinds that MobileNetV2 has; its weights are random and always the same."""

import numpy as np
import torch
from torch import nn

from beadwatch.domain.labels import TIG, Task
from beadwatch.domain.model_card import PreprocessSpec
from beadwatch.training.config import TrainConfig
from beadwatch.training.export import ServingGraph
from beadwatch.training.network import WeldNet

SIZE = PreprocessSpec(48, 32)


def tiny_backbone() -> nn.Sequential:
    """Return convolutions whole, depthwise and pointwise, with a channel that is a hundred times another."""
    torch.manual_seed(1)
    pointwise, depthwise = nn.Conv2d(8, 16, 1), nn.Conv2d(16, 16, 3, stride=2, padding=1, groups=16)
    scale = torch.logspace(-1, 1, 16)[:, None, None, None]
    with torch.no_grad():
        pointwise.weight.mul_(scale)
        depthwise.weight.div_(scale)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.ReLU6(),
        nn.Conv2d(8, 8, 3, padding=1, groups=8), nn.ReLU6(),
        pointwise, nn.ReLU6(),
        depthwise, nn.ReLU6(),
        nn.Conv2d(16, 24, 1), nn.ReLU6(),
    )  # fmt: skip


def tiny_config(task: Task = TIG) -> TrainConfig:
    """Return a configuration for pictures of 48 x 32."""
    return TrainConfig(task=task, preprocess=SIZE)


def tiny_serving_graph(task: Task = TIG) -> ServingGraph:
    """Return a network ready to export."""
    network = WeldNet(tiny_config(task), tiny_backbone()).eval()
    nn.init.normal_(network.head.weight)
    references = np.eye(4, 24, dtype=np.float32)
    return ServingGraph(network, task.kind, 1.5, references).eval()


def random_pixels(count: int, seed: int = 0) -> np.ndarray:
    """Return pictures that differ: noise over a plane of its own colour, uint8 N x 32 x 48 x 3."""
    generator = np.random.default_rng(seed)
    colours = generator.uniform(20, 235, (count, 1, 1, 3))
    return (colours + generator.normal(0, 20, (count, 32, 48, 3))).clip(0, 255).astype(np.uint8)
