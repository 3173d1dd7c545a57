"""Every frame of a recording, at its time; and of a damaged one what is whole, then an error."""

import time
from pathlib import Path

import numpy as np
import pytest

from beadwatch.domain.errors import CameraError
from beadwatch.line.cameras.video_file import VideoFile
from beadwatch.line.frame import Camera, Frame
from tests.line.cameras.films import HEIGHT, RATE, STEP, WIDTH, all_frames, cut, film, scratched, sound
from tests.real import CHECKOUT

WELDING = CHECKOUT.parent / "shared" / "video" / "arc-welding.mp4"
CODECS = {".mp4": "libx264", ".mkv": "libx264", ".avi": "mjpeg", ".mov": "mpeg4", ".ts": "libx264"}


@pytest.mark.parametrize("suffix", CODECS)
def test_every_frame_comes_once_and_in_order(tmp_path: Path, suffix: str) -> None:
    pix_fmt = "yuvj420p" if suffix == ".avi" else "yuv420p"
    frames = all_frames(VideoFile(film(tmp_path / f"a{suffix}", codec=CODECS[suffix], pix_fmt=pix_fmt), paced=False))
    assert [frame.number for frame in frames] == list(range(50))
    assert [frame.pixels.mean() for frame in frames] == pytest.approx([20 + STEP * n for n in range(50)], abs=4)
    assert {(frame.pixels.shape, frame.pixels.dtype) for frame in frames} == {((HEIGHT, WIDTH, 3), np.dtype(np.uint8))}
    times = [frame.media_s for frame in frames if frame.media_s is not None]
    assert np.diff(times) == pytest.approx([1 / RATE] * 49, abs=1e-3)


def test_grey_video_has_three_equal_channels(tmp_path: Path) -> None:
    for frame in all_frames(VideoFile(film(tmp_path / "a.mkv", codec="ffv1", pix_fmt="gray", noisy=True), paced=False)):
        assert np.array_equal(frame.pixels[..., 0], frame.pixels[..., 1])
        assert np.array_equal(frame.pixels[..., 0], frame.pixels[..., 2])
        assert int(np.ptp(frame.pixels)) > 100


def test_name_with_a_colon_is_no_address(tmp_path: Path) -> None:
    film(tmp_path / "run: a.mp4", frames=3)
    assert len(all_frames(VideoFile("run: a.mp4", paced=False))) == 3


def test_file_is_read_again_from_its_start(tmp_path: Path) -> None:
    camera = VideoFile(film(tmp_path / "a.mp4", frames=5), paced=False)
    assert [frame.number for frame in all_frames(camera) + all_frames(camera)] == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]


def test_paced_recording_takes_its_time_though_its_reader_dawdles(tmp_path: Path) -> None:
    with VideoFile(film(tmp_path / "a.mp4", frames=20)) as camera:
        frames = []
        while frame := camera.read():
            frames.append(frame)
            time.sleep(0.02)  # half of the time between frames: were it added, 20 frames would take 1.14 s
    lasted_s = frames[-1].monotonic_s - frames[0].monotonic_s
    assert 19 / RATE - 0.005 <= lasted_s < 19 / RATE + 0.3


def test_unpaced_recording_does_not_wait(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", frames=50)
    start_s = time.monotonic()
    all_frames(VideoFile(path, paced=False))
    assert time.monotonic() - start_s < 1.0


def read_to_the_error(camera: Camera) -> tuple[list[Frame], str]:
    frames: list[Frame] = []
    with camera:
        with pytest.raises(CameraError) as raised:
            frames.extend(iter(camera.read, None))
        assert camera.read() is None
    return frames, str(raised.value)


@pytest.mark.parametrize(
    ("suffix", "damage"),
    [*((suffix, "scratch") for suffix in CODECS), (".avi", "cut"), (".mkv", "cut")],
)
def test_damaged_file_gives_what_is_whole_and_then_an_error(tmp_path: Path, suffix: str, damage: str) -> None:
    pix_fmt = "yuvj420p" if suffix == ".avi" else "yuv420p"
    path = film(tmp_path / f"a{suffix}", 100, noisy=True, codec=CODECS[suffix], pix_fmt=pix_fmt)
    whole = all_frames(VideoFile(path, paced=False))
    damaged = cut(path, 0.5) if damage == "cut" else scratched(path)
    frames, message = read_to_the_error(VideoFile(damaged, paced=False))
    assert 25 <= len(frames) <= 60
    assert all(np.array_equal(one.pixels, other.pixels) for one, other in zip(frames, whole, strict=False))
    assert str(path) in message
    assert "damaged after" in message
    assert "export it again" in message


def broken(folder: Path, kind: str) -> Path:
    path = folder / "a.mp4"
    if kind == "empty":
        path.write_bytes(b"")
    elif kind == "text":
        path.write_text("this is no video\n" * 100)
    elif kind == "cut short":
        cut(film(path, noisy=True), 0.5)  # an MP4 has its index at its end
    elif kind == "sound":
        path = sound(folder / "a.wav")
    elif kind == "folder":
        path.mkdir()
    return path


@pytest.mark.parametrize(
    ("kind", "remedy"),
    [
        ("missing", "check the path"),
        ("folder", "check the path"),
        ("empty", "export it again"),
        ("text", "export it again"),
        ("cut short", "export it again"),
        ("sound", "no video stream, only audio"),
    ],
)
def test_what_is_no_video_says_so_when_opened(tmp_path: Path, kind: str, remedy: str) -> None:
    path = broken(tmp_path, kind)
    with pytest.raises(CameraError, match=remedy) as raised, VideoFile(path):
        pass
    assert str(path) in str(raised.value)


def test_interrupt_ends_the_wait_for_a_frame(tmp_path: Path) -> None:
    with VideoFile(film(tmp_path / "a.mp4", frames=50)) as camera:
        camera.read()
        camera.interrupt()
        start_s = time.monotonic()
        while camera.read():
            pass
        assert time.monotonic() - start_s < 1.0


@pytest.mark.skipif(not WELDING.is_file(), reason="no real recording in ../shared/video")
def test_real_recording_is_read() -> None:
    with VideoFile(WELDING, paced=False) as camera:
        frames = [camera.read() for _ in range(31)]
    first, last = frames[0], frames[-1]
    assert first is not None
    assert last is not None
    assert first.pixels.shape == (480, 852, 3)
    assert (last.media_s or 0) - (first.media_s or 0) == pytest.approx(1.0, abs=0.01)
