"""Readers of the three layouts that the shipped models were trained on.

Each turns a folder into `Sample`s and says at once which file and line is wrong. They read labels, not pixels.
"""

import csv
import json
import re
from pathlib import Path

from beadwatch.datasets.sample import Sample
from beadwatch.domain.errors import DatasetError
from beadwatch.domain.labels import SURFACE, TIG

ATTRIBUTION = {
    "ss304": (
        "TIG Stainless Steel 304 (danielbacioiu on Kaggle); Bacioiu et al., NDT & E International 107 (2019) 102139"
    ),
    "weld-quality": (
        "Weld quality inspection v9, welding-2bplp/weld-quality-inspection-rei9l on Roboflow Universe, CC BY 4.0"
    ),
}
_WELDSPOT_NAME = re.compile(r"(?P<id>[^_]+)(?P<flags>(_[01]){7})")


def read_ss304(root: Path) -> list[Sample]:
    """Read the SS304 layout: `<split>/<split>.json` with `{"<run folder>/<image>": class index}`.

    The group is the run folder. Class indices are those of the `tig` task.

    Raises:
        DatasetError: no such layout, an unknown class, or a listed picture that is missing.
    """
    samples: list[Sample] = []
    for manifest in sorted(root.glob("*/*.json")):
        if manifest.stem != manifest.parent.name:
            continue
        entries = _read_json_object(manifest)
        for name, index in sorted(entries.items()):
            path = manifest.parent / name
            if not isinstance(index, int) or not 0 <= index < len(TIG.labels):
                raise DatasetError(f"{manifest}: {name!r} has the unknown class {index!r}")
            if not path.is_file():
                raise DatasetError(f"{manifest}: {name!r} is listed, but {path} is missing")
            samples.append(Sample(path, (TIG.labels[index].name,), path.parent.name, "ss304"))
    if not samples:
        raise DatasetError(f"{root}: no <split>/<split>.json with runs; see docs/training.md for the layouts")
    return samples


def read_weld_quality(root: Path) -> list[Sample]:
    """Read a Roboflow multi-label export: `<split>/_classes.csv`, `<split>/images/`, and `groups.csv` beside them.

    `groups.csv` (columns `file`, `group`) is required: without groups, copies of one photo would straddle a split.

    Raises:
        DatasetError: no such layout, an unknown class, no group for a file, or a listed picture that is missing.
    """
    groups_file = root / "groups.csv"
    groups = {row["file"]: row["group"] for row in _read_csv(groups_file)}
    samples: list[Sample] = []
    for table in sorted(root.glob("*/_classes.csv")):
        for row in _read_csv(table):
            file = row.pop("filename")
            path = table.parent / "images" / file
            if not path.is_file():
                raise DatasetError(f"{table}: {file!r} is listed, but {path} is missing")
            if file not in groups:
                raise DatasetError(f"{groups_file}: no group for {file!r}")
            labels = tuple(_surface_label(table, name) for name, flag in row.items() if flag == "1")
            if labels:
                samples.append(Sample(path, labels, groups[file], "weld-quality"))
    if not samples:
        raise DatasetError(f"{root}: no <split>/_classes.csv; see docs/training.md for the layouts")
    return samples


def read_weldspot(root: Path) -> list[Sample]:
    """Read pictures named `<id>_<0|1 for each of the seven surface classes>.jpg`; the group is the id.

    Raises:
        DatasetError: no picture with such a name.
    """
    samples: list[Sample] = []
    for path in sorted(root.glob("*.jpg")):
        match = _WELDSPOT_NAME.fullmatch(path.stem)
        if match is None:
            raise DatasetError(f"{path}: the name is not <id>_<0|1 seven times>.jpg")
        flags = match["flags"].strip("_").split("_")
        labels = tuple(name for name, flag in zip(SURFACE.label_names, flags, strict=True) if flag == "1")
        samples.append(Sample(path, labels, match["id"], root.name))
    if not samples:
        raise DatasetError(f"{root}: no *.jpg in it")
    return samples


def _surface_label(table: Path, name: str) -> str:
    label = name.strip().lower()
    if label not in SURFACE.label_names:
        raise DatasetError(f"{table}: the column {name!r} is no class of the task {SURFACE.name!r}")
    return label


def _read_csv(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        raise DatasetError(f"{path} is missing")
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, skipinitialspace=True))
    for number, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise DatasetError(f"{path}, line {number}: not as many columns as the header")
    return rows


def _read_json_object(path: Path) -> dict[str, object]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DatasetError(f"{path}: broken JSON: {error}") from error
    if not isinstance(data, dict):
        raise DatasetError(f"{path}: expected an object of names and class indices")
    return data


def read_folder(root: Path) -> list[Sample]:
    """Read a folder in whichever of the layouts it is in.

    Raises:
        DatasetError: it is in none of them, or something in it is wrong.
    """
    if not root.is_dir():
        raise DatasetError(f"{root}: no such folder")
    if (root / "groups.csv").is_file() or any(root.glob("*/_classes.csv")):
        return read_weld_quality(root)
    if any(manifest.stem == manifest.parent.name for manifest in root.glob("*/*.json")):
        return read_ss304(root)
    return read_weldspot(root)
