"""Class folders: the folder is the class, `<class>/*.jpg`, or `<split>/<class>/*.jpg`.

Knows one folder, one class. Does not look into folders inside a class folder, but says that they are there.
"""

from collections.abc import Iterator
from pathlib import Path

from beadwatch.datasets.importers.base import ImportOptions, Problems, split_named
from beadwatch.datasets.importers.group_table import GroupTable
from beadwatch.datasets.importers.tree import Tree
from beadwatch.datasets.sample import Sample, labelled

_NO_CLASSES = frozenset({"images", "labels", "annotations", "jpegimages"})  # folders of layouts that lack a file


class ClassFolders:
    """Reads class folders."""

    name = "folders"
    layout = "<split>/<class>/*.jpg, or <class>/*.jpg"

    def recognises(self, root: Path) -> bool:
        """Say whether there are folders of pictures whose names can be classes."""
        tree = Tree(root)
        classes = [(folder, split) for folder, split in _class_folders(tree) if tree.pictures(folder)]
        return bool(classes) and not any(folder.name.lower() in _NO_CLASSES for folder, _ in classes)

    def read(self, root: Path, options: ImportOptions, problems: Problems) -> Iterator[Sample]:
        """Yield the pictures of each class folder; see `Importer.read`."""
        tree = Tree(root, problems)
        groups = GroupTable(root, problems)
        class_folders = _class_folders(tree)
        for folder in [root, *sorted({folder.parent for folder, _ in class_folders} - {root})]:
            for picture in tree.pictures(folder):
                problems.report(picture, "is in no class folder; move it into one")
        for folder, split in class_folders:
            for nested in tree.folders(folder).values():
                problems.report(nested, "a folder inside a class folder; move its pictures one up")
            ours = options.our_name(folder.name)
            for picture in tree.pictures(folder):
                annotations = labelled(ours) if ours else ()
                yield Sample(picture, annotations, options.source, groups.group_of(picture, split), split)


def _class_folders(tree: Tree) -> list[tuple[Path, str | None]]:
    found: list[tuple[Path, str | None]] = []
    for name, folder in tree.folders(tree.root).items():
        inside = tree.folders(folder)
        if split_named(name) and inside:
            found.extend((path, split_named(name)) for path in inside.values())
        else:
            found.append((folder, None))
    return found
