"""Stored pictures inspected again with another model, and what it answers otherwise.

Each answer is stored by itself before the next picture is looked at: whatever kills this, doing it again goes on where
it was, and nothing is answered twice. Does not know which models there are.
"""

from dataclasses import dataclass
from typing import Any

from beadwatch.domain.errors import BundleError, DecodeError, StoreError
from beadwatch.domain.second_answers import difference
from beadwatch.imaging.decode import decode
from beadwatch.inference.classifier import Classifier
from beadwatch.store.blobs import BlobStore
from beadwatch.store.reinspection_store import ReinspectionStore, Waiting

_AT_ONCE = 200


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


def bulk_inspect(classifier: Classifier, store: ReinspectionStore, blobs: BlobStore) -> BulkResult:
    """Inspect all stored pictures of the model's task that another version judged; a bad picture is noted as failed.

    Raises:
        StoreError: the database or the blob store cannot be read or written.
        BundleError: the model fails.
    """
    task, version = classifier.card.task.name, classifier.card.version
    inspected = after = 0
    while waiting := store.waiting(task, version, after, _AT_ONCE):
        for one in waiting:
            changed, body = second_answer(classifier, blobs, one)
            inspected += store.append(one.sequence, version, changed, body)
            after = one.sequence
    return BulkResult(version, inspected, **store.count(task, version))


def second_answer(classifier: Classifier, blobs: BlobStore, one: Waiting) -> tuple[bool | None, dict[str, Any]]:
    """Inspect one picture again; return whether the answer changed, None where there can be none, and what is stored.

    Raises:
        StoreError: the blob store is away.
        BundleError: the model fails.
    """
    try:
        image = decode(blobs.get(one.body["sha256"]))
    except (DecodeError, StoreError) as error:
        blobs.check()  # this picture is gone or damaged: or is the whole store away for now?
        return None, {"error": error.describe()}
    try:
        now = classifier.inspect(one.body["path"], image).to_dict()
    except BundleError as error:
        raise BundleError(f"inspection {one.id}: {error}") from error
    found = difference(one.body, now)
    return bool(found), {"difference": found, "inspection": now}
