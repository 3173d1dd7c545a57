"""Finding the pictures that a person meant by files and folders. Knows paths, not what is in the files."""

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from beadwatch.domain.errors import SourceError
from beadwatch.imaging.picture_names import is_picture_name, why_not_read


@dataclass(frozen=True, slots=True)
class FoundPicture:
    """A file to inspect, or the reason why a named path gives none."""

    path: Path
    error: SourceError | None = None


def find_pictures(paths: Iterable[Path], recursive: bool) -> list[FoundPicture]:
    """Return the pictures in the order of `paths`, those of a folder sorted by name.

    A file is taken whatever its name ends in; in folders only the usual endings of pictures count, and hidden files do
    not. A path that gives nothing is returned with its error, and so is a picture in a format that is not read.
    """
    found: list[FoundPicture] = []
    for path in paths:
        try:
            is_folder = stat.S_ISDIR(path.stat().st_mode)
        except (FileNotFoundError, NotADirectoryError, ValueError):
            found.append(FoundPicture(path, SourceError("no such file or folder")))
        except OSError as error:
            found.append(FoundPicture(path, SourceError(f"cannot be reached: {error.strerror}")))
        else:
            found.extend(_in_folder(path, recursive) if is_folder else [FoundPicture(path)])
    return found


def _in_folder(folder: Path, recursive: bool) -> list[FoundPicture]:
    found: list[FoundPicture] = []
    unreadable: list[FoundPicture] = []

    def note(error: OSError) -> None:
        place = Path(str(error.filename or folder))
        unreadable.append(FoundPicture(place, SourceError(f"the folder cannot be read: {error.strerror}")))

    for parent, folders, files in os.walk(folder, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith(".")) if recursive else []
        names = sorted(name for name in files if not name.startswith("."))
        for name in names:
            if is_picture_name(name):
                found.append(FoundPicture(Path(parent, name)))
            elif why := why_not_read(name):
                found.append(FoundPicture(Path(parent, name), SourceError(why)))
    if not found and not unreadable:
        hint = "" if recursive else "; --recursive looks into subfolders"
        return [FoundPicture(folder, SourceError(f"no pictures in this folder{hint}"))]
    return found + unreadable
