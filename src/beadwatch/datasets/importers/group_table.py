"""The table `groups.csv` beside a set: which pictures are of one weld, run or source photo.

Columns `file` and `group`, and `split` where file names repeat in the parts of a set. `file` is a name, or a path from
the set's folder. Knows the table. Does not infer a group that is not in it.
"""

from pathlib import Path

from beadwatch.datasets.importers.base import split_named
from beadwatch.datasets.importers.documents import Row, read_table
from beadwatch.datasets.importers.tree import Tree

NAME = "groups.csv"


class GroupTable:
    """The groups that a table gives; none at all where there is no table."""

    def __init__(self, tree: Tree) -> None:
        self._root, self._problems = tree.root, tree.problems
        self._groups: dict[tuple[str, str], str] = {}
        file = table_file(tree)
        self._file = file or tree.root / NAME
        rows = read_table(file, ("file", "group"), tree.problems) if file else None
        tree.use(self._file)
        self._exists = rows is not None
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
        """Return the group of a picture; None where there is no table, or after reporting that the picture lacks."""
        if not self._exists:
            return None
        path = picture.relative_to(self._root).as_posix()
        for key in (("", path), (split or "", picture.name), ("", picture.name)):
            if key in self._groups:
                return self._groups[key]
        self._problems.report(self._file, f"no group for {path!r}; add a line for it")
        return None


def table_file(tree: Tree) -> Path | None:
    """Return the table in a set's folder, if there is one."""
    return next((path for name, path in tree.files(tree.root).items() if name.lower() == NAME), None)


def _split(text: str) -> str:
    return split_named(text) or ""
