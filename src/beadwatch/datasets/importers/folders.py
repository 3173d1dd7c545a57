"""Class folders: the folder is the class, `<class>/*.jpg`, or `<split>/<class>/*.jpg`.

Knows one folder, one class. A class that is called like a part of a set, or like a folder that other layouts have for
pictures or labels, is none: there the labels are elsewhere. Does not look into folders inside a class folder, but says
that they are there.
"""

from collections.abc import Iterator
from pathlib import Path

from beadwatch.datasets.importers.base import ImportOptions, split_named
from beadwatch.datasets.importers.group_table import GroupTable
from beadwatch.datasets.importers.tree import Tree
from beadwatch.datasets.sample import Sample, labelled
from beadwatch.domain.errors import DatasetError

_NO_CLASSES = frozenset(
    {
        "images", "image", "imgs", "img", "jpegimages", "pictures", "photos", "frames", "data", "dataset", "datasets",
        "labels", "label", "annotations", "annotation", "ann", "anns", "bboxes", "xml", "xmls", "json", "txt",
        "masks", "mask", "labelmasks", "ground_truth", "groundtruth", "gt", "segmentationclass", "segmentationobject",
        "imagesets", "obj",
    }
)  # fmt: skip


class ClassFolders:
    """Reads class folders."""

    name = "folders"
    layout = "<split>/<class>/*.jpg, or <class>/*.jpg"

    def recognises(self, tree: Tree) -> bool:
        """Say whether there are folders of pictures whose names can be classes."""
        classes = [folder for folder, _ in _class_folders(tree) if tree.pictures(folder)]
        return bool(classes) and not any(folder.name.lower() in _NO_CLASSES for folder in classes)

    def read(self, tree: Tree, options: ImportOptions) -> Iterator[Sample]:
        """Yield the pictures of each class folder; see `Importer.read`.

        Raises:
            DatasetError: a class is called like a part of a set, or like another layout's folder.
        """
        class_folders = _class_folders(tree)
        for folder, _ in class_folders:
            if tree.pictures(folder):
                _check_class(folder)
        groups = GroupTable(tree)
        for folder in [tree.root, *sorted({folder.parent for folder, _ in class_folders} - {tree.root})]:
            for picture in tree.pictures(folder):
                tree.problems.report(picture, "is in no class folder; move it into one")
        for folder, split in class_folders:
            for nested in tree.folders(folder).values():
                if any(tree.pictures(inside) for inside in tree.walk(nested)):
                    tree.problems.report(nested, "a folder inside a class folder; move its pictures one up")
            ours = options.our_name(folder.name)
            for picture in tree.pictures(folder):
                annotations = labelled(ours) if ours else ()
                yield Sample(picture, annotations, options.source, groups.group_of(picture, split), split)


def _check_class(folder: Path) -> None:
    what = "a part of a set" if split_named(folder.name) else "a folder of pictures or labels"
    if split_named(folder.name) or folder.name.lower() in _NO_CLASSES:
        raise DatasetError(
            f"{folder}: its pictures are in no class folder, for {folder.name!r} is the name of {what}, no class. "
            "If their labels are elsewhere, add them in a layout that is read; else make a folder for each class"
        )


def _class_folders(tree: Tree) -> list[tuple[Path, str | None]]:
    found: list[tuple[Path, str | None]] = []
    for name, folder in tree.folders(tree.root).items():
        inside = tree.folders(folder)
        if split_named(name) and inside:
            found.extend((path, split_named(name)) for path in inside.values())
        else:
            found.append((folder, None))
    return found
