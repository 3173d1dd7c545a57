"""Importers: the layouts that people really have, each turned into samples.

The order is that of recognition: the first layout that fits is taken, so that the more telling ones come first.
"""

from collections.abc import Iterator
from pathlib import Path

from beadwatch.datasets.importers.base import Importer, ImportOptions, Problem, Problems
from beadwatch.datasets.importers.coco import Coco
from beadwatch.datasets.importers.folders import ClassFolders
from beadwatch.datasets.importers.roboflow import Roboflow
from beadwatch.datasets.importers.ss304 import Ss304
from beadwatch.datasets.importers.tree import Tree
from beadwatch.datasets.importers.video import LabelledVideo
from beadwatch.datasets.importers.voc import Voc
from beadwatch.datasets.importers.weldspot import WeldSpot
from beadwatch.datasets.sample import Sample
from beadwatch.domain.errors import DatasetError

__all__ = ["IMPORTERS", "ImportOptions", "Importer", "Problem", "Problems", "detect", "importer_named", "read_samples"]

IMPORTERS: tuple[Importer, ...] = (
    Coco(),
    Voc(),
    Roboflow(),
    Ss304(),
    WeldSpot(),
    LabelledVideo(),
    ClassFolders(),
)


def importer_named(name: str) -> Importer:
    """Return the importer of a layout.

    Raises:
        DatasetError: there is none of that name.
    """
    for importer in IMPORTERS:
        if importer.name == name:
            return importer
    raise DatasetError(f"no layout {name!r}; there are:\n{_layouts()}")


def detect(root: Path) -> Importer:
    """Return the importer that recognises a folder.

    Raises:
        DatasetError: there is no such folder, or it is in no layout that Beadwatch knows.
    """
    if not root.is_dir():
        raise DatasetError(f"{root}: no such folder")
    for importer in IMPORTERS:
        if importer.recognises(root):
            return importer
    raise DatasetError(f"{root}: in none of the layouts that Beadwatch reads. It holds {_found(root)}.\n{_layouts()}")


def read_samples(
    root: Path, options: ImportOptions, problems: Problems, importer: Importer | None = None
) -> Iterator[Sample]:
    """Yield the samples of a folder, read with `importer` or the one that recognises it.

    Raises:
        DatasetError: in no known layout, nothing in it can be read, or a problem that is not to be skipped.
    """
    importer = importer or detect(root)
    count = 0
    for sample in importer.read(root, options, problems):
        count += 1
        yield sample
    if not count:
        why = f"; the first of {len(problems.found)} problems: {problems.found[0]}" if problems.found else ""
        raise DatasetError(f"{root}: no picture could be read from the layout {importer.name} ({importer.layout}){why}")


def _layouts() -> str:
    return "\n".join(f"  {importer.name}: {importer.layout}" for importer in IMPORTERS)


def _found(root: Path) -> str:
    tree = Tree(root)
    suffixes: dict[str, int] = {}
    for path in tree.files(root).values():
        suffixes[path.suffix.lower() or path.name] = suffixes.get(path.suffix.lower() or path.name, 0) + 1
    files = [f"{count} {suffix} files" for suffix, count in sorted(suffixes.items())[:5]]
    folders = [f"the folder {name!r}" for name in list(tree.folders(root))[:5]]
    return ", ".join(files + folders) or "nothing"
