"""A folder of pictures as a camera: the frames of a recording that was saved one by one."""

import logging
import re
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from beadwatch.domain.errors import CameraError, DecodeError
from beadwatch.imaging.decode import Pixels, decode
from beadwatch.imaging.picture_names import PICTURE_SUFFIXES, is_picture_name, why_not_read
from beadwatch.imaging.preprocess import is_grey
from beadwatch.line.cameras.pace import Pace
from beadwatch.line.frame import Frame

DEFAULT_FPS = 10.0
_log = logging.getLogger(__name__)


class PictureFolder:
    """The pictures of a folder and its subfolders, `fps` a second; frame10 comes after frame9.

    A picture that cannot be read is left out, its time too; `skipped` counts them, and the log names them.
    """

    live = False
    simulated = False

    def __init__(self, path: Path | str, fps: float = DEFAULT_FPS, paced: bool = True) -> None:
        self._path, self._fps = Path(path), fps
        self.description = f"{self._path}, {fps:g} pictures a second"
        self.skipped = 0
        self._pace = Pace() if paced else None
        self._pictures: Iterator[tuple[float, Pixels]] = iter(())
        self._number = 0

    def __enter__(self) -> Self:
        """List the folder.

        Raises:
            CameraError: there is no such folder, or no picture in it.
        """
        if not self._path.is_dir():
            raise CameraError(f"there is no folder {self._path}: check the path")
        try:
            files = pictures_in(self._path)
        except OSError as error:
            raise CameraError(f"{self._path} cannot be listed ({error.strerror}): check its permissions") from error
        if not files:
            raise CameraError(f"{self._path} holds no picture ({', '.join(sorted(PICTURE_SUFFIXES))}): name another")
        if self._pace:
            self._pace.restart()
        self._pictures = self._decoded(files)
        self._number = self.skipped = 0
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Forget the list."""
        self._pictures = iter(())

    def interrupt(self) -> None:
        """End a wait for the next picture's time, from another thread."""
        if self._pace:
            self._pace.interrupt()

    def read(self) -> Frame | None:
        """Return the next picture when it is due; None after the last one.

        Raises:
            CameraError: it was the last one, and not one could be read.
        """
        picture = next(self._pictures, None)
        if picture is None:
            return None
        media_s, pixels = picture
        if self._pace:
            self._pace.wait(media_s)
        grey = is_grey(pixels)  # here, so that nobody who waits for the frame has to look
        frame = Frame(self._number, pixels, time.monotonic(), media_s, grey)
        self._number += 1
        return frame

    def _decoded(self, files: list[Path]) -> Iterator[tuple[float, Pixels]]:
        problem = ""
        for index, file in enumerate(files):
            try:
                pixels = decode(file.read_bytes()).pixels
            except (DecodeError, OSError) as error:
                self.skipped += 1
                problem = f"{file}: {error}"
                _log.warning("left out: %s", problem)
                continue
            yield index / self._fps, pixels
        if self.skipped == len(files):
            raise CameraError(f"none of the {len(files)} pictures in {self._path} can be read; the last is {problem}")


def pictures_in(folder: Path) -> list[Path]:
    """Return the pictures of a folder and its subfolders by name, numbers in names by their value; no hidden ones.

    Those in formats that are not read are among them: they take their time too, and are counted as left out.
    """
    found = [
        path
        for path in folder.rglob("*")
        if (is_picture_name(path.name) or why_not_read(path.name)) and not path.name.startswith(".") and path.is_file()
    ]
    return sorted(found, key=lambda path: [_natural(part) for part in path.relative_to(folder).parts])


def _natural(name: str) -> list[tuple[int, str]]:
    # Digits and text take turns in a split, so that like is compared with like; the name itself settles 1 and 01.
    parts = re.split(r"([0-9]+)", name.casefold())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts] + [(-1, name)]
