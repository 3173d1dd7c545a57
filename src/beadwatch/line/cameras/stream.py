"""A live stream as a camera: RTSP, MJPEG over HTTP, or a camera of this machine through V4L2.

What is old is worth nothing here, so that nothing is buffered on purpose. A connection that dies is an error at
once; one that falls silent, after `TIMEOUT_S`. Who opens it again is `line.feed`. No real camera was at hand for V4L2.
"""

import re
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import av
from av.codec.context import Flags
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from beadwatch.domain.errors import CameraError
from beadwatch.imaging.preprocess import is_grey
from beadwatch.line.cameras.failure import UnusableCameraError
from beadwatch.line.cameras.pixels import rgb_of
from beadwatch.line.frame import Frame

TIMEOUT_S = 2.0  # of silence
NO_PICTURE_S = 12.0  # of data without a picture: cameras send key frames up to 10 s apart
_LOW_DELAY = {"fflags": "nobuffer", "max_delay": "0", "analyzeduration": "500000", "fpsprobesize": "0"}
_OPTIONS = {
    "rtsp": {"rtsp_transport": "tcp", "allowed_media_types": "video", **_LOW_DELAY},
    "http": _LOW_DELAY,
    "https": _LOW_DELAY,
    "v4l2": {"fflags": "nobuffer"},
}
_RAW = "mjpeg"  # FFmpeg's reader of JPEG after JPEG, whatever stands between; a picture comes when the next one begins
_JPEG_BEGINS = b"\xff\xd8"
_MADE_UP_CLOCKS = frozenset({"mpjpeg", _RAW})  # their timestamps count frames, 25 a second, whenever they come
_REFUSED = (av.error.HTTPUnauthorizedError, av.error.HTTPForbiddenError)
_SECRET_IN_PATH = re.compile(r"((?:pass|pwd|pw|token|key|auth|user|login)\w*)=[^/&;_]*", re.IGNORECASE)
_MASKED = r"\1=..."


class Stream:
    """The pictures of `rtsp://`, `http(s)://` or `v4l2:///dev/videoN` as they come.

    Pictures that arrive damaged are left out; `skipped` counts them.
    """

    live = True
    simulated = False

    def __init__(self, url: str) -> None:
        scheme, _, rest = url.partition("://")
        self._scheme = scheme.lower()
        self._url = f"{self._scheme}://{rest}"  # FFmpeg knows no RTSP in capitals
        self.description = without_secrets(url)
        self.skipped = 0
        self._interrupted = threading.Event()
        self._container: InputContainer | None = None
        self._packets: Iterator[Packet[VideoStream]] = iter(())
        self._decoded: deque[av.VideoFrame] = deque()
        self._number = 0

    def __enter__(self) -> Self:
        """Connect.

        Raises:
            CameraError: nobody answers, or with no pictures; that may change.
            UnusableCameraError: the password was refused, or something is missing here.
        """
        self._interrupted.clear()
        self._decoded.clear()
        started_s = time.monotonic()
        try:
            self._connect()
        except (av.FFmpegError, OSError, ValueError) as error:
            # Not chained, here and below: PyAV's messages and tracebacks hold the address with its password.
            raise self._not_opened(error, time.monotonic() - started_s) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Disconnect."""
        self._packets = iter(())
        self._decoded.clear()
        if self._container:
            self._container.close()
            self._container = None

    def interrupt(self) -> None:
        """End a read that waits for a picture, from another thread; silence is waited for until `TIMEOUT_S`."""
        self._interrupted.set()

    def read(self) -> Frame | None:
        """Return the next picture, waiting for it; None after `interrupt`.

        Raises:
            CameraError: the stream has ended or is silent, or no picture can be made of what it sends.
        """
        deadline_s = time.monotonic() + NO_PICTURE_S
        while not self._decoded:
            if self._interrupted.is_set():
                return None
            if time.monotonic() > deadline_s:
                raise CameraError(f"{self.description} sends data, but no whole picture in {NO_PICTURE_S:.0f} s")
            self._decoded.extend(self._pictures_of(self._next_packet()))
        decoded = self._decoded.popleft()
        pixels = rgb_of(decoded)
        grey = is_grey(pixels)  # here, so that nobody who waits for the frame has to look
        frame = Frame(self._number, pixels, time.monotonic(), self._media_s(decoded), grey)
        self._number += 1
        return frame

    def _connect(self) -> None:
        if self._scheme == "v4l2":
            self._open(urlsplit(self._url).path, "v4l2")
            return
        try:
            self._open(self._url)
        except av.error.InvalidDataError:
            if self._scheme == "rtsp":
                raise
            # Some cameras send a multipart stream that FFmpeg refuses: no boundary before the first picture, pictures
            # of the type image/jpg, or of none.
            self._open(self._url, _RAW)

    def _open(self, place: str, container_format: str | None = None) -> None:
        """Open the stream and wait for its first packet: only then FFmpeg has read what it may refuse."""
        timeouts = (TIMEOUT_S, TIMEOUT_S)
        container = av.open(place, format=container_format, options=_OPTIONS[self._scheme], timeout=timeouts)
        with ExitStack() as failing:
            failing.callback(container.close)
            video = next(iter(container.streams.video), None)
            packets = container.demux(video) if video else iter(())
            first = next(packets, None)
            if video is None or first is None or (container_format == _RAW and _JPEG_BEGINS not in bytes(first)):
                raise CameraError(f"{self.description} sends no pictures: check the address")
            video.codec_context.flags |= Flags.low_delay
            self._container, self._packets = container, chain([first], packets)
            failing.pop_all()

    def _not_opened(self, error: Exception, waited_s: float) -> CameraError:
        if isinstance(error, _REFUSED):
            return UnusableCameraError(f"{self.description} refuses access: check user and password in the address")
        if isinstance(error, av.error.PermissionError) and self._scheme == "v4l2":
            return UnusableCameraError(f"{self.description} may not be opened: add the user to the group video")
        if isinstance(error, av.error.ProtocolNotFoundError) or not isinstance(error, OSError | av.FFmpegError):
            return UnusableCameraError(
                f"this build of PyAV cannot open {self._scheme}:// ({self.description}): install PyAV from its wheels, "
                "which can"
            )
        if isinstance(error, av.error.FileNotFoundError):
            return CameraError(f"{self.description} is not there: plug it in, or check the address")
        if waited_s >= TIMEOUT_S:
            return CameraError(f"{self.description} did not answer within {TIMEOUT_S:g} s: check camera and network")
        return CameraError(f"{self.description} cannot be opened: {_reason(error)}")

    def _next_packet(self) -> "Packet[VideoStream]":
        started_s = time.monotonic()
        try:
            packet = next(self._packets, None)
        except (av.FFmpegError, OSError) as error:
            silent = time.monotonic() - started_s >= TIMEOUT_S
            why = f"nothing came for {TIMEOUT_S:g} s" if silent else _reason(error)
            raise CameraError(f"{self.description} is lost: {why}") from None
        if packet is None or packet.size == 0:  # an empty one stands for the end
            raise CameraError(f"{self.description} is lost: the stream ended")
        return packet

    def _pictures_of(self, packet: "Packet[VideoStream]") -> list[av.VideoFrame]:
        try:
            frames = [frame for frame in packet.decode() if isinstance(frame, av.VideoFrame)]
        except (av.FFmpegError, OSError):
            self.skipped += 1
            return []
        whole = [frame for frame in frames if not frame.is_corrupt]
        self.skipped += len(frames) - len(whole)
        return whole

    def _media_s(self, decoded: av.VideoFrame) -> float | None:
        made_up = self._container is None or self._container.format.name in _MADE_UP_CLOCKS
        return None if made_up else decoded.time


def without_secrets(url: str) -> str:
    """Return an address for people: no user, no password, and nothing of the query, where some cameras want them."""
    scheme, _, rest = url.partition("://")
    shown = rest.rpartition("@")[2]  # the last one: a password may hold any character, even a slash
    path, query, _ = shown.partition("?")
    return f"{scheme}://{_SECRET_IN_PATH.sub(_MASKED, path)}{'?...' if query else ''}"


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None)
    return text if isinstance(text, str) and text else type(error).__name__
