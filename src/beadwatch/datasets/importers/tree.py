"""The files under a data set's folder: each folder is listed once, and nothing outside of it is ever reached.

Knows names and links, and which files an importer has gone by. Does not open a file. A manifest's word for a picture is
looked up in the listing, so that 50,000 pictures cost as many system calls as there are folders. Hidden files and what
macOS and Windows leave behind are no part of a set.
"""

import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from beadwatch.datasets.importers.base import Problems, Spot
from beadwatch.imaging.picture_names import PICTURE_SUFFIXES, is_picture_name, why_not_read

_OUTSIDE = re.compile(r"[/\\]|[A-Za-z]:")  # how an absolute path starts, on any system
_LEAVINGS = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"})

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
        self._alike: dict[Path, dict[str, list[str]]] = {}
        self._used: set[Path] = set()
        self._refusals_told: set[Path] = set()
        self._links = False

    def folders(self, folder: Path) -> dict[str, Path]:
        """Return the folders in a folder by name, in order."""
        return self._listing(folder).folders

    def folder_like(self, folder: Path, *names: str) -> Path | None:
        """Return the folder in a folder that is called like one of `names` (lower case), whatever its case."""
        by_name = {name.lower(): path for name, path in reversed(self.folders(folder).items())}
        return next((by_name[name] for name in names if name in by_name), None)

    def files(self, folder: Path) -> dict[str, Path]:
        """Return the files in a folder by name, in order."""
        return self._listing(folder).files

    def pictures(self, folder: Path) -> list[Path]:
        """Return the pictures in a folder, by their names, in order. Reports those that no set can hold."""
        self.report_refused(folder)
        return [path for path in self.files(folder).values() if is_picture_name(path.name)]

    def report_refused(self, folder: Path) -> None:
        """Report, once, what in a folder no set can hold: links out of it, devices, names that are no text."""
        if folder in self._refusals_told:
            return
        self._refusals_told.add(folder)
        for name, why in self._listing(folder).refused.items():
            self.problems.report(folder / name, why)

    def with_suffix(self, folder: Path, *suffixes: str) -> list[Path]:
        """Return the files in a folder that end in one of `suffixes` (lower case), in order."""
        return [path for path in self.files(folder).values() if path.suffix.lower() in suffixes]

    def walk(self, start: Path | None = None) -> Iterator[Path]:
        """Yield the root, or `start`, and every folder below it, each once, also where links lead to it again."""
        waiting, seen = [start or self.root], set()
        while waiting:
            folder = waiting.pop()
            real = folder.resolve()
            if real not in seen:
                seen.add(real)
                yield folder
                waiting.extend(reversed(self.folders(folder).values()))

    def use(self, *files: Path) -> None:
        """Note that the import goes by these files: it has read them, or knows that they say nothing for it."""
        self._used.update(files)

    def is_used(self, file: Path) -> bool:
        """Say whether the import goes by this file."""
        return file in self._used

    def unused(self) -> list[Path]:
        """Return every file under the root that is not in use, nor the same as one that is, in order."""
        files = [path for folder in self.walk() for path in self.files(folder).values()]
        if not self._links:
            return [path for path in files if path not in self._used]
        real = {path.resolve() for path in self._used}
        return [path for path in files if path.resolve() not in real]

    def find_picture(self, folder: Path, name: str, spot: Spot) -> Path | None:
        """Return the picture that a manifest calls `name`, relative to `folder`; None after reporting why not.

        Where there is none of just that name, the only one counts that differs in how accents are composed, in case, or
        in percent signs: files change these on the way from one system to another.
        """
        if not is_inside(name, spot):
            return None
        parts = [part for part in name.replace("\\", "/").split("/") if part not in {"", "."}]
        if not parts or not is_picture_name(parts[-1]):
            why = why_not_read(name) or f"is no name of a picture ({', '.join(sorted(PICTURE_SUFFIXES))})"
            spot.report(f"{name!r}: {why}")
            return None
        for part in parts[:-1]:
            listing = self._listing(folder)
            inner = listing.folders.get(part) or listing.folders.get(self._like(folder, part, listing.folders))
            if inner is None:
                spot.report(f"{name!r}: {listing.refused.get(part, f'{part!r} is no folder in {folder}')}")
                return None
            folder = inner
        listing = self._listing(folder)
        found = listing.files.get(parts[-1]) or listing.files.get(self._like(folder, parts[-1], listing.files))
        if found is None:
            spot.report(f"{name!r}: {listing.refused.get(parts[-1], f'there is no such file in {folder}')}")
        return found

    def _like(self, folder: Path, name: str, known: dict[str, Path]) -> str:
        alike = self._alike.get(folder)
        if alike is None:
            alike = self._alike[folder] = {}
            for other in (*self._listing(folder).files, *self._listing(folder).folders):
                alike.setdefault(plain_file_name(other), []).append(other)
        for spelling in (name, unquote(name)):
            found = [other for other in alike.get(plain_file_name(spelling), []) if other in known]
            if len(found) == 1:
                return found[0]
        return ""

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
                    if entry.name.startswith((".", "__MACOSX")) or entry.name.lower() in _LEAVINGS:
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
        self._links = self._links or entry.is_symlink()
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


def plain_file_name(name: str) -> str:
    """Return a name without what file systems change on their own: case, and how accents are composed."""
    return name.lower() if name.isascii() else unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).lower())


def _is_utf8(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
