"""A challenger answers beside the champion: each picture that was inspected since it began gets a second answer.

There is no queue: what waits is what the database says has no second answer yet. So nothing is left out when there is
more than the machine can do, whatever kills the station loses nothing, and who inspects waits for nothing. Does not
know where the challenger comes from, nor when to look.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from beadwatch.domain.errors import BundleError
from beadwatch.inference.classifier import Classifier
from beadwatch.lifecycle.bulk_inspect import second_answer
from beadwatch.store.blobs import BlobStore
from beadwatch.store.reinspection_store import ReinspectionStore

_AT_ONCE = 50
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pictures:
    """Where inspections with their pictures are, and where second answers go."""

    store: ReinspectionStore
    blobs: BlobStore


def answer_waiting(
    classifier: Classifier, pictures: Pictures, since: datetime, after: int, may_go_on: Callable[[], bool]
) -> int:
    """Answer what waits behind one in order, until nothing does or `may_go_on` says no; return the last one's place.

    A picture that is gone, damaged or too much for the model is noted as failed.

    Raises:
        StoreError: the database or the blob store cannot be read or written.
    """
    task, version = classifier.card.task.name, classifier.card.version
    while waiting := pictures.store.waiting(task, version, after, _AT_ONCE, since):
        for one in waiting:
            if not may_go_on():
                return after
            try:
                changed, body = second_answer(classifier, pictures.blobs, one)
            except BundleError as error:
                _log.error("%s of %s in shadow: %s", version, task, error)
                changed, body = None, {"error": error.describe()}
            pictures.store.append(one.sequence, version, changed, body)
            after = one.sequence
    return after
