"""Pascal VOC: an XML file for each picture, beside it, or in `Annotations/` with the pictures in `JPEGImages/`.

Parts lie anywhere in the tree, and pictures and XML files in folders within these two.

Boxes, and Roboflow's polygons. The picture is the one of the XML file's name, else the one that its `<filename>` says.
Of that name the end counts, for tools write the path on their own machine there; it never leads out of the folder. A
picture without an XML file is taken for a clean one among others, which is said; but not in a set that has XML files
without an object, nor where one is of no picture. Does not read `ImageSets/`, nor parts of objects.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from beadwatch.datasets.importers.base import ImportOptions, Spot, some_of, split_named
from beadwatch.datasets.importers.documents import finite
from beadwatch.datasets.importers.group_table import GroupTable
from beadwatch.datasets.importers.places import box_place, polygon_place
from beadwatch.datasets.importers.tree import Claims, Tree, plain_file_name
from beadwatch.datasets.importers.xml_document import line_of, read_xml
from beadwatch.datasets.sample import Annotation, Canvas, Point, Sample

_CORNERS = ("xmin", "ymin", "xmax", "ymax")
_IMAGES, _ANNOTATIONS = ("jpegimages", "images"), ("annotations", "annotation", "xml", "xmls", "labels")


@dataclass(frozen=True, slots=True)
class _Part:
    split: str | None
    images: Path
    pictures: list[Path]
    files: list[Path]


@dataclass(frozen=True, slots=True)
class _Said:
    """What is on a picture (None: that cannot be read), and the picture's size by the file's word.

    `clean`: the file has no object.
    """

    annotations: tuple[Annotation, ...] | None
    canvas: Canvas | None = None
    clean: bool = False


@dataclass(frozen=True, slots=True)
class _Labels:
    """What the files of a part say of its pictures, and whether each of them is tied to one."""

    by_picture: dict[Path, _Said]
    complete: bool


class Voc:
    """Reads Pascal VOC."""

    name = "voc"
    layout = "*.xml beside the pictures, or Annotations/*.xml and JPEGImages/, in <split>/ or not (Pascal VOC)"

    def recognises(self, tree: Tree) -> bool:
        """Say whether there are XML files where annotations would be."""
        return bool(_parts(tree))

    def read(self, tree: Tree, options: ImportOptions) -> Iterator[Sample]:
        """Yield the pictures of each part by name; see `Importer.read`."""
        groups = GroupTable(tree)
        read = [(part, _read_annotations(part, tree, options)) for part in _parts(tree)]
        # A picture without a file may be one that nobody has labelled, or that a file without a picture was meant for.
        missing_is_clean = all(
            labels.complete and not any(said.clean for said in labels.by_picture.values()) for _, labels in read
        )
        for part, labels in read:
            labelled_folders = {picture.parent for picture in labels.by_picture}
            missing = []
            for picture in part.pictures:
                clean = missing_is_clean and picture.parent in labelled_folders
                said = labels.by_picture.get(picture, _Said(() if clean else None))
                if said.annotations is None:
                    continue
                if picture not in labels.by_picture:
                    missing.append(picture.name)
                group = groups.group_of(picture, part.split)
                yield Sample(picture, said.annotations, options.source, group, part.split, canvas=said.canvas)
            if missing:
                tree.problems.note(
                    part.images,
                    f"taken for clean without an XML file ({len(missing)}): {some_of(missing)}",
                )


def _parts(tree: Tree) -> list[_Part]:
    found: list[_Part] = []
    taken: set[Path] = set()
    for folder in tree.walk():
        split = next((part for name in folder.relative_to(tree.root).parts if (part := split_named(name))), None)
        images, annotations = tree.folder_like(folder, *_IMAGES), tree.folder_like(folder, *_ANNOTATIONS)
        inside = [path for each in tree.walk(annotations) for path in _xml(tree, each)] if annotations else []
        if folder in taken:
            continue
        if images and annotations and inside:
            pictures = [path for each in tree.walk(images) for path in tree.pictures(each)]
            found.append(_Part(split, images, pictures, inside))
            taken |= {*tree.walk(images), *tree.walk(annotations)}
        elif _xml(tree, folder) and tree.pictures(folder):
            found.append(_Part(split, folder, tree.pictures(folder), _xml(tree, folder)))
    return found


def _xml(tree: Tree, folder: Path) -> list[Path]:
    return tree.with_suffix(folder, ".xml")


def _read_annotations(part: _Part, tree: Tree, options: ImportOptions) -> _Labels:
    by_stem: dict[str, list[Path]] = {}
    for picture in part.pictures:
        by_stem.setdefault(plain_file_name(picture.stem), []).append(picture)
    labels: dict[Path, _Said] = {}
    complete, claims = True, Claims()
    for file in part.files:
        tree.use(file)
        spot = tree.problems.at(file)
        document = read_xml(file, tree.problems)
        same_name = _same_name(file, by_stem)
        found = _picture(document, same_name, part, tree, spot) if document is not None else None
        if document is None or found is None:
            labels.update(dict.fromkeys(same_name, _Said(None)))
            complete = complete and bool(same_name)
        else:
            labels[found] = _said(document, options, spot) if claims.claim(found, spot) else _Said(None)
    return _Labels(labels, complete)


def _same_name(file: Path, by_stem: dict[str, list[Path]]) -> list[Path]:
    alike = by_stem.get(plain_file_name(file.stem), [])
    return [picture for picture in alike if picture.stem == file.stem] or alike


def _picture(document: Element, same_name: list[Path], part: _Part, tree: Tree, spot: Spot) -> Path | None:
    if len(same_name) == 1:
        return same_name[0]
    if same_name:
        spot.report(f"{len(same_name)} pictures have this name in {part.images}; rename or remove all but one")
        return None
    name = (document.findtext("filename") or "").strip().replace("\\", "/").rpartition("/")[2]
    if not name:
        spot.report(f"no picture of this name in {part.images}, and no <filename> that says another")
        return None
    named = [picture for picture in part.pictures if picture.name == name]
    return named[0] if len(named) == 1 else tree.find_picture(part.images, name, spot)


def _said(document: Element, options: ImportOptions, spot: Spot) -> _Said:
    found: list[Annotation] = []
    size: tuple[float, float] | None = None
    for index, thing in enumerate(document.findall("object")):
        here = Spot(spot.problems, spot.file, line_of(thing))
        name = (thing.findtext("name") or "").strip()
        if not name:
            here.report("an object without a <name>")
            return _Said(None)
        if index == 0:
            size = _size(document, here)
        ours = options.our_name(name)
        if ours:
            found.append(Annotation(ours, _place(thing, size, here) if size else None))
    return _Said(tuple(found), Canvas(size) if size else None, clean=document.find("object") is None)


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
    if right * size[0] <= 1 and bottom * size[1] <= 1:
        spot.report("a box within one pixel: shares of the picture, where Pascal VOC has pixels")
        return None
    if left >= right or top >= bottom:
        spot.report("a box whose <xmax> or <ymax> is not above its <xmin> or <ymin>")
        return None
    return box_place(left, top, right, bottom, spot)


def _corner_tags(polygon: Element) -> list[str]:
    corners = sum(1 for child in polygon if child.tag.startswith("x"))
    return [f"{axis}{number}" for number in range(1, corners + 1) for axis in "xy"]
