"""Pascal VOC: an XML file for each picture, beside it, or in `Annotations/` with the pictures in `JPEGImages/`.

Boxes, and Roboflow's polygons. The picture is the one of the XML file's name, else the one that its `<filename>` says.
A picture without an XML file is a negative. Does not read `ImageSets/`, nor parts of objects.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from beadwatch.datasets.importers.base import ImportOptions, Problems, Spot, split_named
from beadwatch.datasets.importers.documents import finite
from beadwatch.datasets.importers.group_table import GroupTable
from beadwatch.datasets.importers.places import box_place, polygon_place
from beadwatch.datasets.importers.tree import Claims, Tree, is_inside
from beadwatch.datasets.importers.xml_document import line_of, read_xml
from beadwatch.datasets.sample import Annotation, Point, Sample

_CORNERS = ("xmin", "ymin", "xmax", "ymax")


_Labels = dict[Path, tuple[Annotation, ...] | None]


@dataclass(frozen=True, slots=True)
class _Part:
    split: str | None
    images: Path
    annotations: Path


class Voc:
    """Reads Pascal VOC."""

    name = "voc"
    layout = "*.xml beside the pictures, or Annotations/*.xml and JPEGImages/, in <split>/ or not (Pascal VOC)"

    def recognises(self, root: Path) -> bool:
        """Say whether there are XML files where annotations would be."""
        return bool(_parts(Tree(root)))

    def read(self, root: Path, options: ImportOptions, problems: Problems) -> Iterator[Sample]:
        """Yield the pictures of each part by name; see `Importer.read`."""
        tree = Tree(root, problems)
        groups = GroupTable(root, problems)
        for part in _parts(tree):
            labels, complete = _read_annotations(part, tree, options)
            for picture in tree.pictures(part.images):
                annotations = labels.get(picture, () if complete else None)
                if annotations is not None:
                    group = groups.group_of(picture, part.split)
                    yield Sample(picture, annotations, options.source, group, part.split)


def _parts(tree: Tree) -> list[_Part]:
    found = []
    for folder in [tree.root, *tree.folders(tree.root).values()]:
        split = None if folder == tree.root else split_named(folder.name)
        inside = {name.lower(): path for name, path in tree.folders(folder).items()}
        images = inside.get("jpegimages") or inside.get("images")
        if images and "annotations" in inside and tree.with_suffix(inside["annotations"], ".xml"):
            found.append(_Part(split, images, inside["annotations"]))
        elif tree.with_suffix(folder, ".xml") and tree.pictures(folder):
            found.append(_Part(split, folder, folder))
    return found


def _read_annotations(part: _Part, tree: Tree, options: ImportOptions) -> tuple[_Labels, bool]:
    """Return what is on each picture (None where that cannot be read), and whether every file is tied to a picture.

    Where one is not, a picture without a file may be the one that it is about, and is no sure negative.
    """
    by_stem: dict[str, list[Path]] = {}
    for picture in tree.pictures(part.images):
        by_stem.setdefault(picture.stem, []).append(picture)
    labels: _Labels = {}
    complete, claims = True, Claims()
    for file in tree.with_suffix(part.annotations, ".xml"):
        spot = tree.problems.at(file)
        document = read_xml(file, tree.problems)
        same_name = by_stem.get(file.stem, [])
        found = _picture(document, same_name, part, tree, spot) if document is not None else None
        if document is None or found is None:
            labels.update(dict.fromkeys(same_name, None))
            complete = complete and bool(same_name)
        else:
            labels[found] = _annotations(document, options, spot) if claims.claim(found, spot) else None
    return labels, complete


def _picture(document: Element, same_name: list[Path], part: _Part, tree: Tree, spot: Spot) -> Path | None:
    name = (document.findtext("filename") or "").strip()
    if not is_inside(name, spot):
        return None
    if len(same_name) == 1:
        return same_name[0]
    if same_name:
        spot.report(f"{len(same_name)} pictures have this name in {part.images}; rename or remove all but one")
        return None
    if not name:
        spot.report(f"no picture of this name in {part.images}, and no <filename> that says another")
        return None
    return tree.find_picture(part.images, name, spot)


def _annotations(document: Element, options: ImportOptions, spot: Spot) -> tuple[Annotation, ...] | None:
    found: list[Annotation] = []
    size: tuple[float, float] | None = None
    for index, thing in enumerate(document.findall("object")):
        here = Spot(spot.problems, spot.file, line_of(thing))
        name = (thing.findtext("name") or "").strip()
        if not name:
            here.report("an object without a <name>")
            return None
        if index == 0:
            size = _size(document, here)
        ours = options.our_name(name)
        if ours:
            found.append(Annotation(ours, _place(thing, size, here) if size else None))
    return tuple(found)


def _size(document: Element, spot: Spot) -> tuple[float, float] | None:
    width, height = (finite(document.findtext(f"size/{side}")) for side in ("width", "height"))
    if width and height and width > 0 and height > 0:
        return width, height
    spot.report("the picture's <size> needs a width and a height above 0; without them no box can be placed")
    return None


def _place(thing: Element, size: tuple[float, float], spot: Spot) -> tuple[Point, ...] | None:
    polygon, box = thing.find("polygon"), thing.find("bndbox")
    tags = _corner_tags(polygon) if polygon is not None else _CORNERS
    shape = polygon if polygon is not None else box
    if shape is None:
        spot.report("an object without a <bndbox>")
        return None
    shares: list[float] = []
    for index, tag in enumerate(tags):
        number = finite(shape.findtext(tag))
        if number is None:
            spot.report(f"<{tag}> is {shape.findtext(tag)!r}, where a number is expected")
            return None
        shares.append(number / size[index % 2])
    if polygon is not None:
        return polygon_place(shares, spot)
    left, top, right, bottom = shares
    if left >= right or top >= bottom:
        spot.report("a box whose <xmax> or <ymax> is not above its <xmin> or <ymin>")
        return None
    return box_place(left, top, right, bottom, spot)


def _corner_tags(polygon: Element) -> list[str]:
    corners = sum(1 for child in polygon if child.tag.startswith("x"))
    return [f"{axis}{number}" for number in range(1, corners + 1) for axis in "xy"]
