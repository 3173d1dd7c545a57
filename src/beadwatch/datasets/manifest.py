"""The hash that names a set of labelled pictures on the card of a model that learned from it.

Knows hashes of pictures, labels and groups. Its form must not change: it stands on cards that have shipped.
"""

import hashlib
from collections.abc import Iterable

from beadwatch.datasets.sample import Sample


def manifest_hash(samples: Iterable[Sample], digests: Iterable[str]) -> str:
    """Return the name of a data set: a sha256 over each picture's hash, labels and group.

    It depends neither on file names nor on order, so that the same pictures have the same name everywhere.
    """
    lines = sorted(
        f"{digest} {'|'.join(sorted(sample.labels))} {sample.source}/{sample.group}"
        for sample, digest in zip(samples, digests, strict=True)
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
