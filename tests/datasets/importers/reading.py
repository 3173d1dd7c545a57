"""Reads a folder both ways that a person can ask for, and tells what came of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from beadwatch.datasets.importers import Importer, ImportOptions, Problems
from beadwatch.datasets.importers.tree import Tree
from beadwatch.datasets.sample import Sample
from beadwatch.domain.errors import DatasetError

OPTIONS = ImportOptions("set")


def touched(path: Path) -> Path:
    """Return a file that importers must not open."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"never opened")
    return path


def written(path: Path, text: str | bytes) -> Path:
    """Return a file of that text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(importer: Importer, root: Path, options: ImportOptions = OPTIONS, **changes: object) -> list[Sample]:
    """Return the samples of a set in which nothing is wrong."""
    return list(importer.read(Tree(root, Problems()), replace(options, **changes)))  # type: ignore[arg-type]


def labels_by_name(samples: list[Sample]) -> dict[str, tuple[str, ...]]:
    """Return the classes of each picture by its file name."""
    found = {sample.path.name: sample.labels for sample in samples}
    assert len(found) == len(samples)
    return found


def read_with_problem(
    importer: Importer, root: Path, says: str, file: str, line: int | None = None, options: ImportOptions = OPTIONS
) -> list[Sample]:
    """Check that the set is refused for `says`, at `file` and `line`, and return what is read when that is skipped."""
    with pytest.raises(DatasetError, match=says):
        list(importer.read(Tree(root, Problems()), options))
    problems = Problems(skip=True)
    samples = list(importer.read(Tree(root, problems), options))
    matching = [problem for problem in problems.found if says.replace("\\", "") in problem.message]
    assert matching, [str(problem) for problem in problems.found]
    assert matching[0].file == str(root / file)
    assert matching[0].line == line
    return samples
