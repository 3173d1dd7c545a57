"""Writing a snapshot in layouts that other tools and our own importers read: what went in comes out.

Each layout carries labels and splits; `yolo` and `coco` places and groups too, `csv` groups and sources. What a layout
cannot hold stands in its function below; a set that it cannot hold is refused. The folder appears whole or not at all.
Knows records and layouts; gets pictures from a function, for it does not know where they are kept.
"""

import csv
import io
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from beadwatch.datasets.snapshot import DatasetSnapshot, Record
from beadwatch.domain.csv_cells import safe_cell
from beadwatch.domain.errors import DatasetError

GetPicture = Callable[[str], bytes]
SizeOf = Callable[[bytes], tuple[int, int]]
UNSPLIT = "train"  # the layouts know no unsplit pictures


def export_snapshot(snapshot: DatasetSnapshot, layout: str, target: Path, get: GetPicture, size_of: SizeOf) -> None:
    """Write a snapshot to the new folder `target`.

    `get` returns a picture's bytes by its sha256, `size_of` the width and height in pixels of such bytes.

    Raises:
        DatasetError: the target exists, the layout is unknown or cannot hold the set, or the folder cannot be written.
    """
    if layout not in LAYOUTS:
        raise DatasetError(f"no layout {layout!r}; there are: {', '.join(LAYOUTS)}")
    if target.exists():
        raise DatasetError(f"{target} exists: name a new folder")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as scratch:
            fresh = Path(scratch, "new")
            LAYOUTS[layout](snapshot, fresh, get, size_of)
            shutil.move(fresh, target)
    except OSError as error:
        raise DatasetError(f"{target}: cannot be written: {error}") from error


def file_names(records: Iterable[Record]) -> dict[str, str]:
    """Return a safe file name for each record, by `source/name`: flat, never a path, unique without its ending."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for record in records:
        path = PurePosixPath(record.name)
        plain = "".join(letter if letter.isalnum() or letter in "._-" else "-" for letter in path.name).lstrip(".-")
        if not plain or _stem(plain) in taken:
            plain = f"{record.sha256[:12]}-{plain or 'picture'}"
        while _stem(plain) in taken:
            plain = f"x{plain}"
        taken.add(_stem(plain))
        names[f"{record.source}/{record.name}"] = plain
    return names


def _folders(snapshot: DatasetSnapshot, target: Path, get: GetPicture, _size_of: SizeOf) -> None:
    """Class folders hold one class for each picture: `<split>/<class>/<file>`."""
    names = file_names(snapshot.records)
    for record in snapshot.records:
        if len(record.labels) != 1:
            raise DatasetError(
                f"{record.name!r} has {len(record.labels)} classes; folders hold exactly one: use another layout"
            )
        label = record.labels[0]
        if not label.isprintable() or "/" in label or "\\" in label or label.startswith("."):
            raise DatasetError(f"the class {label!r} is no name of a folder; use another layout")
        folder = target / (record.split or UNSPLIT) / label
        _write(folder / _name(record, names), get(record.sha256))


def _yolo(snapshot: DatasetSnapshot, target: Path, get: GetPicture, _size_of: SizeOf) -> None:
    """Outlines as YOLO polygons, classes without a place in `_classes.csv`, groups in `groups.csv`."""
    names, classes = file_names(snapshot.records), _classes(snapshot)
    tables: dict[str, list[list[str]]] = {}
    for record in snapshot.records:
        split, file = record.split or UNSPLIT, _name(record, names)
        _write(target / split / "images" / file, get(record.sha256))
        lines = [
            " ".join(
                [
                    str(classes.index(annotation.label)),
                    *(repr(share) for point in annotation.outline for share in point),
                ]
            )
            for annotation in record.annotations
            if annotation.outline is not None
        ]
        _write(target / split / "labels" / f"{Path(file).stem}.txt", "".join(f"{line}\n" for line in lines).encode())
        tables.setdefault(split, []).append([file, *(str(int(label in record.labels)) for label in classes)])
    for split, rows in tables.items():
        _write(target / split / "_classes.csv", _csv(["filename", *classes], rows))
    # Places are on the upright picture, which a file that says how it is to be turned leaves open.
    data = {"nc": len(classes), "names": classes, "upright": True} | {
        split: f"{split}/images" for split in sorted(tables)
    }
    _write(target / "data.yaml", json.dumps(data, ensure_ascii=False, indent=1).encode())  # JSON is YAML
    _write_groups(snapshot, target, names)


def _coco(snapshot: DatasetSnapshot, target: Path, get: GetPicture, size_of: SizeOf) -> None:
    """One `_annotations.coco.json` for each split; a class without a place gets a box around the whole picture."""
    names, classes = file_names(snapshot.records), _classes(snapshot)
    for split in sorted({record.split or UNSPLIT for record in snapshot.records}):
        images: list[dict[str, Any]] = []
        annotations: list[dict[str, Any]] = []
        for record in snapshot.records:
            if (record.split or UNSPLIT) != split:
                continue
            data = get(record.sha256)
            width, height = size_of(data)
            _write(target / split / _name(record, names), data)
            images.append({"id": len(images) + 1, "file_name": _name(record, names), "width": width, "height": height})
            for annotation in record.annotations:
                outline = annotation.outline or ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
                across, down = [x * width for x, _ in outline], [y * height for _, y in outline]
                box = [min(across), min(down), max(across) - min(across), max(down) - min(down)]
                annotations.append(
                    {
                        "id": len(annotations) + 1,
                        "image_id": len(images),
                        "category_id": classes.index(annotation.label) + 1,
                        "bbox": box,
                        "area": box[2] * box[3],
                        "segmentation": [[pixel for point in zip(across, down, strict=True) for pixel in point]],
                        "iscrowd": 0,
                    }
                )
        categories = [{"id": number, "name": name} for number, name in enumerate(classes, start=1)]
        info = {"upright": True}  # as in data.yaml
        document = {"info": info, "images": images, "annotations": annotations, "categories": categories}
        _write(target / split / "_annotations.coco.json", json.dumps(document, ensure_ascii=False).encode())
    _write_groups(snapshot, target, names)


def _table(snapshot: DatasetSnapshot, target: Path, get: GetPicture, _size_of: SizeOf) -> None:
    """Pictures in one folder, and `samples.csv` with everything but places."""
    names = file_names(snapshot.records)
    columns = ["file", "labels", "split", "group", "group_how", "source", "licence", "name", "sha256"]
    rows = []
    for record in snapshot.records:
        file = _name(record, names)
        _write(target / "images" / file, get(record.sha256))
        row = record.to_row() | {"file": file, "labels": "|".join(record.labels)}
        rows.append(["" if row[column] is None else str(row[column]) for column in columns])
    _write(target / "samples.csv", _csv(columns, rows))


LAYOUTS: dict[str, Callable[[DatasetSnapshot, Path, GetPicture, SizeOf], None]] = {
    "folder": _folders,
    "yolo": _yolo,
    "coco": _coco,
    "csv": _table,
}


def _stem(file: str) -> str:
    return PurePosixPath(file).stem.lower()


def _name(record: Record, names: dict[str, str]) -> str:
    return names[f"{record.source}/{record.name}"]


def _classes(snapshot: DatasetSnapshot) -> list[str]:
    return sorted({label for record in snapshot.records for label in record.labels})


def _write_groups(snapshot: DatasetSnapshot, target: Path, names: dict[str, str]) -> None:
    several = len({record.source for record in snapshot.records}) > 1  # whose groups may be called alike
    rows = [
        [_name(record, names), record.group_key if several else record.group]
        for record in snapshot.records
        if record.group is not None
    ]
    if rows:
        _write(target / "groups.csv", _csv(["file", "group"], rows))


def _csv(columns: list[str], rows: Iterable[list[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([safe_cell(cell) for cell in row] for row in [columns, *rows])
    return text.getvalue().encode()


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
