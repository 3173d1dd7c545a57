"""Which camera an address names, and what is said of one that names none."""

import builtins
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from beadwatch.domain.errors import CameraError
from beadwatch.line.cameras.address import open_camera
from beadwatch.line.cameras.genicam import GenICamCamera
from beadwatch.line.cameras.picture_folder import PictureFolder
from beadwatch.line.cameras.stream import Stream
from beadwatch.line.cameras.video_file import VideoFile
from tests.line.cameras.films import all_frames, film
from tests.pictures import png


@pytest.mark.parametrize(
    ("address", "kind", "description"),
    [
        ("rtsp://u:p@10.0.0.5:554/weld", Stream, "rtsp://10.0.0.5:554/weld"),
        ("RTSP://cam/weld", Stream, "RTSP://cam/weld"),
        ("http://cam/video", Stream, "http://cam/video"),
        ("https://cam/video", Stream, "https://cam/video"),
        ("v4l2:///dev/video0", Stream, "v4l2:///dev/video0"),
        ("/dev/video12", Stream, "v4l2:///dev/video12"),
        ("/dev/v4l/by-id/usb-Cam-video-index0", Stream, "v4l2:///dev/v4l/by-id/usb-Cam-video-index0"),
        ("genicam://0?cti=/opt/a.cti", GenICamCamera, "genicam://0"),
        ("genicam://22911234/?cti=/opt/a.cti", GenICamCamera, "genicam://22911234"),
    ],
)
def test_address_of_a_live_camera(address: str, kind: type, description: str) -> None:
    camera = open_camera(address)
    assert type(camera) is kind
    assert camera.description == description
    assert camera.live


@pytest.mark.parametrize(("device", "expected"), [("7", 7), ("22911234", "22911234"), ("SN-7", "SN-7")])
def test_short_number_is_an_index_and_a_long_one_a_serial_number(device: str, expected: int | str) -> None:
    camera: Any = open_camera(f"genicam://{device}?cti=/a.cti")
    assert camera._device == expected


def test_file_is_a_recording(tmp_path: Path) -> None:
    camera = open_camera(str(film(tmp_path / "a.mp4", frames=3)), paced=False)
    assert isinstance(camera, VideoFile)
    assert not camera.live
    assert len(all_frames(camera)) == 3


@pytest.mark.parametrize(("fps", "second_s"), [(None, 0.1), (4.0, 0.25)])
def test_folder_is_pictures_at_a_rate(tmp_path: Path, fps: float | None, second_s: float) -> None:
    for number in range(2):
        (tmp_path / f"{number}.png").write_bytes(png())
    camera = open_camera(str(tmp_path), fps, paced=False)
    assert isinstance(camera, PictureFolder)
    assert [frame.media_s for frame in all_frames(camera)] == [0.0, second_s]


def test_drawn_camera_is_made_by_the_simulator(monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = ModuleType("beadwatch.line.simulator.camera")
    module.SimulatedCamera = SimpleNamespace(from_address=lambda address: SimpleNamespace(live=True, was=address))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    camera: Any = open_camera("sim://weld?speed=2")
    assert camera.was == "sim://weld?speed=2"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("ftp://cam/video", "ftp:// is not known. What can be watched: a video file"),
        ("nowhere.mp4", "there is no file or folder 'nowhere.mp4'. What can be watched: a video file"),
        ("", "What can be watched"),
        ("/dev/videoX", "is no camera of this machine"),
        ("v4l2://video0", "is no camera of this machine"),
        ("v4l2:///etc/passwd", "is no camera of this machine"),
        ("rtsp://", "names no host"),
        ("rtsp://u:s3cret@cam:99999/weld", "rtsp://cam:99999/weld names no host, or a port that is none"),
        ("rtsp://u:s3cret@cam:abc/weld", "a port that is none"),
        ("http://[::1/video", "names no host"),
        ("genicam://?cti=/a.cti", "does not say which camera"),
        ("genicam://0", "lacks its producer"),
    ],
)
def test_address_of_nothing_says_what_can_be_watched(address: str, said: str) -> None:
    with pytest.raises(CameraError) as raised:
        open_camera(address)
    assert said in str(raised.value)
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize("fps", [0, -1.0, float("nan"), float("inf"), 5e-324, 1e300])
def test_rate_that_is_none_is_refused(tmp_path: Path, fps: float) -> None:
    with pytest.raises(CameraError, match=r"give 0\.001 to 10000"):
        open_camera(str(tmp_path), fps)


@pytest.mark.parametrize("kind", ["file", "stream"])
def test_rate_is_refused_where_it_would_be_ignored(tmp_path: Path, kind: str) -> None:
    address = str(film(tmp_path / "a.mp4", frames=2)) if kind == "file" else "rtsp://cam/weld"
    with pytest.raises(CameraError, match="fps is for folders"):
        open_camera(address, fps=10)


def test_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = film(tmp_path / "a.mp4", frames=2)
    original = builtins.__import__

    def without_av(name: str, *rest: Any, **more: Any) -> Any:
        if name == "av":
            raise ModuleNotFoundError("No module named 'av'", name="av")
        return original(name, *rest, **more)

    monkeypatch.delitem(sys.modules, "beadwatch.line.cameras.video_file")
    monkeypatch.setattr(builtins, "__import__", without_av)
    with pytest.raises(CameraError, match=r"av is not installed: pip install 'beadwatch\[line\]'"):
        open_camera(str(path))
