"""A labelled picture: what is on it, which weld it shares with its near copies, and where it came from.

Knows labels and places. Does not know pixels, nor how any layout spells its labels.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from beadwatch.domain.errors import DatasetError

Point = tuple[float, float]
ACROSS = "*/"  # what the name of a group begins with that holds in all sources of a set


@dataclass(frozen=True, slots=True)
class Annotation:
    """One labelled thing on a picture: a class, and where it is, if that is known.

    `outline` is a closed polygon of at least three corners (x, y), each a share of the picture's width or height
    (0 to 1, y downwards). A box has the four corners of `box_outline`. None: somewhere on the picture.
    """

    label: str
    outline: tuple[Point, ...] | None = None

    def __post_init__(self) -> None:
        if not self.label:
            raise DatasetError("an annotation needs a class")
        if self.outline is not None and len(self.outline) < 3:
            raise DatasetError(f"the outline of {self.label!r} has {len(self.outline)} corners; it needs 3 at least")
        if self.outline is not None and not all(0.0 <= share <= 1.0 for point in self.outline for share in point):
            raise DatasetError(f"the outline of {self.label!r} leaves the picture")

    @property
    def box(self) -> tuple[float, float, float, float] | None:
        """The smallest upright box around the outline: left, top, right, bottom, as shares of the picture."""
        if self.outline is None:
            return None
        across, down = zip(*self.outline, strict=True)
        return min(across), min(down), max(across), max(down)


def box_outline(left: float, top: float, right: float, bottom: float) -> tuple[Point, ...]:
    """Return a box as an outline, clipped to the picture: annotation tools overshoot the edge by a pixel."""
    left, top, right, bottom = (min(1.0, max(0.0, share)) for share in (left, top, right, bottom))
    return (left, top), (right, top), (right, bottom), (left, bottom)


@dataclass(frozen=True, slots=True)
class Canvas:
    """What a layout says of the picture that its places were drawn on; None where it does not say.

    `size_px` is its width and height. `upright`: it was seen as EXIF turns it, not as its pixels are stored.
    """

    size_px: tuple[float, float] | None = None
    upright: bool | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """One labelled picture.

    `group` names the weld, run or source photo that this picture shares with its near copies, so that a split never has
    them on both sides; None where the layout does not say (`groups.infer_groups` finds them). It holds within `source`,
    or in all sources of a set where it begins with `ACROSS`. `source` names the data set, `split` the part of it that
    its source put the picture into. `answer` is what a model had said, where feedback carries that: `{class: score}` as
    it was, never normalised. `canvas` is given by importers alone; places are on the upright picture where it is None.
    """

    path: Path
    annotations: tuple[Annotation, ...]
    source: str
    group: str | None = None
    split: str | None = None
    answer: Mapping[str, float] | None = None
    canvas: Canvas | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes on the picture, each once, in order of appearance."""
        return tuple(dict.fromkeys(annotation.label for annotation in self.annotations))

    @property
    def group_key(self) -> str:
        """The group, unique over all sources; a picture without one stands alone."""
        return group_key(self.source, self.group) if self.group is not None else f"{self.source}//{self.path}"


def group_key(source: str, group: str) -> str:
    """Return what tells a group from all others of a set."""
    return group if group.startswith(ACROSS) else f"{source}/{group}"


def labelled(*labels: str) -> tuple[Annotation, ...]:
    """Return annotations of classes without a place."""
    return tuple(Annotation(label) for label in labels)


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
