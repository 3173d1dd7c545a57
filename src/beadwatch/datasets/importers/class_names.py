"""What the numbers in YOLO's label files stand for, as the many tools that write them say it.

`data.yaml` (Ultralytics, Roboflow) in the set's folder comes first; else the nearest file above the labels: a YAML file
with `names:`, `obj.names` (darknet, CVAT), `_darknet.labels` (Roboflow) or `classes.txt` (labelImg, Label Studio), with
a name a line. Knows these files. Does not follow the paths inside `data.yaml`: Roboflow writes them for another folder.
"""

from dataclasses import dataclass
from pathlib import Path

from beadwatch.datasets.importers.base import ImportOptions
from beadwatch.datasets.importers.documents import read_text, read_yaml
from beadwatch.datasets.importers.tree import Tree
from beadwatch.domain.errors import DatasetError

_LISTS = ("classes.txt", "_classes.txt", "obj.names", "_darknet.labels", "class_names.txt", "labels.txt")
_LIST_SUFFIXES = (".names", ".labels")
_YAML = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class ClassNames:
    """Our names by class index (None: left out), from `file`.

    `key_point_numbers` is how many numbers of key points follow each box. `upright` says whether places are on pictures
    as people see them, or as they are stored (None: not said).
    """

    file: Path
    ours: tuple[str | None, ...]
    key_point_numbers: int = 0
    upright: bool | None = None


class ClassNameFiles:
    """The class names of a tree, read once each."""

    def __init__(self, tree: Tree, options: ImportOptions) -> None:
        self._tree, self._options = tree, options
        self._read: dict[Path, ClassNames] = {}
        self._main = _main_file(tree)

    def names_for(self, labels: Path) -> ClassNames:
        """Return the class names for the label files in a folder.

        Raises:
            DatasetError: there are none, or they cannot be read.
        """
        file = self._main or self._nearest(labels)
        if file is None:
            raise DatasetError(
                f"{self._tree.root / 'data.yaml'} is missing: it names the classes that the numbers in the label files "
                "(*.txt) stand for; classes.txt or obj.names with a name a line does as well"
            )
        if file not in self._read:
            self._read[file] = self._named(file)
        return self._read[file]

    def _nearest(self, folder: Path) -> Path | None:
        while True:
            found = name_files(self._tree, folder)
            if found or folder == self._tree.root:
                return found[0] if found else None
            folder = folder.parent

    def _named(self, file: Path) -> ClassNames:
        self._tree.use(file)
        data = read_yaml(file, self._tree.problems) if file.suffix.lower() in _YAML else self._listed(file)
        data = data if isinstance(data, dict) else {}
        names = data.get("names")
        if isinstance(names, dict) and set(names) == {str(index) for index in range(len(names))}:
            names = [names[str(index)] for index in range(len(names))]
        wrong = [name for name in names if not isinstance(name, str) or not name.strip()] if names else []
        if not isinstance(names, list) or not names or wrong:
            why = f", but has {wrong[0]!r} among them" if wrong and isinstance(names, list) else ""
            raise DatasetError(
                f"{file}: needs `names:` with a list of class names{why}; without it no label can be read"
            )
        declared = data.get("nc", str(len(names)))
        if declared != str(len(names)):
            self._tree.problems.report(
                file, f"says nc: {declared}, but names {len(names)} classes; correct one of them"
            )
        upright = {"true": True, "false": False}.get(str(data.get("upright", "")).lower())
        ours = tuple(self._options.our_name(name) for name in names)
        return ClassNames(file, ours, _key_point_numbers(file, data.get("kpt_shape")), upright)

    def _listed(self, file: Path) -> dict[str, object]:
        text = read_text(file, self._tree.problems) or ""
        return {"names": [line.strip() for line in text.strip().splitlines()]}


def name_files(tree: Tree, folder: Path) -> list[Path]:
    """Return the files in a folder that name classes, by their names, the likeliest first."""
    files = {name.lower(): path for name, path in reversed(tree.files(folder).items())}
    lists = [files[name] for name in _LISTS if name in files]
    return [*_yaml_files(tree, folder), *lists, *tree.with_suffix(folder, *_LIST_SUFFIXES)]


def _main_file(tree: Tree) -> Path | None:
    return next((file for file in _yaml_files(tree, tree.root) if file.stem.lower() in {"data", "dataset"}), None)


def _yaml_files(tree: Tree, folder: Path) -> list[Path]:
    files = tree.with_suffix(folder, *_YAML)
    return sorted(files, key=lambda file: (file.stem.lower() != "data", file.stem.lower() != "dataset", file.name))


def _key_point_numbers(file: Path, shape: object) -> int:
    if shape is None:
        return 0
    if isinstance(shape, list) and len(shape) == 2 and all(str(side).isdecimal() for side in shape):
        return int(shape[0]) * int(shape[1])
    raise DatasetError(f"{file}: kpt_shape {shape!r} is no pair of numbers, like [17, 3]")
