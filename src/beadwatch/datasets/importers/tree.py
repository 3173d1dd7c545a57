"""The files under a data set's folder: each folder is listed once, and nothing outside of it is ever reached.

Knows names and links. Does not open a file. A manifest's word for a picture is looked up in the listing, so that 50,000
pictures cost as many system calls as there are folders. Hidden files and what macOS leaves in archives are no part of
a set.
"""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from beadwatch.datasets.importers.base import Problems, Spot

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif"})
_OUTSIDE = re.compile(r"[/\\]|[A-Za-z]:")  # how an absolute path starts, on any system

_NO_FILE = "no file: a broken link or a device"


@dataclass(slots=True)
class _Listing:
    files: dict[str, Path] = field(default_factory=dict)
    folders: dict[str, Path] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


class Tree:
    """A folder and what lies in it."""

    def __init__(self, root: Path, problems: Problems | None = None) -> None:
        self.root = root
        self.problems = problems if problems is not None else Problems(skip=True)
        self._real_root = root.resolve()
        self._listings: dict[Path, _Listing] = {}

    def folders(self, folder: Path) -> dict[str, Path]:
        """Return the folders in a folder by name, in order."""
        return self._listing(folder).folders

    def files(self, folder: Path) -> dict[str, Path]:
        """Return the files in a folder by name, in order."""
        return self._listing(folder).files

    def pictures(self, folder: Path) -> list[Path]:
        """Return the pictures in a folder, by their names, in order. Reports those that no set can hold."""
        for name, why in self._listing(folder).refused.items():
            self.problems.report(folder / name, why)
        return [path for path in self.files(folder).values() if is_picture(path)]

    def with_suffix(self, folder: Path, *suffixes: str) -> list[Path]:
        """Return the files in a folder that end in one of `suffixes` (lower case), in order."""
        return [path for path in self.files(folder).values() if path.suffix.lower() in suffixes]

    def find_picture(self, folder: Path, name: str, spot: Spot) -> Path | None:
        """Return the picture that a manifest calls `name`, relative to `folder`; None after reporting why not."""
        if not is_inside(name, spot):
            return None
        parts = [part for part in name.replace("\\", "/").split("/") if part not in {"", "."}]
        if not parts or not is_picture(Path(parts[-1])):
            spot.report(f"{name!r} is no name of a picture ({', '.join(sorted(PICTURE_SUFFIXES))})")
            return None
        for part in parts[:-1]:
            listing = self._listing(folder)
            if part not in listing.folders:
                spot.report(f"{name!r}: {listing.refused.get(part, f'{part!r} is no folder in {folder}')}")
                return None
            folder = listing.folders[part]
        listing = self._listing(folder)
        found = listing.files.get(parts[-1])
        if found is None:
            spot.report(f"{name!r}: {listing.refused.get(parts[-1], f'there is no such file in {folder}')}")
        return found

    def _listing(self, folder: Path) -> _Listing:
        known = self._listings.get(folder)
        if known is None:
            known = self._listings[folder] = self._list(folder)
        return known

    def _list(self, folder: Path) -> _Listing:
        listing = _Listing()
        try:
            with os.scandir(folder) as entries:
                for entry in sorted(entries, key=lambda entry: entry.name):
                    if entry.name.startswith((".", "__MACOSX")):
                        continue
                    try:
                        self._sort_in(entry, folder / entry.name, listing)
                    except (OSError, RuntimeError):  # Python 3.12 and before raise the latter for a loop of links
                        listing.refused[entry.name] = _NO_FILE
        except (FileNotFoundError, NotADirectoryError):
            pass
        except OSError as error:
            self.problems.report(folder, f"cannot be listed: {error.strerror}")
        return listing

    def _sort_in(self, entry: "os.DirEntry[str]", path: Path, listing: _Listing) -> None:
        if not entry.name.isascii() and not _is_utf8(entry.name):
            listing.refused[entry.name] = "its name is not UTF-8; rename it"
        elif entry.is_symlink() and not path.resolve().is_relative_to(self._real_root):
            listing.refused[entry.name] = f"a link that leads out of {self.root}; copy what it points to into the set"
        elif entry.is_dir():
            listing.folders[entry.name] = path
        elif entry.is_file():
            listing.files[entry.name] = path
        else:
            listing.refused[entry.name] = _NO_FILE


class Claims:
    """Which pictures have been labelled already, and where: a picture that is labelled twice is a mistake."""

    def __init__(self) -> None:
        self._where: dict[Path, Spot] = {}

    def claim(self, picture: Path, spot: Spot) -> bool:
        """Note that `spot` labels a picture; False after reporting that another place did so before."""
        before = self._where.setdefault(picture, spot)
        if before is not spot:
            spot.report(f"{picture.name!r} is labelled twice, before in {before}; keep one of them")
        return before is spot

    def __contains__(self, picture: Path) -> bool:
        return picture in self._where


def is_inside(name: str, spot: Spot) -> bool:
    """Say whether a path of a manifest stays in its folder; False after reporting that it does not."""
    if _OUTSIDE.match(name) or ".." in name.replace("\\", "/").split("/"):
        spot.report(f"{name!r} leaves the folder; the paths of a set are relative and stay inside it")
        return False
    return True


def is_picture(path: Path) -> bool:
    """Say whether a file is a picture, by its name."""
    return path.suffix.lower() in PICTURE_SUFFIXES


def _is_utf8(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
