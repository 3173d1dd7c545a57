"""What a training run logged, as curves: TensorBoard event files, or CSV histories (`history.csv`, `metrics.csv`).

Knows both forms. Does not know what a logged name means.
"""

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from beadwatch.domain.errors import DatasetError

HISTORIES = ("history.csv", "metrics.csv")
MAX_POINTS = 300
_NOT_CURVES = {"epoch", "step", "hp_metric"}


@dataclass(frozen=True, slots=True)
class Curve:
    """One logged value over the steps or epochs of one run; `run` is its folder, empty for the one that was named."""

    name: str
    run: str
    axis: str
    points: tuple[tuple[float, float], ...]


def read_run(folder: Path) -> tuple[Curve, ...]:
    """Return every curve that was logged in `folder` or below it, by name and run, thinned to a few hundred points.

    Raises:
        DatasetError: no such folder, nothing was logged in it, or a history is damaged.
    """
    if not folder.is_dir():
        raise DatasetError(f"{folder}: no such folder; --run takes the one that `beadwatch train --run` was given")
    found = [
        *(curve for path in sorted(_event_folders(folder)) for curve in _from_events(path, folder)),
        *(curve for name in HISTORIES for path in sorted(folder.rglob(name)) for curve in _from_csv(path, folder)),
    ]
    if not found:
        raise DatasetError(f"{folder}: neither TensorBoard event files nor {' or '.join(HISTORIES)} with numbers in it")
    return tuple(sorted(found, key=lambda curve: (curve.name, curve.run)))


def _event_folders(folder: Path) -> set[Path]:
    return {path.parent for path in folder.rglob("events.out.tfevents.*")}


def _from_events(path: Path, root: Path) -> Iterator[Curve]:
    from tensorboard.backend.event_processing.event_accumulator import (
        SCALARS,
        EventAccumulator,
    )

    events = EventAccumulator(str(path), size_guidance={SCALARS: 0}).Reload()
    for name in events.Tags()[SCALARS]:
        if name not in _NOT_CURVES:
            points = [(float(event.step), float(event.value)) for event in events.Scalars(name)]
            yield from _curve((name, _run(path, root), "step"), points)


def _from_csv(path: Path, root: Path) -> Iterator[Curve]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file, strict=True))
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, csv.Error) as error:
        raise DatasetError(f"{path}: no CSV in UTF-8: {error}") from error
    columns = dict.fromkeys(name for row in rows for name in row if name)
    axis = next((name for name in ("step", "epoch") if name in columns), "row")
    for name in columns:
        if name not in _NOT_CURVES:
            points = [
                (_number(row.get(axis), float(place)), _number(row[name], math.nan)) for place, row in enumerate(rows)
            ]
            yield from _curve((name, _run(path.parent, root), axis), points)


def _number(text: object, otherwise: float) -> float:
    try:
        return float(str(text))
    except ValueError:
        return otherwise


def _run(path: Path, root: Path) -> str:
    name = path.relative_to(root).as_posix()
    return "" if name == "." else name


def _curve(what: tuple[str, str, str], points: list[tuple[float, float]]) -> Iterator[Curve]:
    finite = [point for point in points if all(map(math.isfinite, point))]
    if finite:
        step = math.ceil(len(finite) / MAX_POINTS)
        yield Curve(*what, tuple(islice(finite, 0, None, step)))
