"""A tiny data set of drawn welds and a tiny backbone with random weights, so that training needs no network."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from beadwatch.datasets.sample import Sample, labelled
from beadwatch.domain.labels import SURFACE, TIG, Task
from beadwatch.domain.model_card import PreprocessSpec
from beadwatch.training import evaluate
from beadwatch.training.config import AugmentConfig, TrainConfig

BACKBONE = "mobilenetv3_small_050"


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "RESAMPLES", 100)


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import timm  # only once beadwatch.training has made torchvision importable

    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "backbone.safetensors"
    save_file(timm.create_model(BACKBONE, pretrained=False).state_dict(), path, {"source": "drawn at random"})
    return path


@pytest.fixture
def config(weights: Path) -> TrainConfig:
    return TrainConfig(
        task=TIG,
        preprocess=PreprocessSpec(48, 32),
        backbone=BACKBONE,
        weights=weights,
        epochs=1,
        batch_size=4,
        augment=AugmentConfig(crop=0.9, rotate_deg=0, blur=0, noise=0, erase=0),
    )


@pytest.fixture
def surface_config(config: TrainConfig) -> TrainConfig:
    return replace(config, task=SURFACE)


def draw_samples(folder: Path, task: Task, groups: int = 3, copies: int = 2) -> list[Sample]:
    """Write pictures whose colour tells the class: `groups` welds of each class, `copies` pictures of each weld."""
    generator = np.random.default_rng(0)
    samples = []
    for index, name in enumerate(task.label_names):
        colour = 30 + 190 * np.array([index & 1, index >> 1 & 1, index >> 2 & 1])
        for weld in range(groups):
            for copy in range(copies):
                noise = generator.normal(0, 8, (32, 48, 3)) + 3 * weld
                path = folder / f"{index}-{weld}-{copy}.png"
                Image.fromarray((colour + noise).clip(0, 255).astype(np.uint8)).save(path)
                samples.append(Sample(path, labelled(name), "drawn", f"{index}-{weld}"))
    return samples
