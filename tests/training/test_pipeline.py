"""Pictures in, a bundle out that the production code serves."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from beadwatch.datasets.snapshot import Record, make_snapshot
from beadwatch.domain.errors import DatasetError, TrainingError
from beadwatch.domain.labels import SURFACE, TIG, Task
from beadwatch.domain.model_card import Calibration, Interval, Metrics, ModelCard
from beadwatch.imaging.decode import decode
from beadwatch.inference.bundle import load_bundle
from beadwatch.inference.classifier import Classifier
from beadwatch.training.config import TrainConfig
from beadwatch.training.export import ONNX_ALONE, Provenance, Runtimes, ServingGraph, export_bundle
from beadwatch.training.fit import Hardware
from beadwatch.training.fit_module import FitModule
from beadwatch.training.held_out import read_held_out
from beadwatch.training.pipeline import RunPlan, TrainingData, train
from tests.training.conftest import draw_data


def quiet(_line: str) -> None:
    pass


def changed(data: TrainingData, change: Callable[[Record], Record | None]) -> TrainingData:
    """Return the data with each record changed or, where that gives None, left out."""
    records = [record for record in map(change, data.snapshot.records) if record is not None]
    return replace(data, snapshot=make_snapshot(records))


def tiny_export(graph: ServingGraph, config: TrainConfig, target: Path, runtimes: Runtimes = ONNX_ALONE) -> ModelCard:
    """Export a graph with made-up calibration and figures."""
    judged = (
        Calibration(1.5, dict.fromkeys(config.task.label_names, 0.5), 0.9, 1.0),
        Metrics("made up", 1, 1, {"macro_recall": Interval(0.5, 0.4, 0.6)}),
    )
    pixels = np.zeros((2, config.preprocess.height, config.preprocess.width, 3), dtype=np.uint8)
    return export_bundle(graph, config, judged, Provenance({}, (), ("ab" * 32,), pixels), target, runtimes)


@pytest.mark.slow
@pytest.mark.parametrize("task", [TIG, SURFACE], ids=["tig", "surface"])
def test_train_export_serve(config: TrainConfig, tmp_path: Path, task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict)  # a processor without bf16
    data, lines = draw_data(task), list[str]()
    target, run = tmp_path / "models" / task.name, tmp_path / "run"
    plan = RunPlan(3, folder=run, hardware=Hardware("cpu"))
    card = train(data, replace(config, task=task, precision="bf16"), plan, target, lines.append)

    classifier = Classifier(load_bundle(target))
    assert classifier.card == card
    assert card.training["precision"] == "fp32"
    first = data.snapshot.records[0]
    inspection = classifier.inspect("a weld", decode(data.read(first.sha256)))
    assert inspection.seen_in_training
    assert inspection.sha256 == first.sha256
    assert card.dataset["snapshot"] == data.snapshot.hash
    assert card.dataset["pictures"] == len(data.snapshot.records)
    assert card.dataset["groups"] == len({record.group for record in data.snapshot.records})
    assert card.metrics.values["macro_recall"].low <= card.metrics.values["macro_recall"].high
    assert card.training["onnx_difference"] < 1e-3
    assert "drawn at random" in card.attribution[0]
    assert len([line for line in lines if line.startswith("fold")]) == 3
    assert (run / "final" / "weights.safetensors").stat().st_size > 1e5
    assert {events.parent.name for events in run.rglob("events.out.tfevents.*")} == {
        "fold-1", "fold-2", "fold-3", "final",
    }  # fmt: skip
    assert str(tmp_path) not in json.dumps(card.to_dict()), "no path of this machine on the card"
    held_out = read_held_out(run / "held-out.npz", task)
    assert held_out.sha256s == tuple(record.sha256 for record in data.snapshot.records)
    assert held_out.peaks is not None
    assert held_out.peaks.shape == (*held_out.logits.shape, 2)


class KilledError(Exception):
    pass


@pytest.mark.slow
def test_a_killed_run_goes_on_and_gives_the_same_answers(
    config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, lines = draw_data(TIG, groups=2), list[str]()
    train(data, config, RunPlan(2, folder=tmp_path / "whole"), tmp_path / "bundle", quiet)

    def die(module: FitModule, *_: object) -> None:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr("beadwatch.training.tracking.FitTrack.judge", die)
        with pytest.raises(KilledError):
            train(data, config, RunPlan(2, folder=tmp_path / "killed"), tmp_path / "again", quiet)
    assert not (tmp_path / "again").exists()
    train(data, config, RunPlan(2, folder=tmp_path / "killed"), tmp_path / "again", lines.append)
    assert lines[0].startswith("going on with the run")
    whole, resumed = (read_held_out(tmp_path / run / "held-out.npz", TIG) for run in ("whole", "killed"))
    assert np.array_equal(whole.logits, resumed.logits)


def test_the_frozen_test_part_is_not_touched(config: TrainConfig, tmp_path: Path) -> None:
    data = changed(draw_data(TIG), lambda each: replace(each, split="test" if each.name[2] == "0" else "train"))
    asked: list[str] = []

    def read(sha256: str) -> bytes:
        asked.append(sha256)
        raise TrainingError("enough")

    with pytest.raises(TrainingError, match="enough"):
        train(replace(data, read=read), config, RunPlan(2), tmp_path / "out", quiet)
    assert asked
    assert not {record.sha256 for record in data.snapshot.part("test")} & set(asked)


def test_a_start_that_hides_what_it_has_learned_from_is_refused(config: TrainConfig, tmp_path: Path) -> None:
    started = replace(config, start_from=tmp_path / "weights.safetensors")
    with pytest.raises(TrainingError, match="not what that network has learned from"):
        train(draw_data(TIG), started, RunPlan(2), tmp_path / "out", quiet)


def test_a_split_that_leaks_is_refused(config: TrainConfig, tmp_path: Path) -> None:
    data = changed(draw_data(TIG), lambda each: replace(each, split="test" if each.name[4] == "0" else "train"))
    with pytest.raises(TrainingError, match=r"18 groups stand in several parts.*--again"):
        train(data, config, RunPlan(2), tmp_path / "out", quiet)


@pytest.mark.slow
def test_unlabelled_pictures_are_learnt_from(config: TrainConfig, tmp_path: Path) -> None:
    data = changed(draw_data(TIG), lambda each: replace(each, annotations=()) if each.name[2] == "0" else each)
    lines: list[str] = []
    plan = RunPlan(2, self_training=True, folder=tmp_path / "run")
    card = train(data, replace(config, method="linear"), plan, tmp_path / "out", lines.append)
    assert card is not None
    assert card.dataset["pictures"] == 36
    believed = [line for line in lines if "of 12 unlabelled pictures were believed" in line]
    assert len(believed) == 3
    held_out = read_held_out(tmp_path / "run" / "held-out.npz", TIG)
    assert len(held_out.fold) == 24
    assert np.isfinite(held_out.logits).all()


def test_pictures_without_a_label_are_left_out_and_counted(config: TrainConfig, tmp_path: Path) -> None:
    lines: list[str] = []
    data = changed(
        draw_data(TIG), lambda each: replace(each, annotations=(), group=None) if each.name[2] == "0" else each
    )
    with pytest.raises(DatasetError, match="13 folds"):
        train(data, config, RunPlan(13), tmp_path / "out", lines.append)
    assert lines == ["12 pictures without a label are left out"]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda each: replace(each, group=None), DatasetError, r"36 of 36 pictures have no group.*groups\.csv"),
        (lambda each: None if each.labels == ("burn through",) else each, TrainingError, "burn through"),
        (lambda each: each if each.name[2] == "0" else None, DatasetError, "one group"),
    ],
    ids=["no groups", "a class without pictures", "a class of one weld"],
)
def test_data_that_cannot_be_judged_is_refused(
    config: TrainConfig,
    tmp_path: Path,
    change: Callable[[Record], Record | None],
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        train(changed(draw_data(TIG), change), config, RunPlan(2), tmp_path / "out", quiet)
    assert not (tmp_path / "out").exists()


def test_labels_of_another_task_are_refused(config: TrainConfig, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="background"):
        train(draw_data(SURFACE), config, RunPlan(2), tmp_path / "out", quiet)
