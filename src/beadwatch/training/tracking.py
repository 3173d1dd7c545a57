"""Where a run writes what happened: TensorBoard files always, an MLflow server or file where one is given.

Both get losses, learning rate, figures of each class, confusion matrices as pictures, the configuration, the snapshot's
hash and the revision of the code. Knows loggers; does not know what is trained.
"""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lightning.pytorch.loggers import Logger, MLFlowLogger, TensorBoardLogger
from torch import Tensor

from beadwatch import __version__
from beadwatch.domain.errors import TrainingError
from beadwatch.domain.labels import Task, TaskKind
from beadwatch.storage.private import make_private_folder

if TYPE_CHECKING:
    from matplotlib.figure import Figure

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
EXPERIMENT = "beadwatch"
_SQLITE = "sqlite:///"
_RUNS_FILE = "mlflow.json"  # which MLflow run belongs to which fit, so that a run that goes on writes to the same one


@dataclass(frozen=True, slots=True)
class FitTrack:
    """The folder and the loggers of one fit."""

    folder: Path | None
    loggers: tuple[Logger, ...]

    def judge(self, logits: Tensor, targets: Tensor, task: Task) -> None:
        """Log the confusion matrix of pictures that were not trained on."""
        if not self.loggers:
            return
        figure = confusion_figure(logits, targets, task)
        for logger in self.loggers:
            if isinstance(logger, TensorBoardLogger):
                logger.experiment.add_figure("confusion", figure)
            elif isinstance(logger, MLFlowLogger):
                logger.experiment.log_figure(logger.run_id, figure, "confusion.png")
            logger.finalize("success")


class Tracker:
    """The loggers of a run's fits, under one parent run in MLflow."""

    def __init__(self, folder: Path | None, uri: str | None, name: str, facts: Mapping[str, Any]) -> None:
        """Open a run's records; `facts` are logged as parameters (nested ones with dots) and say what is trained.

        Without a folder nothing is recorded. `uri` is any MLflow tracking URI.

        Raises:
            TrainingError: the MLflow server cannot be reached or its database not opened.
        """
        self._folder, self._uri, self._name = folder, uri, name
        self._runs: dict[str, str] = {}
        if folder is None or uri is None:
            return
        if uri.startswith(_SQLITE):
            try:
                make_private_folder(Path(uri.removeprefix(_SQLITE)).absolute().parent)
            except OSError as error:
                raise self._unreachable(error) from error
        if (folder / _RUNS_FILE).exists():
            self._runs = json.loads((folder / _RUNS_FILE).read_text(encoding="utf-8"))
        parent = self._mlflow(name)
        parent.log_hyperparams(dict(facts))
        parent.experiment.set_tag(parent.run_id, "beadwatch.revision", code_revision())

    def fit(self, name: str) -> FitTrack:
        """Return folder and loggers of the fit of that name."""
        if self._folder is None:
            return FitTrack(None, ())
        loggers: list[Logger] = [TensorBoardLogger(self._folder, name="", version=name)]
        if self._uri is not None:
            loggers.append(self._mlflow(name))
        return FitTrack(self._folder / name, tuple(loggers))

    def finish(self, figures: Mapping[str, float]) -> None:
        """Log the figures of the whole run."""
        if self._folder is not None and self._uri is not None:
            parent = self._mlflow(self._name)
            parent.log_metrics({name.replace("/", "."): value for name, value in figures.items()})
            parent.finalize("success")

    def _mlflow(self, name: str) -> MLFlowLogger:
        from mlflow.exceptions import MlflowException
        from sqlalchemy.exc import SQLAlchemyError

        assert self._folder is not None
        parent = self._runs.get(self._name)
        try:
            logger = MLFlowLogger(
                EXPERIMENT,
                run_name=name,
                tracking_uri=self._uri,
                run_id=self._runs.get(name),
                tags={"mlflow.parentRunId": parent} if parent else None,
                artifact_location=self._artifacts(),
            )
            run = logger.run_id
        except (MlflowException, SQLAlchemyError, OSError) as error:
            raise self._unreachable(error) from error
        assert run is not None
        self._runs[name] = run
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / _RUNS_FILE).write_text(json.dumps(self._runs), encoding="utf-8")
        return logger

    def _unreachable(self, error: Exception) -> TrainingError:
        return TrainingError(f"MLflow at {self._uri}: {error}. Give another --tracking-uri, or `none`")

    def _artifacts(self) -> str | None:
        """Keep pictures beside an SQLite file; a server knows its own place."""
        if self._uri is None or not self._uri.startswith(_SQLITE):
            return None
        return (Path(self._uri.removeprefix(_SQLITE)).absolute().parent / "mlflow-artifacts").as_uri()


def code_revision() -> str:
    """Return the git revision of the code, with `+` where it was changed since; a version where there is no git."""
    git = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--abbrev=12", "--dirty=+", "--exclude=*"]
    try:
        done = subprocess.run(git, capture_output=True, text=True, timeout=10, check=True)  # noqa: S603  # fixed words
    except (OSError, subprocess.SubprocessError):
        return f"beadwatch {__version__}"
    return done.stdout.strip()


def confusion_figure(logits: Tensor, targets: Tensor, task: Task) -> "Figure":
    """Draw which classes are taken for which: rows are the truth, shares of each row; columns are the answer.

    Single label: the class with the highest score. Multi label: each class with a score over one half, and `none`.
    """
    import numpy as np
    from matplotlib.figure import Figure

    names = task.label_names
    truth = targets.numpy() > 0
    if task.kind is TaskKind.SINGLE_LABEL:
        found = np.eye(len(names), dtype=bool)[logits.argmax(dim=1).numpy()]
    else:
        found = logits.numpy() > 0
        found = np.column_stack([found, ~found.any(axis=1)])
    counts = truth.T.astype(float) @ found
    shares = counts / truth.sum(axis=0)[:, None].clip(1)
    figure = Figure(figsize=(7, 6), layout="constrained")
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    columns = [*names, "none"][: shares.shape[1]]
    axes.set_xticks(range(len(columns)), columns, rotation=45, ha="right")
    axes.set_yticks(range(len(names)), names)
    for (row, column), share in np.ndenumerate(shares):
        axes.text(column, row, f"{share:.2f}", ha="center", va="center", color="white" if share > 0.5 else "black")
    axes.set_ylabel("truth")
    axes.set_xlabel("answer")
    return figure
