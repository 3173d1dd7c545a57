"""Evaluating: a model or kept answers, and a data set or a folder, put together for the room `evaluation`.

Knows the catalog, blobs, folders and bundles. Makes no judgement of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from beadwatch.datasets.snapshot import Record
from beadwatch.domain.errors import BeadwatchError, DatasetError
from beadwatch.domain.labels import TASKS
from beadwatch.evaluation.answers import Answers
from beadwatch.evaluation.bootstrap import RESAMPLES
from beadwatch.evaluation.exhibits import Exhibit, Exhibits
from beadwatch.evaluation.from_model import ALL, choose_records
from beadwatch.evaluation.report import Strangers, Subject
from beadwatch.imaging.decode import decode
from beadwatch.imaging.preprocess import preprocess
from beadwatch.imaging.preview import thumbnail
from beadwatch.inference.bundle import SEEN_FILE
from beadwatch.inference.classifier import Classifier
from beadwatch.services.labelled_data import LabelledData
from beadwatch.services.picture_files import find_pictures

_THUMBNAIL_PX = 240
_INTERVALS = f"95 % intervals by resampling whole groups {RESAMPLES:,} times"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The part of a set that is judged, and how that is told."""

    records: tuple[Record, ...]
    subject: Subject


def choose(labelled: LabelledData, classifier: Classifier, split: str | None, limit: int | None) -> Chosen:
    """Return what is to be judged; see `choose_records`."""
    card = classifier.card
    part, records = choose_records(labelled.snapshot, card.task, split, limit)
    inside = labelled.snapshot.records if part == ALL else labelled.snapshot.part(part)
    with_label = sum(bool(record.labels) for record in inside)
    limits = [f"The card of {card.name} has the figures of its recipe on groups held out: {card.metrics.protocol}."]
    if with_label < len(inside):
        limits.append(f"{len(inside) - with_label:,} pictures without a label are left out.")
    if len(records) < with_label:
        limits.append(f"{len(records):,} of {with_label:,} pictures, as --limit asks.")
    doubts = () if SEEN_FILE in card.files else ("the bundle does not say which pictures the model has learned from",)
    subject = Subject(
        model=f"{card.name} {card.version}",
        data=f"{labelled.name}, {part}",
        snapshot=labelled.snapshot.hash,
        protocol=f"the exported graph through the production classifier, as its card sets it; {_INTERVALS}",
        created=_now(),
        ungrouped=sum(record.group is None for record in records),
        doubts=doubts,
        limits=tuple(limits),
    )
    return Chosen(records, subject)


def kept_answers(path: Path, task_name: str) -> tuple[Answers, Subject]:
    """Return the answers that a cross-validation kept.

    Raises:
        DatasetError: no such task, or no such file; see `read_held_out`.
    """
    if task_name not in TASKS:
        raise DatasetError(f"no task {task_name!r}; there are {', '.join(TASKS)}")
    from beadwatch.training.held_out import answers_of_held_out, read_held_out

    held_out = read_held_out(path, TASKS[task_name])
    answers = answers_of_held_out(held_out, TASKS[task_name])
    subject = Subject(
        model=f"{task_name}, cross-validated",
        data=f"{path.parent.name}/{path.name}",
        snapshot="",
        protocol=f"{len(set(held_out.fold.tolist()))}-fold cross-validation, whole groups held out; temperature, "
        f"thresholds and limits chosen on the other folds; {_INTERVALS}",
        created=_now(),
        limits=("Figures of the recipe: each fold has a network of its own, and none of them is the one that ships.",),
    )
    return answers, subject


def look_at_strangers(classifier: Classifier, folder: Path, tick: Callable[[], None] = lambda: None) -> Strangers:
    """Return how far the pictures of a folder are from those that the model knows.

    Raises:
        BeadwatchError: no picture there, or one cannot be read.
    """
    distances = []
    seen = 0
    for found in find_pictures([folder], recursive=True):
        if found.error is not None:
            raise DatasetError(f"{found.path}: {found.error}")
        try:
            image = decode(found.path.read_bytes())
        except (BeadwatchError, OSError) as error:
            raise DatasetError(f"{found.path}: {error}") from error
        distances.append(classifier.classify(preprocess(image, classifier.card.preprocess)).distance)
        seen += classifier.has_seen(image.sha256)
        tick()
    distance = np.array(distances, dtype=np.float64)
    known = f"; the model has learned from {seen:,} of them" if seen else ""
    return Strangers(f"{folder.name}{known}", distance, ~(distance <= classifier.card.calibration.max_distance))


def thumbnails(exhibits: Exhibits, read: Callable[[Exhibit], bytes]) -> dict[int, bytes]:
    """Return small JPEG files by row; one that cannot be read is left out, and the page says so."""
    found = {}
    for exhibit in exhibits.all:
        try:
            found[exhibit.row] = thumbnail(decode(read(exhibit)), _THUMBNAIL_PX)
        except (BeadwatchError, OSError):
            continue
    return found


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
