"""YOLO exports, Roboflow's multi-label exports, and both in one folder.

YOLO: `data.yaml` names the classes, `<part>/images/a.jpg` has its boxes (5 numbers) and polygons (more) in
`<part>/labels/a.txt`; `images/<part>` and `labels/<part>` are read as well. Multi-label: `<part>/_classes.csv` has a
column for each class and 0 or 1 for each picture. Where both stand, a picture has the classes of either, and places
from the text file. A picture without any label is a negative.

Knows these files. Does not follow the paths inside `data.yaml`: Roboflow writes them for another working folder.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from beadwatch.datasets.importers.base import ImportOptions, Problems, split_named
from beadwatch.datasets.importers.documents import Row, read_table, read_yaml
from beadwatch.datasets.importers.group_table import GroupTable
from beadwatch.datasets.importers.tree import Tree
from beadwatch.datasets.importers.yolo_labels import read_labels
from beadwatch.datasets.sample import Annotation, Sample, labelled
from beadwatch.domain.errors import DatasetError

_TABLE = "_classes.csv"
_Table = dict[str, tuple[Annotation, ...] | None]  # None: the classes of the picture cannot all be read


@dataclass(frozen=True, slots=True)
class _Part:
    split: str | None
    images: Path
    labels: Path | None
    table: Path | None


class Roboflow:
    """Reads YOLO and Roboflow multi-label exports."""

    name = "roboflow"
    layout = "data.yaml with <split>/images and <split>/labels/*.txt, or <split>/_classes.csv, or both"

    def recognises(self, root: Path) -> bool:
        """Say whether there are label files or a class table."""
        tree = Tree(root)
        parts = _parts(tree)
        return any(part.labels or part.table for part in parts) or (bool(parts) and "data.yaml" in tree.files(root))

    def read(self, root: Path, options: ImportOptions, problems: Problems) -> Iterator[Sample]:
        """Yield the samples part by part; see `Importer.read`."""
        tree = Tree(root, problems)
        parts = _parts(tree)
        names: tuple[str | None, ...] = ()
        if any(part.labels for part in parts):
            names = _class_names(root / "data.yaml", options, problems)
        groups = GroupTable(root, problems)
        for part in parts:
            yield from _read_part(part, tree, names, options, groups)


def _parts(tree: Tree) -> list[_Part]:
    root = tree.root
    inside = tree.folders(root)
    if "images" in inside and (parts := tree.folders(inside["images"])):
        labels = tree.folders(inside["labels"]) if "labels" in inside else {}
        return [_Part(split_named(name), path, labels.get(name), None) for name, path in parts.items()]
    parts_or_none = [_part(tree, root, None), *(_part(tree, path, split_named(name)) for name, path in inside.items())]
    return [part for part in parts_or_none if part]


def _part(tree: Tree, folder: Path, split: str | None) -> _Part | None:
    inside = tree.folders(folder)
    images = inside.get("images", folder)
    table = tree.files(folder).get(_TABLE) or tree.files(images).get(_TABLE)
    if table is None and "images" not in inside:
        return None
    return _Part(split, images, inside.get("labels"), table)


def _class_names(path: Path, options: ImportOptions, problems: Problems) -> tuple[str | None, ...]:
    if not path.is_file():
        raise DatasetError(f"{path} is missing: it names the classes that the numbers in labels/*.txt stand for")
    data = read_yaml(path, problems)
    names = data.get("names") if isinstance(data, dict) else None
    if isinstance(names, dict) and sorted(names, key=str) == sorted(range(len(names)), key=str):
        names = [names[index] for index in range(len(names))]
    if not isinstance(names, list) or not names or not all(isinstance(name, str) and name.strip() for name in names):
        raise DatasetError(f"{path}: needs `names:` with a list of class names; without it no label can be read")
    declared = data.get("nc", len(names)) if isinstance(data, dict) else len(names)
    if declared != len(names):
        problems.report(path, f"says nc: {declared!r}, but names {len(names)} classes; correct one of them")
    return tuple(options.our_name(name) for name in names)


def _read_part(
    part: _Part, tree: Tree, names: tuple[str | None, ...], options: ImportOptions, groups: GroupTable
) -> Iterator[Sample]:
    problems = tree.problems
    table = _read_classes_table(part, tree, options) if part.table else {}
    if table is None:
        return  # without the table its pictures would pass for negatives
    texts = tree.files(part.labels) if part.labels else {}
    pictures = tree.pictures(part.images)
    stems: dict[str, Path] = {}
    refused: set[str] = set()
    for picture in pictures:
        other = stems.setdefault(picture.stem, picture)
        if other != picture and f"{picture.stem}.txt" in texts:
            problems.report(picture, f"shares its labels with {other.name!r}; rename or remove one of them")
            refused.add(picture.stem)
    for name, path in texts.items():
        if path.suffix == ".txt" and path.stem not in stems and name != "classes.txt":
            problems.report(path, f"labels a picture that is not in {part.images}")
    for picture in pictures:
        flagged = table.get(picture.name, ())
        text = texts.get(f"{picture.stem}.txt")
        outlined = read_labels(text, names, problems) if text and picture.stem not in refused else ()
        if flagged is None or outlined is None or picture.stem in refused:
            continue
        annotations = _union(outlined, flagged)
        yield Sample(picture, annotations, options.source, groups.group_of(picture, part.split), part.split)


def _union(outlined: tuple[Annotation, ...], flagged: tuple[Annotation, ...]) -> tuple[Annotation, ...]:
    seen = {annotation.label for annotation in outlined}
    return outlined + tuple(annotation for annotation in flagged if annotation.label not in seen)


def _read_classes_table(part: _Part, tree: Tree, options: ImportOptions) -> _Table | None:
    assert part.table
    rows = read_table(part.table, ("filename",), tree.problems)
    if rows is None:
        return None
    table: _Table = {}
    first: dict[str, Row] = {}
    for row in rows:
        picture = tree.find_picture(part.images, row.cells.get("filename", ""), row.spot)
        if picture is None:
            continue
        labels = _flagged(row, options)
        if picture.name in first:
            row.spot.report(f"{picture.name!r} stands in {first[picture.name].spot} already; keep one of them")
            labels = labels if labels == table[picture.name] else None
        table[picture.name] = labels
        first.setdefault(picture.name, row)
    return table


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
