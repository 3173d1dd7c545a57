"""A tiny data set of drawn welds and a tiny backbone with random weights, so that training needs no network."""

import hashlib
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from beadwatch.datasets.sample import labelled
from beadwatch.datasets.snapshot import Record, make_snapshot
from beadwatch.domain.labels import SURFACE, TIG, Task
from beadwatch.domain.model_card import PreprocessSpec
from beadwatch.evaluation import bootstrap
from beadwatch.training.config import AugmentConfig, TrainConfig
from beadwatch.training.pictures import Pictures, load_pictures
from beadwatch.training.pipeline import TrainingData

BACKBONE = "test_efficientnet"  # timm's own for tests: 17 convolutions, since export takes a time for each
FEW = 100


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "RESAMPLES", FEW)


def write_weights(path: Path, backbone: str = BACKBONE) -> Path:
    """Write random weights of a backbone, the same each time."""
    import timm  # only once beadwatch.training has made torchvision importable

    torch.manual_seed(0)
    save_file(timm.create_model(backbone, pretrained=False).state_dict(), path, {"source": "drawn at random"})
    return path


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_weights(tmp_path_factory.mktemp("weights") / "backbone.safetensors")


def tiny_config(weights: Path) -> TrainConfig:
    """Return a recipe of one epoch."""
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
def config(weights: Path) -> TrainConfig:
    return tiny_config(weights)


@pytest.fixture
def surface_config(config: TrainConfig) -> TrainConfig:
    return replace(config, task=SURFACE)


def draw_data(task: Task, groups: int = 3, copies: int = 2) -> TrainingData:
    """Draw pictures whose colour tells the class: `groups` welds of each class, `copies` pictures of each weld."""
    generator = np.random.default_rng(0)
    records, files = [], {}
    for index, name in enumerate(task.label_names):
        colour = 30 + 190 * np.array([index & 1, index >> 1 & 1, index >> 2 & 1])
        for weld in range(groups):
            for copy in range(copies):
                noise = generator.normal(0, 8, (32, 48, 3)) + 3 * weld
                buffer = io.BytesIO()
                Image.fromarray((colour + noise).clip(0, 255).astype(np.uint8)).save(buffer, "PNG")
                digest = hashlib.sha256(buffer.getvalue()).hexdigest()
                files[digest] = buffer.getvalue()
                records.append(Record(digest, f"{index}-{weld}-{copy}.png", labelled(name), f"{index}-{weld}", "drawn"))
    return TrainingData(make_snapshot(records), files.__getitem__)


def draw_pictures(config: TrainConfig, groups: int = 1, copies: int = 2) -> Pictures:
    """Draw pictures and load them, class by class."""
    data = draw_data(config.task, groups, copies)
    return load_pictures(data.snapshot.records, data.read, config.task, config.preprocess)
