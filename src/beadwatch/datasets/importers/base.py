"""What every importer is: a layout that it recognises, and samples that it reads from it.

A problem is tied to a file, and to a line where there is one. Whether the first problem ends the import or is collected
is decided by the `Problems` that the caller hands in, not by the importer.

When problems are skipped, what stays must be true: a picture whose classes cannot all be read is left out, for it would
else count as one without them. Where only the place of a class cannot be read, the class stays, without a place.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from beadwatch.datasets.sample import Sample
from beadwatch.domain.errors import DatasetError
from beadwatch.domain.text import cleaned, valid_text


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a data set: which file, which line (from 1) if there is one, what, and what to do."""

    file: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        """Return the problem as one line for a person."""
        return f"{self.file}{f', line {self.line}' if self.line else ''}: {self.message}"


@dataclass(slots=True)
class Problems:
    """Collects problems, or ends the import at the first one (`skip=False`)."""

    skip: bool = False
    found: list[Problem] = field(default_factory=list)

    def report(self, file: Path, message: str, line: int | None = None) -> None:
        """Note a problem; the importer goes on without what it is about.

        Raises:
            DatasetError: problems are not to be skipped.
        """
        problem = Problem(valid_text(file), valid_text(message), line)
        if not self.skip:
            raise DatasetError(f"{problem}. --on-error skip goes on without it")
        self.found.append(problem)

    def at(self, file: Path, line: int | None = None) -> "Spot":
        """Return the place that problems are then reported for."""
        return Spot(self, file, line)


@dataclass(frozen=True, slots=True)
class Spot:
    """A file, and a line in it (from 1) if there is one, that problems are reported for."""

    problems: Problems
    file: Path
    line: int | None = None

    def report(self, message: str) -> None:
        """Note a problem here; see `Problems.report`."""
        self.problems.report(self.file, message, self.line)

    def __str__(self) -> str:
        """Return file name and line for a message about another place."""
        return f"{self.file.name!r}{f', line {self.line}' if self.line else ''}"


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What a person may say about a set: its name, its classes by Beadwatch's names, what to take from videos.

    `classes` maps the set's names to ours; a class that is not in it keeps its name, one mapped to None is left out.
    `frames_dir` receives the frames of videos as PNG files, `frames_per_s` of them for each second.
    """

    source: str
    classes: Mapping[str, str | None] = field(default_factory=dict)
    frames_dir: Path | None = None
    frames_per_s: float = 2.0

    def __post_init__(self) -> None:
        if not self.source.strip():
            raise DatasetError("a data set needs a name")
        if not (math.isfinite(self.frames_per_s) and self.frames_per_s > 0):
            raise DatasetError(f"{self.frames_per_s} frames for each second of video: needs a number above 0")

    def our_name(self, name: str) -> str | None:
        """Return our name for a class of the set: looked up as it stands, then without regard to case and spaces.

        A class that is not mapped keeps its name, trimmed and in lower case. None: it is to be left out.
        """
        if name in self.classes:
            return self.classes[name]
        plain = plain_name(name)
        mapped = {plain_name(foreign): ours for foreign, ours in self.classes.items()}
        return mapped.get(plain, plain)


def plain_name(name: str) -> str:
    """Return a class name in lower case with single spaces, and nothing in it but writing."""
    return cleaned(" ".join(name.lower().split()))


_SPLIT_NAMES = {"train": "train", "training": "train", "valid": "valid", "val": "valid", "validation": "valid"}
_SPLIT_NAMES |= {"test": "test", "testing": "test"}


def split_named(folder: str) -> str | None:
    """Return `train`, `valid` or `test` for a folder that is named like one of them, else None."""
    return _SPLIT_NAMES.get(folder.strip().lower())


class Importer(Protocol):
    """Reads one layout."""

    name: str
    layout: str

    def recognises(self, root: Path) -> bool:
        """Say whether `root` is laid out like this, by names only, without reading pictures."""
        ...

    def read(self, root: Path, options: ImportOptions, problems: Problems) -> Iterator[Sample]:
        """Yield the samples in a fixed order, each picture once.

        Raises:
            DatasetError: the layout as a whole is broken, or a problem while problems are not to be skipped.
        """
        ...
