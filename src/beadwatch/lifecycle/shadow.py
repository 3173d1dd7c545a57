"""A challenger answers beside the champion: each picture that came since it began gets a second answer.

Pictures that were inspected here come first, then those that phones judged. There is no queue: what waits is what the
database says has no second answer yet. So nothing is left out when there is more than the machine can do, whatever
kills the station loses nothing, and who inspects waits for nothing. Does not know where the challenger comes from, nor
when to look.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from beadwatch.domain.errors import BundleError
from beadwatch.inference.classifier import Classifier
from beadwatch.lifecycle.bulk_inspect import Pictures, second_answer

_AT_ONCE = 50
Places = tuple[int, int]  # how far an order was answered: of inspections, and of feedback
_log = logging.getLogger(__name__)


def answer_waiting(
    classifier: Classifier, pictures: Pictures, since: datetime, after: Places, may_go_on: Callable[[], bool]
) -> Places:
    """Answer what waits behind these places, until nothing does or `may_go_on` says no; return the last ones' places.

    A picture that is gone, damaged or too much for the model is noted as failed.

    Raises:
        StoreError: the database or the blob store cannot be read or written.
    """
    task, version = classifier.card.task.name, classifier.card.version
    places = list(after)
    for kind, store in enumerate(pictures.stores):
        while waiting := store.waiting(task, version, places[kind], _AT_ONCE, since):
            for one in waiting:
                if not may_go_on():
                    return places[0], places[1]
                try:
                    changed, body = second_answer(classifier, pictures, one)
                except BundleError as error:
                    _log.error("%s of %s in shadow: %s", version, task, error)
                    changed, body = None, {"error": error.describe()}
                store.append(one.sequence, version, changed, body)
                places[kind] = one.sequence
    return places[0], places[1]
