"""Importers: the layouts that people really have, each turned into samples.

The order is that of recognition: the first layout that fits is taken, so that the more telling ones come first.
Whatever the layout, what under the root has not come in is named, or ends the import (`inventory`), and places lie on
the upright picture (`canvas`).
"""

from collections.abc import Iterator
from pathlib import Path

from beadwatch.datasets.importers.base import Importer, ImportOptions, Problem, Problems, some_of
from beadwatch.datasets.importers.canvas import upright_places
from beadwatch.datasets.importers.coco import Coco
from beadwatch.datasets.importers.folders import ClassFolders
from beadwatch.datasets.importers.inventory import check_all_read, unread_pictures
from beadwatch.datasets.importers.label_files import written_by
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
    return recognise(Tree(root))


def recognise(tree: Tree) -> Importer:
    """Return the importer that recognises a tree.

    Raises:
        DatasetError: it is in no layout that Beadwatch knows.
    """
    for importer in IMPORTERS:
        if importer.recognises(tree):
            return importer
    raise DatasetError(
        f"{tree.root}: in none of the layouts that Beadwatch reads. It holds {_found(tree)}.\n{_layouts()}"
    )


def read_samples(
    root: Path, options: ImportOptions, problems: Problems, importer: Importer | None = None
) -> Iterator[Sample]:
    """Yield the samples of a folder, read with `importer` or the one that recognises it.

    Once all are read, `problems` also tells of the pictures that have not come in.

    Raises:
        DatasetError: in no known layout, nothing in it can be read, a problem that is not to be skipped, or label files
            that nobody went by.
    """
    importer = importer or detect(root)
    tree = Tree(root, problems)
    count = 0
    for sample in upright_places(importer.read(tree, options), problems):
        tree.use(sample.path)
        count += 1
        yield sample
    check_all_read(tree, importer.name)
    if not count:
        found = problems.found or problems.left_out
        why = f"; the first of what was found ({len(found)}): {found[0]}" if found else ""
        raise DatasetError(f"{root}: no picture could be read from the layout {importer.name} ({importer.layout}){why}")


def _layouts() -> str:
    return "\n".join(f"  {importer.name}: {importer.layout}" for importer in IMPORTERS)


def _found(tree: Tree) -> str:
    """Say what is in a set's folder, and what of it could be read if it were something else."""
    suffixes: dict[str, int] = {}
    for path in tree.files(tree.root).values():
        suffixes[path.suffix.lower() or path.name] = suffixes.get(path.suffix.lower() or path.name, 0) + 1
    found = [f"{count} {suffix} files" for suffix, count in sorted(suffixes.items())[:5]]
    found += [f"the folder {name!r}" for name in list(tree.folders(tree.root))[:5]]
    files = [file for folder in tree.walk() for file in tree.files(folder).values()]
    for reason, pictures in unread_pictures(files):
        found.append(f"{some_of([path.name for path in pictures])} ({len(pictures)}; {reason})")
    documents = [file for file in files if file.suffix.lower() in {".json", ".xml"}]
    whose = next((tool for tool in map(written_by, documents[:20]) if tool), None)
    return ", ".join(found + ([f"and {whose}"] if whose else [])) or "nothing"
