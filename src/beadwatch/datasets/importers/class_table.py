"""Roboflow's multi-label table `_classes.csv`: a column for each class, and 0 or 1 for each picture.

Knows one table. Does not know of places, nor what a picture is that the table does not list.
"""

from dataclasses import dataclass
from pathlib import Path

from beadwatch.datasets.importers.base import ImportOptions
from beadwatch.datasets.importers.documents import Row, read_table
from beadwatch.datasets.importers.tree import Tree
from beadwatch.datasets.sample import Annotation, labelled

NAME = "_classes.csv"


@dataclass(frozen=True, slots=True)
class ClassTable:
    """What a table says of the pictures in or below `images`: None for one whose classes cannot all be read."""

    images: Path
    labels: dict[Path, tuple[Annotation, ...] | None]
    broken: bool = False


def has_table(tree: Tree) -> bool:
    """Say whether there is a table in a set's folder, in a part of it, or among the part's pictures."""
    return any(NAME in tree.files(folder) for folder in tree.walk())


def read_class_tables(tree: Tree, options: ImportOptions) -> list[ClassTable]:
    """Return the tables of a set, in order."""
    return [_read(tree, folder, options) for folder in tree.walk() if NAME in tree.files(folder)]


def _read(tree: Tree, folder: Path, options: ImportOptions) -> ClassTable:
    file = tree.files(folder)[NAME]
    images = tree.folder_like(folder, "images") or folder
    tree.use(file)
    rows = read_table(file, ("filename",), tree.problems)
    if rows is None:
        return ClassTable(images, {}, broken=True)
    table: dict[Path, tuple[Annotation, ...] | None] = {}
    first: dict[Path, Row] = {}
    for row in rows:
        picture = tree.find_picture(images, row.cells.get("filename", ""), row.spot)
        if picture is None:
            continue
        labels = _flagged(row, options)
        if picture in first:
            row.spot.report(f"{picture.name!r} stands in {first[picture].spot} already; keep one of them")
            labels = labels if labels == table[picture] else None
        table[picture] = labels
        first.setdefault(picture, row)
    return ClassTable(images, table)


def _flagged(row: Row, options: ImportOptions) -> tuple[Annotation, ...] | None:
    if not row.whole:
        return None
    labels: list[str] = []
    for column, flag in row.cells.items():
        if column == "filename":
            continue
        if flag not in {"0", "1"}:
            row.spot.report(f"{flag!r} in the column {column!r}, where 0 or 1 is expected")
            return None
        ours = options.our_name(column)
        if flag == "1" and ours and ours not in labels:
            labels.append(ours)
    return labelled(*labels)
