"""What a file's name says about its origin: copies of one photo, tiles of one photo, frames of one video.

Knows names. Does not know pixels: two photos that a person called `images.jpg` pass for one here, which costs a little
variety and never a leak.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

FRAME_GAP = 10  # numbers further apart than this are another run of the video

_ROBOFLOW = re.compile(r"(?P<source>.+)_(?:jpe?g|png|bmp|webp|tiff?|gif)\.rf\.[0-9A-Za-z]{16,40}", re.IGNORECASE)
_AUGMENTED = re.compile(
    r"(?:[-_ .](?:aug(?:mented)?|[hv]?flip(?:ped)?|mirror(?:ed)?|rot(?:ated?)?|gr[ae]y(?:scale)?|nois[ey]|speckled?|"
    r"bright(?:ness|er)?|dark(?:er)?|blur(?:red)?|hdr|copy)[-_]?\d{0,3})+$",
    re.IGNORECASE,
)
_TILE = re.compile(r"(?P<photo>.+?)[-_](?:block|tile|patch|crop)[-_]?\d+[-_]\d+(?P<rest>\D*)", re.IGNORECASE)
_FRAME = re.compile(
    r"(?P<video>(?:.*[^A-Za-z])?(?:video|vid|frame|frm)[-_ ]?)(?P<number>\d+)(?P<rest>\D*)", re.IGNORECASE
)
_PARTS = frozenset({"train", "training", "valid", "val", "validation", "test", "testing", "images", "imgs"})


def name_families(paths: Sequence[Path]) -> list[str | None]:
    """Return the family of each file, None where its name says nothing; a family is of one photo or one run of a video.

    `weld_flip.jpg` draws `weld.jpg` into its family. Files of equal names without such a sign are strangers: many sets
    number their pictures from 1 in each folder.
    """
    origins = [_origin(path) for path in paths]
    telling = {name for name, sign in origins if sign}
    families = [name if name in telling else None for name, _ in origins]
    videos: dict[tuple[str, str], dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for index, (name, _) in enumerate(origins):
        frame = _FRAME.fullmatch(name)
        if frame:
            videos[frame["video"], frame["rest"]][int(frame["number"])].append(index)
    for (video, rest), frames in videos.items():
        for run in _runs(sorted(frames)):
            name = f"{video}{run[0]}-{run[-1]}{rest}" if len(run) > 1 else f"{video}{run[0]}{rest}"
            for index in (index for number in run for index in frames[number]):
                families[index] = name
    return families


def _origin(path: Path) -> tuple[str, bool]:
    """Return what a file was called before it was copied, cut or augmented, and whether its name showed that it was.

    Its folder goes before it where that may be a run or a class; an export has neither.
    """
    exported = _ROBOFLOW.fullmatch(path.stem)
    stem = exported["source"] if exported else path.stem
    short = _shortened(stem)
    tile = _TILE.fullmatch(short)
    if tile:
        short = tile["photo"] + tile["rest"]
    folder = path.parent.name
    plain = exported or not folder or folder.lower() in _PARTS
    return short if plain else f"{folder}/{short}", bool(exported or tile or short != stem)


def _shortened(stem: str) -> str:
    """Drop what augmentation put at the end of a name, if anything is left then."""
    found = _AUGMENTED.search(stem, 1)
    return stem[: found.start()] if found else stem


def _runs(numbers: Sequence[int]) -> list[list[int]]:
    runs = [[numbers[0]]]
    for before, number in pairwise(numbers):
        if number - before > FRAME_GAP:
            runs.append([])
        runs[-1].append(number)
    return runs
