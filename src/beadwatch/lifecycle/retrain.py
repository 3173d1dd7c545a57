"""Retraining: from the champion's weights, on old and new pictures, to a challenger and the answers that judge both.

Answers are those of the exported bundles through the production classifier, on the frozen test part and on what was
held out of the new. Makes no judgement: the gate does. Torch is imported by `retrain` alone.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from beadwatch.datasets.sample import file_sha256
from beadwatch.datasets.snapshot import DatasetSnapshot, Record
from beadwatch.domain.errors import BeadwatchError, BundleError, DatasetError, TrainingError
from beadwatch.domain.labels import Task
from beadwatch.imaging.decode import decode
from beadwatch.imaging.preprocess import preprocess
from beadwatch.inference.bundle import load_bundle
from beadwatch.inference.classifier import Classifier
from beadwatch.lifecycle.collect import SOURCE, Read

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
_WEIGHTS = "final/weights.safetensors"


@dataclass(frozen=True, slots=True)
class RetrainLimits:
    """From how many new groups on it is worth retraining, by itself and after a drift."""

    min_new_groups: int = 30
    min_new_groups_after_drift: int = 8


def due(drifted: bool, new_groups: int, limits: RetrainLimits) -> tuple[bool, str]:
    """Say whether to retrain, and why or why not. `new_groups` are those that the champion has not learned from."""
    wanted = limits.min_new_groups_after_drift if drifted else limits.min_new_groups
    drift = "the data drifted" if drifted else "no drift"
    if new_groups >= wanted:
        return True, f"{drift}, and there are {new_groups} new groups ({wanted} are enough)"
    return False, f"{drift}, but there are only {new_groups} new groups; {wanted} are needed: label and review more"


@dataclass(frozen=True, slots=True)
class Champion:
    """The model that is to be beaten: its bundle, and the folder of the run that made it (`beadwatch train --run`)."""

    bundle: Path
    run: Path

    @property
    def weights(self) -> Path:
        """The weights of the whole network."""
        return self.run / _WEIGHTS


@dataclass(frozen=True, slots=True)
class RetrainOptions:
    """How a challenger is made: briefly and gently, since it starts from what works (docs/experiments.md has figures).

    `method` is `network`, or `linear` for a new head on the champion's features, in seconds on a CPU. The champion's
    recipe holds but for `epochs`, and its learning rate times `lr_scale`. `int8` and `tflite` as in `RunPlan`.
    """

    method: Literal["network", "linear"] = "network"
    epochs: int = 4
    lr_scale: float = 0.3
    folds: int = 3
    seed: int = 0
    accelerator: str = "auto"
    tracking_uri: str | None = None
    int8: bool = False
    tflite: bool = False


@dataclass(frozen=True, eq=False)
class Comparison:
    """What both models say of the same N pictures of C classes; rows agree across all fields.

    Scores are float N x C, calibrated; `truth` is bool N x C; `groups` and `names` are str N. `seen` (bool N) marks
    pictures of groups that either has learned from, by which neither can be judged. `challenger_ms` and `champion_ms`
    (float N) are the times of preprocessing and inference, taken in turn.
    """

    challenger: Floats
    champion: Floats
    truth: Flags
    groups: npt.NDArray[np.str_]
    names: npt.NDArray[np.str_]
    seen: Flags
    challenger_ms: Floats
    champion_ms: Floats

    def __len__(self) -> int:
        """Return N."""
        return len(self.truth)


@dataclass(frozen=True, slots=True)
class RetrainResult:
    """A challenger, what it was made of, and what is needed to judge it."""

    task: Task
    bundle: Path
    run: Path
    version: str
    champion_version: str
    snapshot: str
    test: Comparison
    new: Comparison

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values, without the arrays."""
        return {
            "task": self.task.name,
            "bundle": self.bundle.name,
            "run": self.run.name,
            "version": self.version,
            "champion_version": self.champion_version,
            "snapshot": self.snapshot,
            "test_pictures": len(self.test),
            "new_pictures": len(self.new),
            "seen_pictures": int(self.test.seen.sum() + self.new.seen.sum()),
        }


@dataclass(frozen=True, slots=True)
class RetrainData:
    """The collected snapshot, how to read a picture by its sha256, and the snapshot that the champion learned from.

    Without `since`, all collected pictures count as new.
    """

    snapshot: DatasetSnapshot
    read: Read
    since: DatasetSnapshot | None = None


def new_pictures(snapshot: DatasetSnapshot, since: DatasetSnapshot | None) -> tuple[Record, ...]:
    """Return what was collected from feedback, without what `since` held already."""
    known = {record.sha256 for record in since.records} if since else set()
    return tuple(each for each in snapshot.records if each.source == SOURCE and each.sha256 not in known)


def held_out_pictures(snapshot: DatasetSnapshot) -> tuple[Record, ...]:
    """Return all that was collected and held out: no model is ever trained on it."""
    return tuple(each for each in snapshot.records if each.source == SOURCE and each.split == "valid")


def retrain(
    data: RetrainData,
    champion: Champion,
    options: RetrainOptions,
    run: Path,
    target: Path,
    announce: Callable[[str], None] = print,
) -> RetrainResult:
    """Train a challenger from the champion's weights into the bundle folder `target`, and ask both models.

    `run` is its run's folder. Killed, the same call goes on from there; a bundle in `target` that was made of the same
    snapshot by the same run stays.

    Raises:
        TrainingError: the champion's run is not there, or training fails.
        BundleError: the champion's bundle is refused.
        DatasetError: a picture cannot be read, or there is nothing to judge by.
    """
    old = Classifier(load_bundle(champion.bundle))
    if not champion.weights.exists():
        raise TrainingError(
            f"{champion.weights}: the champion's weights are not there, so nothing can start from them: "
            "keep the run folder of `beadwatch train --run`, and name it"
        )
    fresh = {record.sha256 for record in new_pictures(data.snapshot, data.since)}
    judged_new = [record for record in held_out_pictures(data.snapshot) if record.sha256 in fresh]
    judged_test = [record for record in data.snapshot.part("test") if record.labels]
    if not judged_test:
        raise DatasetError("no labelled picture in the frozen test part: nothing to judge a challenger by")
    new = _finished(target, data.snapshot, run)
    if new is None:
        _train(data, (champion, old), options, (run, target), announce)
        new = Classifier(load_bundle(target))
    models = (new, old)
    seen = {each.group_key for each in data.snapshot.records if any(model.has_seen(each.sha256) for model in models)}
    announce(f"asking both models about {len(judged_test)} test pictures and {len(judged_new)} new ones")
    return RetrainResult(
        task=new.card.task,
        bundle=target,
        run=run,
        version=new.card.version,
        champion_version=old.card.version,
        snapshot=data.snapshot.hash,
        test=compare(models, judged_test, data.read, seen),
        new=compare(models, judged_new, data.read, seen),
    )


def compare(models: tuple[Classifier, Classifier], records: Sequence[Record], read: Read, seen: set[str]) -> Comparison:
    """Ask challenger and champion about the same pictures; `seen` are the groups that either has learned from.

    Raises:
        DatasetError: a picture cannot be read.
        BundleError: the models answer different classes, or one fails.
    """
    task = models[0].card.task
    if models[1].card.task.label_names != task.label_names:
        raise BundleError(f"challenger and champion of {task.name!r} answer different classes: they cannot be compared")
    scores, times = np.empty((2, len(records), len(task.labels))), np.empty((2, len(records)))
    for row, record in enumerate(records):
        try:
            image = decode(read(record.sha256))
        except (BeadwatchError, OSError) as error:
            raise DatasetError(f"{record.source}: {record.name!r} cannot be judged: {error}") from error
        for number, model in enumerate(models):
            started = time.perf_counter()
            scores[number, row] = model.classify(preprocess(image, model.card.preprocess)).scores
            times[number, row] = (time.perf_counter() - started) * 1000
    truth = [[name in record.labels for name in task.label_names] for record in records]
    return Comparison(
        challenger=scores[0],
        champion=scores[1],
        truth=np.array(truth, dtype=np.bool_).reshape(len(records), len(task.labels)),
        groups=np.array([record.group_key for record in records], dtype=np.str_),
        names=np.array([f"{record.source}/{record.name}" for record in records], dtype=np.str_),
        seen=np.array([record.group_key in seen for record in records], dtype=np.bool_),
        challenger_ms=times[0],
        champion_ms=times[1],
    )


def _finished(target: Path, snapshot: DatasetSnapshot, run: Path) -> Classifier | None:
    """Return the challenger where it was finished before."""
    if not target.exists() or not (run / _WEIGHTS).exists():
        return None
    found = Classifier(load_bundle(target))
    return found if found.card.dataset.get("snapshot") == snapshot.hash else None


def _train(
    data: RetrainData,
    known: tuple[Champion, Classifier],
    options: RetrainOptions,
    places: tuple[Path, Path],
    announce: Callable[[str], None],
) -> None:
    from beadwatch.training.continuation import Earlier
    from beadwatch.training.fit import Hardware
    from beadwatch.training.held_out import read_held_out
    from beadwatch.training.pipeline import RunPlan, TrainingData, train
    from beadwatch.training.run_folder import HELD_OUT_FILE, read_run

    champion, old = known
    before = read_run(champion.run).config
    config = replace(
        before,
        start_from=champion.weights,
        method=options.method,
        epochs=options.epochs,
        lr=before.lr * options.lr_scale,
        seed=options.seed,
    )
    kept = champion.run / HELD_OUT_FILE
    seen = frozenset(each.sha256 for each in data.snapshot.records if old.has_seen(each.sha256))
    left_out = frozenset(each.sha256 for each in held_out_pictures(data.snapshot))
    answers = read_held_out(kept, config.task) if kept.exists() else None
    earlier = Earlier(seen, answers, left_out, file_sha256(champion.weights))
    plan = RunPlan(
        folds=options.folds,
        folder=places[0],
        tracking_uri=options.tracking_uri,
        hardware=Hardware(options.accelerator),
        int8=options.int8,
        tflite=options.tflite,
        earlier=earlier,
    )
    train(TrainingData(data.snapshot, data.read), config, plan, places[1], announce)
