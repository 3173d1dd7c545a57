"""A GigE Vision or USB3 Vision camera through GenICam: the `harvesters` package and its maker's GenTL producer.

No real camera was at hand when this was written: it was tested against a stand-in for the parts of harvesters 1.4 that
are used here. The camera is taken as it is set up (exposure, trigger, pixel format); nothing is changed in it.
"""

import contextlib
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from beadwatch.domain.errors import CameraError
from beadwatch.imaging.decode import Pixels
from beadwatch.imaging.preprocess import is_grey
from beadwatch.line.cameras.failure import UnusableCameraError
from beadwatch.line.frame import Frame

TIMEOUT_S = 2.0  # without a picture
PIXEL_FORMATS = ("Mono8", "RGB8", "BayerRG8")
_SLICE_S = 0.25  # so that an interrupt is heard
_FOREIGN = (("genicam.gentl", "GenericException"), ("genicam.genapi", "GenericException"))


class GenICamCamera:
    """One camera that a GenTL producer (`cti`, a file of its maker) finds, by serial number or index from 0."""

    live = True
    simulated = False

    def __init__(self, device: str | int, cti: Path | str) -> None:
        self._device, self._cti = device, Path(cti)
        self.description = f"genicam://{device}"
        self._interrupted = threading.Event()
        self._harvester: Any = None
        self._acquirer: Any = None
        self._number = 0

    def __enter__(self) -> Self:
        """Find the camera and let it send.

        Raises:
            CameraError: it is not there, or another program has it; that may change.
            UnusableCameraError: harvesters or the producer is missing.
        """
        self._interrupted.clear()
        try:
            from harvesters.core import Harvester
        except ImportError as error:
            raise UnusableCameraError(
                f"{self.description} needs harvesters: pip install 'beadwatch[genicam]'"
            ) from error
        if not self._cti.is_file():
            raise UnusableCameraError(f"there is no GenTL producer {self._cti}: install the one of the camera's maker")
        try:
            self._harvester = Harvester()
            self._start()
        except _failures() as error:
            self._let_go()
            raise CameraError(f"{self.description} cannot be started: {error}") from error
        except CameraError:
            self._let_go()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop the camera and give it back."""
        self._let_go()

    def interrupt(self) -> None:
        """End a read that waits for a picture, from another thread."""
        self._interrupted.set()

    def read(self) -> Frame | None:
        """Return the next whole picture, waiting for it; None after `interrupt`.

        Raises:
            CameraError: the camera is gone, or sends no whole picture.
            UnusableCameraError: it sends a pixel format that is not read.
        """
        deadline_s = time.monotonic() + TIMEOUT_S
        while not self._interrupted.is_set():
            try:
                # Not fetch(): it waits for ever where every buffer arrives incomplete.
                buffer = self._acquirer.try_fetch(timeout=_SLICE_S)
                if buffer is not None:
                    return self._frame(buffer)
            except _failures() as error:
                raise CameraError(f"{self.description} is lost: {error}") from error
            if time.monotonic() > deadline_s:
                raise CameraError(
                    f"{self.description} sent no whole picture for {TIMEOUT_S:g} s: check cable and trigger"
                )
        return None

    def _start(self) -> None:
        self._harvester.add_file(str(self._cti))
        self._harvester.update()
        serials = [info.serial_number for info in self._harvester.device_info_list]
        found = 0 <= self._device < len(serials) if isinstance(self._device, int) else self._device in serials
        if not found:
            there = ", ".join(f"{index}: {serial}" for index, serial in enumerate(serials)) or "none"
            raise CameraError(f"{self.description} is not there; cameras found: {there}")
        key = self._device if isinstance(self._device, int) else {"serial_number": self._device}
        self._acquirer = self._harvester.create(key)
        self._acquirer.start()

    def _frame(self, buffer: Any) -> Frame:
        with buffer:  # gives it back to the producer, which writes the next picture into it: so copy what is needed
            pixels = self._pixels(buffer.payload.components[0])
            media_s = _seconds(buffer)
        grey = is_grey(pixels)  # here, so that nobody who waits for the frame has to look
        frame = Frame(self._number, pixels, time.monotonic(), media_s, grey)
        self._number += 1
        return frame

    def _pixels(self, image: Any) -> Pixels:
        if image.data_format not in PIXEL_FORMATS:
            raise UnusableCameraError(
                f"{self.description} sends {image.data_format}: set its PixelFormat to {' or '.join(PIXEL_FORMATS)}"
            )
        channels = 3 if image.data_format == "RGB8" else 1
        row = image.width * channels + image.x_padding
        rows = np.asarray(image.data, np.uint8)[: row * image.height].reshape(image.height, row)
        raw = rows[:, : image.width * channels]
        if image.data_format == "RGB8":
            return raw.reshape(image.height, image.width, 3).copy()
        if image.data_format == "Mono8":
            return np.repeat(raw[:, :, None], 3, axis=2)
        return _from_bayer(raw)

    def _let_go(self) -> None:
        # What a camera that is gone says to its farewell helps nobody.
        for thing, farewells in ((self._acquirer, ("stop", "destroy")), (self._harvester, ("reset",))):
            for farewell in farewells if thing is not None else ():
                with contextlib.suppress(*_failures()):
                    getattr(thing, farewell)()
        self._acquirer = self._harvester = None


def _from_bayer(raw: Pixels) -> Pixels:
    import av

    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(raw), format="bayer_rggb8")
    return frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)


def _seconds(buffer: Any) -> float | None:
    """Return the camera's own time, None where it gives none."""
    ticks, frequency_hz = buffer.timestamp, buffer.timestamp_frequency
    return ticks / frequency_hz if ticks and frequency_hz else None


def _failures() -> tuple[type[Exception], ...]:
    """Return what harvesters raises; its errors are not known before it is imported."""
    foreign = [getattr(sys.modules[module], name) for module, name in _FOREIGN if module in sys.modules]
    return (OSError, ValueError, LookupError, RuntimeError, *foreign)
