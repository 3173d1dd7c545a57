"""Which files are pictures, by their names alone: those that `decode` takes, and those that must be saved anew first.

Whoever looks through a folder takes the first, and says of the second why they are not taken. Knows names; never opens
a file.
"""

from pathlib import PurePath

_JPEG = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".jfi", ".jif", ".pjpeg", ".pjp"})
PICTURE_SUFFIXES = _JPEG | {".png", ".apng", ".webp", ".bmp", ".dib", ".tif", ".tiff", ".gif"}

_PHONE = "is not read: save it as JPEG (`heif-convert`, `magick mogrify -format jpg`, or the phone's setting for it)"
_RAW = "a camera's raw file is not read: develop it and save it as JPEG"
_OTHER = "is not read: save it as PNG or JPEG"
_NOT_READ = {
    **dict.fromkeys((".heic", ".heif", ".hif"), f"HEIC {_PHONE}"),
    **dict.fromkeys((".avif", ".avifs"), f"AVIF {_PHONE}"),
    **dict.fromkeys((".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf", ".srw", ".pef"), _RAW),
    **dict.fromkeys((".jp2", ".j2k", ".jpf", ".jpx"), f"JPEG 2000 {_OTHER}"),
    **dict.fromkeys((".dcm", ".dicom", ".dicos", ".dcs"), f"DICOM {_OTHER}"),
    **{
        f".{name}": f"{name.upper()} {_OTHER}"
        for name in ("jxl", "psd", "tga", "exr", "hdr", "pcx", "ppm", "pgm", "pbm", "pnm", "ico", "svg", "jxr", "wdp")
    },
}


def is_picture_name(name: str) -> bool:
    """Say whether a file of that name is a picture that `decode` takes."""
    return PurePath(name).suffix.lower() in PICTURE_SUFFIXES


def why_not_read(name: str) -> str | None:
    """Return why a picture of that name is not taken, and what to do; None: it is taken, or is no picture."""
    return _NOT_READ.get(PurePath(name).suffix.lower())
