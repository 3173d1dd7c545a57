"""COCO's boxes and polygons, in pixels, as outlines in shares of the picture.

Knows one annotation entry. Does not decode masks in run lengths: their box stands for them.
"""

from collections.abc import Mapping
from typing import Any

from beadwatch.datasets.importers.base import Spot
from beadwatch.datasets.importers.documents import finite
from beadwatch.datasets.importers.places import box_place, polygon_place
from beadwatch.datasets.sample import Point

_Outline = tuple[Point, ...]


def picture_size(image: Mapping[str, Any], spot: Spot) -> tuple[float, float] | None:
    """Return width and height in pixels, or None after reporting that they are no sizes."""
    width, height = finite(image.get("width")), finite(image.get("height"))
    if width and height and width > 0 and height > 0:
        return width, height
    spot.report(f"{image.get('file_name')!r} needs a width and a height above 0; without them no box can be placed")
    return None


def outlines_of(
    entry: Mapping[str, Any], size: tuple[float, float] | None, what: str, spot: Spot
) -> tuple[_Outline | None, ...]:
    """Return the outlines of an annotation: one for each polygon, else its box, else one None."""
    if size is None:
        return (None,)
    polygons = entry.get("segmentation")
    if isinstance(polygons, list) and polygons:
        if all(finite(number) is not None for number in polygons):  # one polygon, without the list around it
            polygons = [polygons]
        return tuple(_polygon(numbers, size, what, spot) for numbers in polygons)
    return (_box(entry["bbox"], size, what, spot) if entry.get("bbox") else None,)


def _polygon(numbers: object, size: tuple[float, float], what: str, spot: Spot) -> _Outline | None:
    shares = _shares(numbers, size, f"{what}: a polygon", spot)
    if shares and len(shares) > 1 and max(shares[::2]) * size[0] <= 1 and max(shares[1::2]) * size[1] <= 1:
        spot.report(f"{what}: a polygon within one pixel: shares of the picture, where COCO has pixels")
        return None
    return polygon_place(shares, spot) if shares is not None else None


def _box(numbers: object, size: tuple[float, float], what: str, spot: Spot) -> _Outline | None:
    shares = _shares(numbers, size, f"{what}: a bbox", spot)
    if shares is None:
        return None
    if len(shares) != 4 or shares[2] <= 0 or shares[3] <= 0:
        spot.report(f"{what}: the bbox {numbers!r} is no x, y, width and height above 0")
        return None
    left, top, width, height = shares
    if (left + width) * size[0] <= 1 and (top + height) * size[1] <= 1:
        spot.report(f"{what}: the bbox {numbers!r} lies within one pixel: shares of the picture, where COCO has pixels")
        return None
    return box_place(left, top, left + width, top + height, spot)


def _shares(numbers: object, size: tuple[float, float], what: str, spot: Spot) -> list[float] | None:
    shares: list[float] = []
    for index, number in enumerate(numbers if isinstance(numbers, list) else [numbers]):
        value = finite(number)
        if value is None:
            spot.report(f"{what} has {number!r}, where a number is expected")
            return None
        shares.append(value / size[index % 2])
    return shares
