"""Which files in a set say what is on its pictures, by their names and by what is in them.

It is better to ask about a file that is none than to take a welds' defects for absent: a file of text, JSON, XML or CSV
is taken for one where it has the name of a picture, names pictures of the set, or is written as label files are. Knows
the marks of other tools' files, to say what to do. Does not read labels.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote

from beadwatch.datasets.importers.documents import finite
from beadwatch.datasets.importers.picture_lists import listed_pictures
from beadwatch.datasets.importers.tree import plain_file_name
from beadwatch.imaging.picture_names import PICTURE_SUFFIXES

_TEXTS = frozenset(
    {".txt", ".json", ".jsonl", ".ndjson", ".xml", ".csv", ".tsv", ".yaml", ".yml", ".geojson", ".labels"}
)
_READ_BYTES = 1 << 25  # names of pictures stand near the start of most files
_TALK = ("readme", "license", "licence", "changelog", "requirements", "citation", "attribution")
_ENDINGS = "|".join(sorted((suffix.removeprefix(".") for suffix in PICTURE_SUFFIXES), key=len, reverse=True))
_ENDING = re.compile(rf"\.(?:{_ENDINGS})(?![\w.])", re.IGNORECASE)
_BETWEEN_WORDS = re.compile(r"[\s\"'<>,;:|/\\=()\[\]]")
_LONGEST_NAME = 255
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_CHECKSUM = re.compile(r"\s*[0-9a-fA-F]{32,128}\s")
_CLASS = re.compile(r"[0-9]{1,5}(\.0*)?")
_MARKS = {
    ".json": re.compile(r'"(shapes|annotations|regions|objects|bbox|boundingBox|segmentation|completions)"\s*:'),
    ".xml": re.compile(r"<(annotations?|object|bndbox|polygon|points|box)\b"),
}
_EXPORT = "export the labels as YOLO, COCO or Pascal VOC"
_TOOLS = (
    (r'"shapes"\s*:', f"LabelMe's JSON: {_EXPORT}"),
    (r'"(_via_settings|_via_img_metadata|regions|shape_attributes)"\s*:', f"VGG Image Annotator's JSON: {_EXPORT}"),
    (r'"(completions|from_name|completed_by|data_manager|original_width)"\s*:', f"Label Studio's JSON: {_EXPORT}"),
    (r'"(classTitle|classId|bitmap)"\s*:', f"Supervisely's JSON: {_EXPORT}"),
    (r'"coordinates"\s*:\s*\{', f"CreateML's JSON: {_EXPORT}"),
    (
        r'"(image_id|category_id)"\s*:',
        "COCO: name it annotations/instances_<part>.json, or _annotations.coco.json beside the pictures of its part",
    ),
    (r"<annotations>", f"CVAT's XML: {_EXPORT}"),
    (r"<annotation\b", "Pascal VOC: its files lie beside the pictures, or in Annotations/ beside JPEGImages/"),
)


class LabelFiles:
    """Tells label files of a set with these pictures and videos."""

    def __init__(self, pictures: Iterable[Path]) -> None:
        self._stems: set[str] = set()
        self._names: set[str] = set()
        for picture in pictures:
            self._stems |= {plain_file_name(picture.stem), plain_file_name(picture.name)}
            self._names |= _names_in(picture.name)

    def is_one(self, file: Path) -> bool:
        """Say whether a file looks as if it said what is on pictures."""
        if file.suffix.lower() not in _TEXTS or file.name.lower().startswith(_TALK):
            return False
        if plain_file_name(file.stem) in self._stems:
            return True
        text = _text(file)
        if listed_pictures(text) or _CHECKSUM.match(text):
            return False
        mark = _MARKS.get(file.suffix.lower())
        if mark and mark.search(text):
            return True
        if file.suffix.lower() == ".txt" and _is_yolo(text.lstrip()[:1000].partition("\n")[0]):
            return True
        return not self._names.isdisjoint(_names_in(text))


def written_by(file: Path) -> str | None:
    """Return whose format a label file is in, and what to do; None where that cannot be told."""
    text = _text(file)
    return next((tool for mark, tool in _TOOLS if re.search(mark, text)), None)


def is_picture_list(file: Path) -> bool:
    """Say whether a file is a list of pictures that says nothing of them."""
    return file.suffix.lower() == ".txt" and bool(listed_pictures(_text(file)))


def _text(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            data = opened.read(_READ_BYTES)
    except OSError:
        return ""
    return data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig", "replace")


def _names_in(text: str) -> set[str]:
    """Return the last words of all names of pictures in a text, as they would be written without escapes."""
    text = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    found = set()
    for match in _ENDING.finditer(text):  # and back from there: whoever looks for names from the left may never end
        before = text[max(0, match.start() - _LONGEST_NAME) : match.start()]
        found.add(plain_file_name(unquote(_BETWEEN_WORDS.split(before)[-1] + match[0])))
    return found


def _is_yolo(line: str) -> bool:
    """Say whether a line is a class and at least four shares, whatever stands between them."""
    words = line.replace(";", " ").split()
    words = words[0].split(",") if len(words) == 1 else words
    shares = [finite(word.replace(",", ".")) for word in words[1:]]
    return (
        len(shares) >= 4
        and bool(_CLASS.fullmatch(words[0]))
        and all(share is not None and 0 <= share <= 1 for share in shares)
    )
