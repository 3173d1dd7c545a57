"""A labelled picture and the hash that names a set of them."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Sample:
    """One labelled picture.

    `labels` are class names; `group` names the weld, run or source photo that this picture shares with its near copies,
    so that a split never has them on both sides; `source` names the data set it came from.
    """

    path: Path
    labels: tuple[str, ...]
    group: str
    source: str


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def manifest_hash(samples: Iterable[Sample], digests: Iterable[str]) -> str:
    """Return the name of a data set: a sha256 over each picture's hash, labels and group.

    It depends neither on file names nor on order, so that the same pictures have the same name everywhere.
    """
    lines = sorted(
        f"{digest} {'|'.join(sorted(sample.labels))} {sample.source}/{sample.group}"
        for sample, digest in zip(samples, digests, strict=True)
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
