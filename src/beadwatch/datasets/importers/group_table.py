"""The table `groups.csv` beside a set: which pictures are of one weld, run or source photo.

Columns `file` and `group`, and `split` where file names repeat in the parts of a set. `file` is a name, or a path from
the table's folder. The table nearest above a picture counts. Knows tables. Does not infer a group that is not in one.
"""

from pathlib import Path

from beadwatch.datasets.importers.base import Problems, split_named
from beadwatch.datasets.importers.documents import Row, read_table
from beadwatch.datasets.importers.tree import Tree

NAME = "groups.csv"


class GroupTable:
    """The groups that the tables of a set give; none at all where there is no table."""

    def __init__(self, tree: Tree) -> None:
        files = [file for folder in tree.walk() if (file := _table_in(tree, folder))]
        tree.use(*files)
        # The deepest first.
        self._tables = [_Table(file, tree.problems) for file in sorted(files, key=lambda file: -len(file.parts))]

    def group_of(self, picture: Path, split: str | None) -> str | None:
        """Return the group of a picture; None where there is no table, or after reporting that the picture lacks."""
        table = next((table for table in self._tables if picture.is_relative_to(table.folder)), None)
        return table.group_of(picture, split) if table else None


class _Table:
    def __init__(self, file: Path, problems: Problems) -> None:
        self.folder, self._file, self._problems = file.parent, file, problems
        self._groups: dict[tuple[str, str], str] = {}
        rows = read_table(file, ("file", "group"), problems)
        self._whole = rows is not None
        for row in rows or []:
            if row.whole:
                self._add(row)

    def _add(self, row: Row) -> None:
        file, group = row.cells["file"].replace("\\", "/"), row.cells["group"]
        if not file or not group:
            row.spot.report("needs a file and a group")
            return
        before = self._groups.setdefault((_split(row.cells.get("split", "")), file), group)
        if before != group:
            row.spot.report(f"{file!r} is in the group {group!r} here, and in {before!r} before; keep one of them")

    def group_of(self, picture: Path, split: str | None) -> str | None:
        if not self._whole:
            return None
        path = picture.relative_to(self.folder).as_posix()
        for key in (("", path), (split or "", picture.name), ("", picture.name)):
            if key in self._groups:
                return self._groups[key]
        self._problems.report(self._file, f"no group for {path!r}; add a line for it")
        return None


def is_group_table(file: Path) -> bool:
    """Say whether a file is such a table, by its name."""
    return file.name.lower() == NAME


def _table_in(tree: Tree, folder: Path) -> Path | None:
    return next((path for path in tree.files(folder).values() if is_group_table(path)), None)


def _split(text: str) -> str:
    return split_named(text) or ""
