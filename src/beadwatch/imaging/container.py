"""The inside of a picture file, looked at before anything decodes it: how many parts it has, and its metadata.

Decoders go from part to part, some of them slowly, and hold on to metadata that no pixel needs; a file of a few
megabytes may have millions of parts. So this walks first, a bounded number of steps, and hands on what pixels need.
With that, and with the limit on pixels, the time that decoding takes is bounded by the file's structure: a second or
two a file, where a decoder in this process could not be stopped. Knows containers. Does not know pixels.
"""

import itertools
import re
import struct
import zlib
from dataclasses import dataclass

from beadwatch.domain.errors import BrokenImageError, ImageTooLargeError

MAX_PARTS = 65_536  # chunks, segments or entries: a PNG of 64 MB in the usual pieces has 8,192
MAX_GIF_BLOCKS = 300_000  # at most 255 bytes each: 64 MB are 263,000
MAX_SCANS = 100  # of a JPEG, each a pass over all pixels: encoders make 10 or so
MAX_SCANNED = 1_500_000_000  # pixels of all scans together: 23 scans of the largest picture take three seconds
_MAX_TEXT = 1 << 20  # bytes of unpacked metadata that are looked at
_PNG_NEEDED = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"acTL", b"fcTL", b"fdAT"})
_JPEG_NEEDED = frozenset({0xE0, 0xEE, *range(0xC0, 0xD0), 0xDB, 0xDD})  # JFIF, Adobe's colours, tables, frames
_JPEG_BARE = frozenset(range(0xD0, 0xDA))  # markers without a length
_SOS, _EOI, _SEQUENTIAL = 0xDA, 0xD9, frozenset({0xC0, 0xC1})
_SCAN = bytes([0xFF, _SOS])
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_TIFFS = (b"II*\0", b"MM\0*", b"II\0*", b"MM*\0", b"II+\0", b"MM\0+")  # the last two with 64 bits
_TIFF_PRIVATE = 700  # the first tag that no decoder asks for
_TIFF_NUMBERS = frozenset({3, 4, 5, 8, 9, 10, 11, 12, 13, 16})  # types of entries that decoders unpack one by one


@dataclass(frozen=True, slots=True)
class Container:
    """A picture file: `data` to decode, and metadata that says which way up it is.

    `width` and `height` are known (not 0) where a decoder would take memory for them as soon as it opens the file.
    """

    data: bytes
    exif: bytes = b""
    xmp: bytes = b""
    width: int = 0
    height: int = 0


def open_container(data: bytes) -> Container:
    """Look at a file of any format; one that is not known, or cut short, is handed on as it is.

    Raises:
        ImageTooLargeError: it has more parts than any picture needs.
        BrokenImageError: its parts make no sense.
    """
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png(data)
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data.startswith((b"GIF87a", b"GIF89a")):
        return _gif(data)
    if data.startswith(_TIFFS):
        return _tiff(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return _webp(data)
    return Container(data)


def _png(data: bytes) -> Container:
    whole, kept, at = memoryview(data), [memoryview(data)[:8]], 8
    exif = xmp = b""
    for _ in range(MAX_PARTS):
        length, name = struct.unpack_from(">I4s", data, at) if at + 8 <= len(data) else (len(data), b"")
        end = at + 12 + length
        if end > len(data):  # cut short, or at its end
            kept.append(whole[at:])
            break
        if name in _PNG_NEEDED:
            kept.append(whole[at:end])
        elif name == b"eXIf":
            exif = data[at + 8 : end - 4]
        elif name in {b"tEXt", b"zTXt", b"iTXt"}:
            keyword, _, text = data[at + 8 : end - 4].partition(b"\0")
            if keyword in {b"Raw profile type exif", b"Raw profile type APP1"}:
                exif = exif or _raw_profile(_unpacked(text[1:]) if name == b"zTXt" else text)
            elif keyword == b"XML:com.adobe.xmp" and name == b"iTXt":
                xmp = _unpacked(text[4:]) if text[:1] == b"\1" else text  # after two empty names
        if name == b"IEND":
            break
        at = end
    else:
        raise _too_many("chunks")
    return Container(b"".join(kept), exif, xmp)


def _raw_profile(text: bytes) -> bytes:
    """Return the EXIF block that ImageMagick writes as text: a name, a length, and hexadecimal digits in lines."""
    try:
        return bytes.fromhex(b"".join(text[:_MAX_TEXT].split(b"\n")[3:]).decode("ascii"))
    except ValueError:
        return b""


def _unpacked(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, _MAX_TEXT)
    except zlib.error:
        return b""


def _jpeg(data: bytes) -> Container:
    whole, kept, at = memoryview(data), [memoryview(data)[:2]], 2
    exif = xmp = b""
    frame = b""
    for _ in range(MAX_PARTS):
        found = _NEXT_MARKER.search(data, at)
        if found is None or (marker := data[found.start() + 1]) == _EOI:
            raise BrokenImageError("the picture has no pixels: it is cut short, copy or export it again")
        at = found.start()
        if marker in _JPEG_BARE:
            at += 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        end = at + 2 + length
        if length < 2 or end > len(data):
            raise BrokenImageError("the picture's header is truncated or damaged: copy or export it again")
        if marker == _SOS:
            _check_scans(data, at, frame)
            kept.append(whole[at:])
            return Container(b"".join(kept), exif, xmp)
        if marker in _JPEG_NEEDED:
            kept.append(whole[at:end])
            frame = data[at:end] if 0xC0 <= marker < 0xD0 and marker not in {0xC4, 0xC8, 0xCC} else frame
        elif marker == 0xE1 and data.startswith(b"Exif\0\0", at + 4):
            exif = exif or data[at + 4 : end]
        elif marker == 0xE1 and data.startswith(b"http://ns.adobe.com/xap/1.0/\0", at + 4):
            xmp = xmp or data[at + 33 : end]
        at = end
    raise _too_many("segments")


def _check_scans(data: bytes, at: int, frame: bytes) -> None:
    """Let a picture pass whose frame header is `frame` and whose first scan starts at `at`, unless it has too many."""
    if len(frame) < 10 or (frame[1] in _SEQUENTIAL and frame[9] == data[at + 4]):  # all colours in the first scan
        return
    height, width = struct.unpack_from(">HH", frame, 5)
    most = min(MAX_SCANS, MAX_SCANNED // max(1, width * height))
    if data.count(_SCAN, at) <= most:  # also counts what follows the picture, but fast
        return
    scans = 0
    for found in itertools.islice(_NEXT_MARKER.finditer(data, at), MAX_PARTS):
        marker = data[found.start() + 1]
        scans += marker == _SOS
        if marker == _EOI or scans > most:
            break
    if scans > most:
        raise _too_many("scans")


def _gif(data: bytes) -> Container:
    at, in_data, pictures = 13 + _colours(data[10:11]), False, 0
    for _ in range(MAX_GIF_BLOCKS):
        kind = data[at : at + 1]
        if kind == b"" or (kind == b";" and not in_data):
            return Container(data)
        if in_data:
            in_data, at = kind != b"\0", at + 1 + kind[0]
        elif kind == b",":
            pictures += 1
            if pictures > 1:  # refused for that, whatever follows
                return Container(data)
            in_data, at = True, at + 11 + _colours(data[at + 9 : at + 10])
        else:
            in_data, at = kind == b"!", at + (2 if kind == b"!" else 1)
    raise _too_many("blocks")


def _colours(flags: bytes) -> int:
    """Return the bytes of the table of colours that a GIF's flags, one byte if they are there, announce."""
    return 3 << ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0


def _tiff(data: bytes) -> Container:
    order = "<" if data[:2] == b"II" else ">"
    big = 43 in data[2:4]
    number, entry, size = ("Q", "HHQ", 20) if big else ("I", "HHI", 12)
    try:
        (first,) = struct.unpack_from(order + number, data, 8 if big else 4)
        (entries,) = struct.unpack_from(order + ("Q" if big else "H"), data, first)
        if entries > MAX_PARTS:
            raise _too_many("entries")
        at = first + (8 if big else 2)
        for place in range(at, at + entries * size, size):
            tag, kind, count = struct.unpack_from(order + entry, data, place)
            if tag < _TIFF_PRIVATE and kind in _TIFF_NUMBERS and count > MAX_PARTS:
                raise _too_many("strips")
    except struct.error:  # cut short: the decoder says so
        pass
    return Container(data)


def _webp(data: bytes) -> Container:
    exif, xmp, at = b"", b"", 12
    width, height = _webp_size(data)
    for _ in range(MAX_PARTS):
        if at + 8 > len(data):
            return Container(data, exif, xmp, width, height)
        name, length = struct.unpack_from("<4sI", data, at)
        if name == b"EXIF":
            exif = data[at + 8 : at + 8 + length]
        elif name == b"XMP ":
            xmp = data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    raise _too_many("chunks")


def _webp_size(data: bytes) -> tuple[int, int]:
    """Return width and height as the first chunk says; 0 where it is cut short."""
    kind, head = data[12:16] if len(data) >= 30 else b"", data[20:30]
    if kind == b"VP8X":
        return int.from_bytes(head[4:7], "little") + 1, int.from_bytes(head[7:10], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        return int.from_bytes(head[6:8], "little") & 0x3FFF, int.from_bytes(head[8:10], "little") & 0x3FFF
    return 0, 0


def _too_many(parts: str) -> ImageTooLargeError:
    return ImageTooLargeError(f"the picture has more {parts} than any camera or program writes: export it again")
