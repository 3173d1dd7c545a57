"""COCO: one JSON file for many pictures, with boxes, polygons or masks.

`_annotations.coco.json` beside the pictures, in `<split>/` or not (Roboflow), or `annotations/*.json` with the pictures
in `images/`, `images/<split>/` or `<split>/`. An object of several polygons becomes an annotation for each; a mask in
run lengths is kept as its box. A picture without annotations is a negative, one that no JSON file lists is not read.
Captions and key points beside `instances_*.json` are of the same pictures, and say nothing more here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from beadwatch.datasets.importers.base import ImportOptions, Problems, Spot, split_named
from beadwatch.datasets.importers.coco_places import outlines_of, picture_size
from beadwatch.datasets.importers.documents import JsonDocument, read_json
from beadwatch.datasets.importers.group_table import GroupTable
from beadwatch.datasets.importers.tree import Claims, Tree
from beadwatch.datasets.sample import Annotation, Canvas, Sample

_BESIDE = "_annotations.coco.json"
_SAY_NOTHING_MORE = ("captions_", "person_keypoints_", "stuff_", "panoptic_", "image_info_")
_Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Part:
    split: str | None
    images: Path
    manifest: Path


class Coco:
    """Reads COCO."""

    name = "coco"
    layout = "<split>/_annotations.coco.json beside the pictures, or annotations/*.json and images/ (COCO)"

    def recognises(self, tree: Tree) -> bool:
        """Say whether there are JSON files where COCO has them."""
        return bool(_parts(tree))

    def read(self, tree: Tree, options: ImportOptions) -> Iterator[Sample]:
        """Yield the pictures of each manifest by name; see `Importer.read`."""
        problems, claims, groups = tree.problems, Claims(), GroupTable(tree)
        tree.use(*_beside_instances(tree))
        for part in _parts(tree):
            tree.use(part.manifest)
            document = read_json(part.manifest, problems)
            if document is None:
                continue
            manifest = _Manifest(part.manifest, document, options, problems)
            for name, annotations in manifest.pictures():
                spot = problems.at(part.manifest, document.lines.get(name))
                path = tree.find_picture(part.images, name, spot)
                if path and claims.claim(path, spot) and annotations is not None:
                    group = groups.group_of(path, part.split)
                    yield Sample(path, annotations, options.source, group, part.split, canvas=manifest.canvas(name))


def _parts(tree: Tree) -> list[_Part]:
    inside = tree.folders(tree.root)
    found = [
        _Part(None if folder == tree.root else split_named(folder.name), folder, manifest)
        for folder in [tree.root, *inside.values()]
        if (manifest := tree.files(folder).get(_BESIDE))
    ]
    beside_instances = _beside_instances(tree)
    for manifest in _manifests(tree):
        if manifest in beside_instances:
            continue
        part = manifest.stem.removeprefix("instances_")
        images = tree.folder_like(tree.root, "images") or tree.root
        folder = tree.folders(images).get(part) or inside.get(part) or images
        found.append(_Part(split_named(part), folder, manifest))
    return found


def _manifests(tree: Tree) -> list[Path]:
    folder = tree.folder_like(tree.root, "annotations")
    return tree.with_suffix(folder, ".json") if folder else []


def _beside_instances(tree: Tree) -> list[Path]:
    manifests = _manifests(tree)
    if not any(manifest.name.startswith("instances_") for manifest in manifests):
        return []
    return [manifest for manifest in manifests if manifest.name.startswith(_SAY_NOTHING_MORE)]


class _Manifest:
    """One JSON file, checked entry by entry."""

    def __init__(self, file: Path, document: JsonDocument, options: ImportOptions, problems: Problems) -> None:
        self._spot, self._lines, self._options = problems.at(file), document.lines, options
        self._data = document.data if isinstance(document.data, dict) else {}
        self._images = self._by_id("images")
        self._classes = self._class_names()
        self._sizes: dict[str, tuple[float, float] | None] = {}
        info = self._data.get("info")
        upright = info.get("upright") if isinstance(info, dict) else None
        self._upright = upright if isinstance(upright, bool) else None

    def canvas(self, name: str) -> Canvas:
        """Return what the file says of the picture that the places on it were drawn on."""
        return Canvas(self._sizes.get(name), self._upright)

    def pictures(self) -> list[tuple[str, tuple[Annotation, ...] | None]]:
        """Return each picture's name and what is on it (None where that cannot be read), by name."""
        found: dict[object, list[Annotation] | None] = {key: [] for key in self._images}
        for entry in self._entries("annotations"):
            key, category = _key(entry.get("image_id")), _key(entry.get("category_id"))
            image = self._images.get(key)
            spot = self._at(image)
            what = f"annotation {entry.get('id')!r}"
            if image is None:
                spot.report(f"{what} is of the unknown image {entry.get('image_id')!r}")
                continue
            if category not in self._classes:
                spot.report(f"{what} is of the unknown category {entry.get('category_id')!r}")
                found[key] = None
                continue
            name = image["file_name"]
            if name not in self._sizes:
                self._sizes[name] = picture_size(image, spot)
            already, ours = found[key], self._classes[category]
            if already is not None and ours:
                already.extend(
                    Annotation(ours, outline) for outline in outlines_of(entry, self._sizes[name], what, spot)
                )
        named: dict[str, tuple[Annotation, ...] | None] = {}
        for key, image in self._images.items():
            name, on_it = image["file_name"], found[key]
            if name in named:
                self._at(image).report(f"{name!r} stands twice in 'images'; keep one of them")
            named[name] = tuple(on_it) if on_it is not None and name not in named else None
        return sorted(named.items(), key=lambda item: item[0])

    def _class_names(self) -> dict[int | str | None, str | None]:
        categories = self._by_id("categories")
        return {key: self._options.our_name(category["name"]) for key, category in categories.items()}

    def _by_id(self, section: str) -> dict[int | str | None, _Entry]:
        name = "file_name" if section == "images" else "name"
        found: dict[int | str | None, _Entry] = {}
        for entry in self._entries(section):
            key = _key(entry.get("id"))
            if key is None:
                self._spot.report(f"an entry of {section!r} with the id {entry.get('id')!r}; it needs a number")
            elif not isinstance(entry.get(name), str) or not entry[name].strip():
                self._spot.report(f"entry {key!r} of {section!r} lacks a {name!r}")
            elif key in found:
                self._at(entry).report(f"the id {key!r} stands twice in {section!r}; renumber one of them")
            else:
                found[key] = entry
        return found

    def _entries(self, section: str) -> list[_Entry]:
        entries = self._data.get(section)
        if not isinstance(entries, list):
            self._spot.report(f"lacks the list {section!r} that COCO has; is it a COCO file?")
            return []
        good: list[_Entry] = [entry for entry in entries if isinstance(entry, dict)]
        if len(good) < len(entries):
            self._spot.report(f"{len(entries) - len(good)} entries of {section!r} are no objects")
        return good

    def _at(self, image: _Entry | None) -> Spot:
        name = image.get("file_name") if image else None
        return self._spot.problems.at(self._spot.file, self._lines.get(name) if isinstance(name, str) else None)


def _key(value: object) -> int | str | None:
    return value if isinstance(value, int | str) and not isinstance(value, bool) else None
