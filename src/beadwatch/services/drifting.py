"""Looking for drift between two labelled sets: pictures read, observed by one model, handed to `lifecycle.drift`.

Knows the catalog, folders and bundles. Makes no judgement of its own.
"""

from collections.abc import Callable, Sequence

from beadwatch.datasets.snapshot import Record
from beadwatch.domain.errors import BeadwatchError, DatasetError
from beadwatch.imaging.decode import decode
from beadwatch.inference.classifier import Classifier
from beadwatch.lifecycle.observations import Observations, gather, observe
from beadwatch.services.labelled_data import LabelledData


def chosen(data: LabelledData, limit: int | None) -> tuple[Record, ...]:
    """Return the pictures of a set; `limit` takes the first in the order of their hashes, the same each time."""
    if limit is None:
        return data.snapshot.records
    return tuple(sorted(data.snapshot.records, key=lambda record: (record.sha256, record.name))[:limit])


def observe_records(
    classifier: Classifier, records: Sequence[Record], read: Callable[[str], bytes], tick: Callable[[], None]
) -> Observations:
    """Return what the model sees and says of these pictures; labels only if each of them has some.

    A picture without a group stands alone, which takes near copies for independent evidence. `tick` is called after
    each picture.

    Raises:
        DatasetError: no picture, one that cannot be read, or a class that the model does not know.
        BundleError: the graph fails.
    """
    seen = []
    for record in records:
        try:
            image = decode(read(record.sha256))
        except (BeadwatchError, OSError) as error:
            raise DatasetError(f"{record.source}: {record.name!r} cannot be read: {error}. Import it again") from error
        seen.append(observe(classifier, image))
        tick()
    labels = [record.labels for record in records]
    return gather(
        classifier.card.task,
        seen,
        [record.name for record in records],
        [record.group_key for record in records],
        labels if all(labels) else None,
    )
