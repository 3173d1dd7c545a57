"""YOLO exports of any tool, Roboflow's multi-label exports, and both in one folder.

YOLO: a file names the classes (`class_names`), and a picture's boxes and polygons are in the text file of its name
(`yolo_pairs`). Multi-label: `_classes.csv` (`class_table`). Where both stand, a picture has the classes of either, and
places from the text file. An empty label file says that a picture is clean. So does, by YOLO's custom, a missing one
among others, which is said; but not in a set that has empty ones, nor where a label file is of no picture. Where a
folder has no labels at all, nothing is known of it, and it does not come in.

Knows these files. Does not follow the paths inside `data.yaml`: Roboflow writes them for another working folder.
"""

from collections.abc import Iterator
from pathlib import Path

from beadwatch.datasets.importers.base import ImportOptions, some_of
from beadwatch.datasets.importers.class_names import ClassNameFiles, name_files
from beadwatch.datasets.importers.class_table import ClassTable, has_table, read_class_tables
from beadwatch.datasets.importers.group_table import GroupTable
from beadwatch.datasets.importers.tree import Tree
from beadwatch.datasets.importers.yolo_labels import read_labels
from beadwatch.datasets.importers.yolo_pairs import LabelledPicture, has_label_files, in_images, pair_labels
from beadwatch.datasets.sample import Annotation, Canvas, Sample


class Roboflow:
    """Reads YOLO and Roboflow multi-label exports."""

    name = "roboflow"
    layout = (
        "data.yaml, obj.names, classes.txt or _darknet.labels, and a *.txt for each picture, in labels/ or beside it "
        "(YOLO); or <split>/_classes.csv; or both"
    )

    def recognises(self, tree: Tree) -> bool:
        """Say whether there are label files or a class table, or names of classes for a folder of images."""
        if has_table(tree) or has_label_files(tree):
            return True
        images = any(in_images(tree, folder) and tree.pictures(folder) for folder in tree.walk())
        return images and bool(name_files(tree, tree.root))

    def read(self, tree: Tree, options: ImportOptions) -> Iterator[Sample]:
        """Yield the pictures by folder and name; see `Importer.read`."""
        reading = _Reading(tree, options)
        groups = GroupTable(tree)
        for picture in reading.pictures:
            annotations = reading.annotations_of(picture)
            if annotations is not None:
                group = groups.group_of(picture.path, picture.split)
                canvas = reading.canvas_of(picture)
                yield Sample(picture.path, annotations, options.source, group, picture.split, canvas=canvas)
        reading.say_clean()


class _Reading:
    """One import: what is known of each picture, and which of them are clean."""

    def __init__(self, tree: Tree, options: ImportOptions) -> None:
        self._tree = tree
        self._names = ClassNameFiles(tree, options)
        pairs = pair_labels(tree)
        self.pictures = pairs.pictures
        self._tables = read_class_tables(tree, options)
        self._labelled_folders = {picture.path.parent for picture in self.pictures if picture.labels}
        self._empty = [picture.path.name for picture in self.pictures if picture.labels and _is_empty(picture.labels)]
        self._missing_is_clean = not self._empty and not pairs.orphans
        self._missing: list[str] = []
        self._report_unlabelled()

    def annotations_of(self, picture: LabelledPicture) -> tuple[Annotation, ...] | None:
        """Return what is on a picture; None where that is not known."""
        table = self._table_of(picture)
        if picture.shared or (table and table.broken):  # without its table a picture would pass for a clean one
            return None
        listed = table is not None and picture.path in table.labels
        if not picture.labels and not listed:
            if not self._missing_is_clean or picture.path.parent not in self._labelled_folders:
                return None
            self._missing.append(picture.path.name)
        flagged = table.labels[picture.path] if table and listed else ()
        outlined: tuple[Annotation, ...] | None = ()
        if picture.labels:
            outlined = read_labels(picture.labels, self._names.names_for(picture.labels.parent), self._tree.problems)
        if flagged is None or outlined is None:
            return None
        seen = {annotation.label for annotation in outlined}
        return outlined + tuple(annotation for annotation in flagged if annotation.label not in seen)

    def canvas_of(self, picture: LabelledPicture) -> Canvas | None:
        """Return what is known of the picture that places were drawn on."""
        if not picture.labels:
            return None
        return Canvas(upright=self._names.names_for(picture.labels.parent).upright)

    def say_clean(self) -> None:
        """Note which pictures have no class, and what says so."""
        if self._empty:
            self._tree.problems.note(
                self._tree.root,
                f"clean, by an empty label file ({len(self._empty)}): {some_of(self._empty)}",
            )
        if self._missing:
            self._tree.problems.note(
                self._tree.root,
                f"taken for clean without a label file, as YOLO does ({len(self._missing)}): {some_of(self._missing)}",
            )

    def _table_of(self, picture: LabelledPicture) -> ClassTable | None:
        return next((table for table in self._tables if picture.path.is_relative_to(table.images)), None)

    def _report_unlabelled(self) -> None:
        lacking: dict[Path, list[str]] = {}
        for picture in self.pictures:
            folder = picture.path.parent
            if folder not in self._labelled_folders and in_images(self._tree, folder) and not self._table_of(picture):
                lacking.setdefault(folder, []).append(picture.path.name)
        for folder, names in lacking.items():
            self._tree.problems.report(
                folder,
                f"no label file for any of its pictures ({len(names)}: {some_of(names)}). A missing one counts as a "
                "clean picture only among others: write an empty one for each picture that is clean",
            )


def _is_empty(labels: Path) -> bool:
    """Say whether a label file holds less than any label takes: nothing, a mark of its encoding, a line's end."""
    try:
        return labels.stat().st_size <= 4
    except OSError:
        return False
