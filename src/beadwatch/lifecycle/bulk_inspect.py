"""Stored pictures, inspected here or judged on phones, inspected again with another model: what it answers otherwise.

Each answer is stored by itself before the next picture is looked at: whatever kills this, doing it again goes on where
it was, and nothing is answered twice. Does not know which models there are.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from beadwatch.domain.errors import BundleError, DecodeError, StoreError
from beadwatch.domain.second_answers import difference, gravity_of
from beadwatch.imaging.decode import decode
from beadwatch.inference.classifier import Classifier
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.feedback_answer_store import FeedbackAnswerStore
from beadwatch.storage.reinspection_store import ReinspectionStore, Waiting

_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Pictures:
    """Where first answers with their pictures are, and where second answers go.

    `answering` gives a task's model that answers here, which phones have too, where there is one.
    """

    inspections: ReinspectionStore
    feedback: FeedbackAnswerStore
    blobs: BlobStore
    answering: Callable[[str], Classifier | None] = lambda _: None

    @property
    def stores(self) -> tuple[ReinspectionStore | FeedbackAnswerStore, ...]:
        """The stores in the order of work: a picture whose inspection is answered counts as that."""
        return self.inspections, self.feedback


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What came of it: how many were looked at this time, and how the version's answers stand in all."""

    version: str
    inspected: int
    same: int
    changed: int
    failed: int

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {name: getattr(self, name) for name in self.__slots__}


def bulk_inspect(classifier: Classifier, pictures: Pictures) -> BulkResult:
    """Inspect all stored pictures of the model's task that another version judged; a bad picture is noted as failed.

    Those that phones judged and sent as feedback come after those that were inspected here.

    Raises:
        StoreError: the database or the blob store cannot be read or written.
        BundleError: the model fails.
    """
    task, version = classifier.card.task.name, classifier.card.version
    inspected, counts = 0, Counter[str]()
    for store in pictures.stores:
        after = 0
        while waiting := store.waiting(task, version, after, _AT_ONCE):
            for one in waiting:
                changed, body = second_answer(classifier, pictures, one)
                inspected += store.append(one.sequence, version, changed, body)
                after = one.sequence
        counts.update(store.count(task, version))
    return BulkResult(version, inspected, counts["same"], counts["changed"], counts["failed"])


def second_answer(classifier: Classifier, pictures: Pictures, one: Waiting) -> tuple[bool | None, dict[str, Any]]:
    """Inspect one picture again; return whether the answer changed, None where there can be none, and what is stored.

    Raises:
        StoreError: the blob store is away.
        BundleError: the model fails.
    """
    try:
        image = decode(pictures.blobs.get(one.body["sha256"]))
    except (DecodeError, StoreError) as error:
        pictures.blobs.check()  # this picture is gone or damaged: or is the whole store away for now?
        return None, {"error": error.describe()}
    try:
        now = classifier.inspect(one.body["path"], image).to_dict()
    except BundleError as error:
        raise BundleError(f"picture of {one.id}: {error}") from error
    found = difference(one.body, now)
    body = {"difference": found, "inspection": now}
    if "disposition" not in one.body:
        body |= _beside_a_phone(classifier, pictures, one.body, now)
    return bool(found), body


def _beside_a_phone(
    classifier: Classifier, pictures: Pictures, before: dict[str, Any], now: dict[str, Any]
) -> dict[str, Any]:
    """Return what a phone's answer does not say: how far apart the classes are, and if its model knew the picture.

    The latter is None unless the model that answers here is of the same version.
    """
    task, champion = classifier.card.task, pictures.answering(classifier.card.task.name)
    same = champion is not None and champion.card.version == before["model_version"]
    return {
        "gravity": gravity_of(task, before["labels"], now["labels"]),
        "seen_before": champion.has_seen(before["sha256"]) if champion is not None and same else None,
    }
