"""Answers of a grouped cross-validation: what each fold's network said of the pictures that it had not learned from.

Temperature, thresholds and limits are cross-fitted: each fold is judged by what the other folds' answers chose, through
the production decision. Knows `held-out.npz` and its checks. Does not know networks.
"""

import pickle
import zipfile
import zlib
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from beadwatch.domain.errors import DatasetError
from beadwatch.domain.labels import Disposition, Task, TaskKind
from beadwatch.domain.prediction import Prediction
from beadwatch.evaluation.answers import Answers, Flags, found_in
from beadwatch.inference.decision import decide
from beadwatch.training.calibrate import DEFAULT, CalibrationOptions, calibrate, probabilities
from beadwatch.training.cross_validate import HeldOut

_NEEDED = ("logits", "targets", "distance", "fold", "groups")
_NAMES = ("names", "sha256s")


def read_held_out(path: Path, task: Task) -> HeldOut:
    """Read what `beadwatch train --run` kept: the answers, and which pictures they are of where it says so.

    Nothing is unpickled.

    Raises:
        DatasetError: it is missing or no such file, holds a pickle, or its arrays do not fit each other or the task.
    """
    arrays = _arrays(path)
    missing = [name for name in _NEEDED if name not in arrays]
    if missing:
        raise DatasetError(f"{path}: lacks {', '.join(missing)}; `beadwatch train --run` writes a whole one")
    try:
        _check(arrays, task)
    except (ValueError, TypeError) as error:
        raise DatasetError(f"{path}: {error}") from error
    known = {field.name for field in fields(HeldOut)} & set(arrays)
    values: dict[str, Any] = {name: arrays[name] for name in known}
    values |= {name: arrays[name].astype(np.float64) for name in ("logits", "targets", "distance")}
    values |= {"fold": arrays["fold"].astype(np.int64), "groups": tuple(arrays["groups"].astype(str).tolist())}
    values |= {name: tuple(arrays[name].astype(str).tolist()) for name in _NAMES if name in arrays}
    return HeldOut(**values)


def answers_of_held_out(held_out: HeldOut, task: Task, options: CalibrationOptions = DEFAULT) -> Answers:
    """Return the answers, each fold judged by the others' calibration.

    A group that stands in several folds counts as seen: each of its pictures was scored by a network that had learned
    from another one.
    """
    shape = held_out.logits.shape
    scores, found, far = np.empty(shape), np.zeros(shape, dtype=bool), np.zeros(shape[0], dtype=bool)
    dispositions = [Disposition.REVIEW] * shape[0]
    for fold in np.unique(held_out.fold):
        inside = held_out.fold == fold
        chosen = calibrate(_without(held_out, inside), task, options)
        scores[inside] = probabilities(held_out.logits[inside], chosen.temperature, task.kind)
        found[inside] = found_in(scores[inside], chosen.thresholds, task)
        far[inside] = ~(held_out.distance[inside] <= chosen.max_distance)
        for row in np.flatnonzero(inside):
            prediction = Prediction(task, tuple(scores[row].tolist()), float(held_out.distance[row]))
            dispositions[row] = decide(prediction, chosen).disposition
    folds_of: dict[str, set[int]] = {}
    for group, fold in zip(held_out.groups, held_out.fold.tolist(), strict=True):
        folds_of.setdefault(group, set()).add(fold)
    return Answers(
        task=task,
        scores=scores,
        targets=held_out.targets > 0,
        found=found,
        distance=held_out.distance,
        far=far,
        dispositions=tuple(dispositions),
        groups=held_out.groups,
        group_seen=np.array([len(folds_of[group]) > 1 for group in held_out.groups]),
        names=held_out.names,
        sha256s=held_out.sha256s,
    )


def _arrays(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            archive = np.load(file, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise DatasetError(f"{path}: a single array; needs the .npz that `beadwatch train --run` writes")
            return {name: archive[name] for name in archive.files}
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error, pickle.UnpicklingError) as error:
        raise DatasetError(f"{path}: no .npz of plain arrays (pickles are not read): {error}") from error


def _check(arrays: dict[str, Any], task: Task) -> None:
    """Raise `ValueError` unless the arrays fit each other and the task."""
    logits, targets, fold = arrays["logits"], arrays["targets"], arrays["fold"]
    pictures, classes = len(arrays["groups"]), len(task.labels)
    for name, shape in {
        "logits": (pictures, classes), "targets": (pictures, classes), "distance": (pictures,), "fold": (pictures,),
        "groups": (pictures,), **{name: (pictures,) for name in _NAMES if name in arrays},
    }.items():  # fmt: skip
        if arrays[name].shape != shape:
            raise ValueError(
                f"{name} has the shape {arrays[name].shape}, but {pictures} groups and the {classes} classes of "
                f"{task.name!r} ask for {shape}"
            )
    if not (np.isfinite(logits).all() and np.isfinite(arrays["distance"]).all()):
        raise ValueError("logits or distance are not finite")
    if not np.isin(targets, [0, 1]).all():
        raise ValueError("targets must be 0 or 1")
    if task.kind is TaskKind.SINGLE_LABEL and not (targets.sum(axis=1) == 1).all():
        raise ValueError(f"each picture needs one class, since {task.name!r} answers one")
    if fold.dtype.kind not in "iu" or len(np.unique(fold)) < 2:
        raise ValueError("fold must be whole numbers, at least two of them: each is judged by the others' choice")


def _without(held_out: HeldOut, inside: Flags) -> HeldOut:
    kept: dict[str, Any] = {}
    for field in fields(held_out):
        values = getattr(held_out, field.name)
        if isinstance(values, tuple) and values:
            kept[field.name] = tuple(value for value, leave in zip(values, inside, strict=True) if not leave)
        elif isinstance(values, np.ndarray):
            kept[field.name] = values[~inside]
    return replace(held_out, **kept)
