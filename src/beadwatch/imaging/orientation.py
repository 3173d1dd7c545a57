"""Which way up a picture is, from its metadata: the EXIF orientation, 1 to 8. Knows no pixels.

Reads that one entry and nothing else, so that odd or damaged metadata costs nothing and is no reason to fail.
"""

import re
import struct

UPRIGHT = 1
_TAG, _SHORT, _LONG = 0x0112, 3, 4
_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_XMP = re.compile(rb'tiff:Orientation(?:="|>)([1-8])')


def orientation_of(exif: bytes, xmp: bytes = b"") -> int:
    """Return the orientation that an EXIF block (with or without its "Exif" mark) or else an XMP packet asks for."""
    found = _in_exif(exif.removeprefix(b"Exif\0\0"))
    if found is None and (match := _XMP.search(xmp)):
        found = int(match[1])
    return found if found is not None and 1 <= found <= 8 else UPRIGHT


def _in_exif(block: bytes) -> int | None:
    order = _ORDERS.get(block[:4])
    if order is None:
        return None
    try:
        (directory,) = struct.unpack_from(f"{order}I", block, 4)
        (entries,) = struct.unpack_from(f"{order}H", block, directory)
        for number in range(entries):
            entry = directory + 2 + 12 * number
            tag, kind, count = struct.unpack_from(f"{order}HHI", block, entry)
            if tag == _TAG:
                return _number(block, entry + 8, order, kind) if count == 1 else None
    except struct.error:  # cut short
        return None
    return None


def _number(block: bytes, at: int, order: str, kind: int) -> int | None:
    letter = {_SHORT: "H", _LONG: "I"}.get(kind)
    return None if letter is None else int(struct.unpack_from(order + letter, block, at)[0])
