"""Answers of a bundle: labelled pictures through the production classifier, one after the other, as they are served.

Reading is not run ahead on threads as elsewhere: the times it reports would be those of a machine that does both. Knows
records and a classifier; the caller hands in how a picture's bytes are read.
"""

import time
from collections.abc import Callable, Sequence

import numpy as np

from beadwatch.datasets.snapshot import DatasetSnapshot, Record
from beadwatch.domain.errors import DatasetError, DecodeError, StoreError
from beadwatch.domain.inspection import Inspection
from beadwatch.domain.labels import Task, TaskKind
from beadwatch.evaluation.answers import Answers, found_in
from beadwatch.imaging.decode import decode
from beadwatch.inference.classifier import Classifier

Read = Callable[[Record], bytes]
ALL = "all"
_LISTED = 5


def choose_records(
    snapshot: DatasetSnapshot, task: Task, split: str | None = None, limit: int | None = None
) -> tuple[str, tuple[Record, ...]]:
    """Return the part of a snapshot that is judged, by name, and its labelled records.

    `split` is a part of the set or `all`; None is `test` where there is one, else all. `limit` takes the first of the
    pictures in the order of their hashes: any class may be among them, and they are the same each time.

    Raises:
        DatasetError: the part is empty or has no labels, or a label that the task does not allow.
    """
    parts = sorted({record.split for record in snapshot.records if record.split})
    split = split or ("test" if "test" in parts else ALL)
    inside = snapshot.records if split == ALL else snapshot.part(split)
    if not inside:
        there = f"it has {', '.join(parts)}" if parts else "it is not split; `beadwatch data split` splits it"
        raise DatasetError(f"no picture in the split {split!r}: {there}")
    labelled = [record for record in inside if record.labels]
    if not labelled:
        raise DatasetError(f"none of the {len(inside)} pictures has a label: nothing to judge answers by")
    _check_labels(labelled, task)
    if limit is not None:
        kept = {id(record) for record in sorted(labelled, key=lambda record: (record.sha256, record.name))[:limit]}
        labelled = [record for record in labelled if id(record) in kept]
    return split, tuple(labelled)


def seen_groups(snapshot: DatasetSnapshot, classifier: Classifier) -> frozenset[str]:
    """Return the groups of the whole snapshot of which the model has learned from any picture."""
    return frozenset(record.group_key for record in snapshot.records if classifier.has_seen(record.sha256))


def answers_of_model(
    classifier: Classifier,
    records: Sequence[Record],
    seen: frozenset[str],
    read: Read,
    tick: Callable[[], None] = lambda: None,
) -> Answers:
    """Ask the model about each record; `seen` are the groups it has learned from, `tick` is called after each picture.

    Raises:
        DatasetError: a picture cannot be read or decoded.
        BundleError: the graph fails.
    """
    task = classifier.card.task
    decode_ms, inspections = [], list[Inspection]()
    for record in records:
        started = time.perf_counter()
        try:
            image = decode(read(record))
        except (StoreError, DecodeError, OSError) as error:
            raise DatasetError(
                f"{record.source}: {record.name!r} cannot be judged: {error}. Import it again"
            ) from error
        decode_ms.append((time.perf_counter() - started) * 1000)
        inspections.append(classifier.inspect(record.name, image))
        tick()
    scores = np.array([inspection.prediction.scores for inspection in inspections], dtype=np.float64)
    distance = np.array([inspection.prediction.distance for inspection in inspections], dtype=np.float64)
    return Answers(
        task=task,
        scores=scores,
        targets=np.array([[name in record.labels for name in task.label_names] for record in records]),
        found=found_in(scores, classifier.card.calibration.thresholds, task),
        distance=distance,
        far=~(distance <= classifier.card.calibration.max_distance),
        dispositions=tuple(inspection.decision.disposition for inspection in inspections),
        groups=tuple(record.group_key for record in records),
        group_seen=np.array([record.group_key in seen for record in records]),
        names=tuple(record.name for record in records),
        sha256s=tuple(record.sha256 for record in records),
        latency_ms=tuple(inspection.latency_ms for inspection in inspections),
        decode_ms=tuple(decode_ms),
    )


def _check_labels(records: Sequence[Record], task: Task) -> None:
    unknown = sorted({label for record in records for label in record.labels} - set(task.label_names))
    if unknown:
        more = ", ..." if len(unknown) > _LISTED else ""
        raise DatasetError(
            f"the set has classes that the model does not know: {', '.join(unknown[:_LISTED])}{more}. It knows "
            f"{', '.join(task.label_names)}; `beadwatch data import --classes` maps names"
        )
    if task.kind is TaskKind.SINGLE_LABEL:
        several = next((record for record in records if len(record.labels) > 1), None)
        if several is not None:
            raise DatasetError(
                f"{several.source}: {several.name!r} has the classes {', '.join(several.labels)}, but "
                f"{task.name!r} answers one class a picture"
            )
