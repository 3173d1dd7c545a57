"""Pictures in, a bundle out that the production code serves."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from beadwatch.datasets.sample import file_sha256
from beadwatch.domain.errors import DatasetError, TrainingError
from beadwatch.domain.labels import SURFACE, TIG, Task
from beadwatch.domain.model_card import Calibration, Interval, Metrics, ModelCard
from beadwatch.imaging.decode import decode
from beadwatch.inference.bundle import load_bundle
from beadwatch.inference.classifier import Classifier
from beadwatch.training.config import TrainConfig
from beadwatch.training.export import Provenance, ServingGraph, export_bundle
from beadwatch.training.pipeline import train
from tests.training.conftest import draw_samples


def tiny_export(graph: ServingGraph, config: TrainConfig, target: Path) -> ModelCard:
    """Export a graph with made-up calibration and figures."""
    judged = (
        Calibration(1.5, dict.fromkeys(config.task.label_names, 0.5), 0.9, 1.0),
        Metrics("made up", 1, 1, {"macro_recall": Interval(0.5, 0.4, 0.6)}),
    )
    pixels = np.zeros((2, config.preprocess.height, config.preprocess.width, 3), dtype=np.uint8)
    return export_bundle(graph, config, judged, Provenance({}, (), ("ab" * 32,), pixels), target)


@pytest.mark.slow
@pytest.mark.parametrize("task", [TIG, SURFACE], ids=["tig", "surface"])
def test_train_export_serve(config: TrainConfig, tmp_path: Path, task: Task) -> None:
    (tmp_path / "data").mkdir()
    samples = draw_samples(tmp_path / "data", task)
    target, logs, lines = tmp_path / "models" / task.name, tmp_path / "logs", list[str]()
    card = train(samples, replace(config, task=task), 3, target, logs, lines.append)

    classifier = Classifier(load_bundle(target))
    assert classifier.card == card
    inspection = classifier.inspect("a weld", decode(samples[0].path.read_bytes()))
    assert inspection.seen_in_training
    assert inspection.sha256 == file_sha256(samples[0].path)
    assert card.dataset["pictures"] == len(samples)
    assert card.dataset["groups"] == len({sample.group for sample in samples})
    assert card.metrics.values["macro_recall"].low <= card.metrics.values["macro_recall"].high
    assert card.training["onnx_difference"] < 1e-3
    assert "drawn at random" in card.attribution[0]
    assert len([line for line in lines if line.startswith("fold")]) == 3
    assert (logs / "weights.safetensors").stat().st_size > 1e5
    assert len(list(logs.rglob("events.out.tfevents.*"))) == 4, "three folds and the final run"
    assert str(tmp_path) not in json.dumps(card.to_dict()), "no path of this machine on the card"


def test_pictures_without_a_label_are_left_out_and_counted(config: TrainConfig, tmp_path: Path) -> None:
    samples, lines = draw_samples(tmp_path, TIG, groups=1), list[str]()
    silent = [replace(samples[0], annotations=(), group=None), replace(samples[1], annotations=())]
    with pytest.raises(DatasetError, match="one group"):
        train([*samples, *silent], config, 2, tmp_path / "out", announce=lines.append)
    assert lines == ["2 pictures without a label are left out", "reading 12 pictures"]


def test_pictures_without_a_group_are_refused(config: TrainConfig, tmp_path: Path) -> None:
    samples = [replace(sample, group=None) for sample in draw_samples(tmp_path, TIG)]
    with pytest.raises(DatasetError, match=r"36 of 36 pictures have no group.*groups\.csv"):
        train(samples, config, 2, tmp_path / "out", announce=lambda _: None)


def test_labels_of_another_task_are_refused(config: TrainConfig, tmp_path: Path) -> None:
    samples = draw_samples(tmp_path, SURFACE)
    with pytest.raises(TrainingError, match="background"):
        train(samples, config, 2, tmp_path / "out", announce=lambda _: None)


def test_a_class_without_pictures_is_named(config: TrainConfig, tmp_path: Path) -> None:
    samples = [sample for sample in draw_samples(tmp_path, TIG) if sample.labels != ("burn through",)]
    with pytest.raises(TrainingError, match="burn through"):
        train(samples, config, 2, tmp_path / "out", announce=lambda _: None)


def test_a_class_of_one_weld_cannot_be_judged(config: TrainConfig, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="one group"):
        train(draw_samples(tmp_path, TIG, groups=1), config, 2, tmp_path / "out", announce=lambda _: None)
    assert not (tmp_path / "out").exists()
