"""From an address to the camera that it names. Opens nothing: `with` does."""

import re
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from beadwatch.domain.errors import CameraError
from beadwatch.line.frame import Camera

KINDS = (
    "a video file; a folder of pictures; rtsp://host/path; http://host/path (MJPEG); v4l2:///dev/video0 or /dev/video0"
    "; genicam://<serial number or index>?cti=<producer file>; sim://..."
)
MIN_FPS, MAX_FPS = 0.001, 10_000.0
_STREAMS = frozenset({"rtsp", "http", "https"})
_DEVICE = re.compile(r"/dev/video[0-9]+|/dev/v4l/by-(id|path)/[^/]+")  # the latter stay when plugged in elsewhere
_INDEX_DIGITS = 2  # a longer number is a serial number


def open_camera(source: str, fps: float | None = None, paced: bool = True) -> Camera:
    """Return the camera that an address names, not yet opened.

    `fps` is for folders of pictures, which say nothing themselves; `paced` for these and for video files.

    Raises:
        CameraError: the address is of nothing that can be watched, or a package is missing.
    """
    if fps is not None and not MIN_FPS <= fps <= MAX_FPS:
        raise CameraError(f"{fps} pictures a second cannot be shown: give {MIN_FPS:g} to {MAX_FPS:g}")
    try:
        camera = _addressed(source) if "://" in source else _on_disk(source, fps, paced)
    except ImportError as error:
        raise CameraError(f"{error.name} is not installed: pip install 'beadwatch[line]'") from error
    if fps is not None and camera.live:
        raise CameraError(f"fps is for folders of pictures; {camera.description} has a pace of its own: leave it out")
    return camera


def _addressed(source: str) -> Camera:
    scheme = source.partition("://")[0].lower()
    if scheme == "sim":
        from beadwatch.line.simulator.camera import SimulatedCamera

        return SimulatedCamera.from_address(source)
    if scheme == "genicam":
        return _genicam(source)
    if scheme == "v4l2":
        return _device(source.partition("://")[2])
    if scheme in _STREAMS:
        return _network(source)
    raise CameraError(f"{scheme}:// is not known. What can be watched: {KINDS}")


def _on_disk(source: str, fps: float | None, paced: bool) -> Camera:
    if source.startswith(("/dev/video", "/dev/v4l/")):
        return _device(source)
    path = Path(source)
    if source and path.is_dir():
        from beadwatch.line.cameras.picture_folder import DEFAULT_FPS, PictureFolder

        return PictureFolder(path, DEFAULT_FPS if fps is None else fps, paced)
    if not path.is_file():
        raise CameraError(f"there is no file or folder {source!r}. What can be watched: {KINDS}")
    if fps is not None:
        raise CameraError(f"fps is for folders of pictures; {path} has a pace of its own: leave it out")
    from beadwatch.line.cameras.video_file import VideoFile

    return VideoFile(path, paced)


def _device(path: str) -> Camera:
    if not _DEVICE.fullmatch(path):
        raise CameraError(f"{path!r} is no camera of this machine, such as v4l2:///dev/video0")
    from beadwatch.line.cameras.stream import Stream

    return Stream(f"v4l2://{path}")


def _network(source: str) -> Camera:
    from beadwatch.line.cameras.stream import Stream, without_secrets

    try:
        parts = urlsplit(source)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        named = False
    if not named:
        raise CameraError(
            f"{without_secrets(source)} names no host, or a port that is none: write scheme://user:password@host:port/path"
        )
    return Stream(source)


def _genicam(source: str) -> Camera:
    from beadwatch.line.cameras.genicam import GenICamCamera

    device, _, query = source.partition("://")[2].partition("?")
    cti = parse_qs(query).get("cti", [""])[0]
    device = unquote(device.rstrip("/"))
    if not device or not cti:
        raise CameraError(
            f"{source} does not say which camera, or lacks its producer: genicam://<serial number or index>?cti=<file>"
        )
    return GenICamCamera(int(device) if device.isdecimal() and len(device) <= _INDEX_DIGITS else device, cti)
