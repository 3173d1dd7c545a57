"""TensorBoard and a real MLflow file get curves, figures, pictures, configuration and revision."""

from pathlib import Path

import pytest
import torch

from beadwatch.domain.errors import TrainingError
from beadwatch.domain.labels import SURFACE, TIG, Task
from beadwatch.training.config import TrainConfig
from beadwatch.training.pipeline import RunPlan, train
from beadwatch.training.tracking import Tracker, code_revision, confusion_figure
from tests.training.conftest import draw_data


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning")
def test_a_run_is_recorded_in_both(config: TrainConfig, tmp_path: Path) -> None:
    from mlflow.tracking import MlflowClient
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    data, uri = draw_data(TIG, groups=2), f"sqlite:///{tmp_path}/mlflow.db"
    train(data, config, RunPlan(2, folder=tmp_path / "run", tracking_uri=uri), tmp_path / "bundle", lambda _line: None)

    client = MlflowClient(uri)
    (experiment,) = client.search_experiments(filter_string="name = 'beadwatch'")
    runs = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    assert set(runs) == {"tig", "fold-1", "fold-2", "final"}
    whole = runs["tig"]
    assert whole.data.params["snapshot"] == data.snapshot.hash
    assert whole.data.params["config/augment/crop"] == "0.9"
    assert whole.data.tags["beadwatch.revision"] == code_revision()
    assert 0.0 <= whole.data.metrics["macro_recall"] <= 1.0
    assert "recall.burn through" in whole.data.metrics
    fold = runs["fold-1"]
    assert fold.data.tags["mlflow.parentRunId"] == whole.info.run_id
    assert {"train/loss", "train/lr", "valid/loss", "valid/recall/burn through"} <= set(fold.data.metrics)
    assert [file.path for file in client.list_artifacts(fold.info.run_id)] == ["confusion.png"]

    events = EventAccumulator(str(tmp_path / "run" / "fold-1")).Reload()
    assert {"train/loss", "train/lr", "valid/loss", "valid/recall/burn through"} <= set(events.Tags()["scalars"])
    assert events.Tags()["images"] == ["confusion"]


@pytest.mark.parametrize("uri", ["sqlite:////proc/nowhere/mlflow.db"])
@pytest.mark.filterwarnings("ignore")
def test_an_mlflow_that_cannot_be_reached_is_named(tmp_path: Path, uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(TrainingError, match=r"--tracking-uri, or `none`"):
        Tracker(tmp_path, uri, "tig", {})


@pytest.mark.parametrize("task", [TIG, SURFACE], ids=["tig", "surface"])
def test_the_confusion_picture_has_truth_in_rows(task: Task) -> None:
    size = len(task.labels)
    targets = torch.eye(size)
    logits = torch.full((size, size), -1.0)
    logits[:, 1] = 1.0  # whatever it is, the answer is the second class
    axes = confusion_figure(logits, targets, task).axes[0]
    assert axes.get_ylabel() == "truth"
    assert axes.get_xlabel() == "answer"
    assert [label.get_text() for label in axes.get_yticklabels()] == [*task.label_names]
    shown = {(int(text.get_position()[1]), int(text.get_position()[0])): text.get_text() for text in axes.texts}
    assert all(shown[row, 1] == "1.00" for row in range(size))
    assert all(shown[row, 0] == "0.00" for row in range(size))
