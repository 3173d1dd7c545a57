"""A GigE Vision camera, by a stand-in for harvesters: its pixels, its clock, and how it gets lost."""

import threading
import time
from pathlib import Path

import numpy as np
import pytest

from beadwatch.domain.errors import CameraError
from beadwatch.imaging.decode import Pixels
from beadwatch.line.cameras import genicam
from beadwatch.line.cameras.failure import UnusableCameraError
from beadwatch.line.cameras.genicam import GenICamCamera
from tests.line.cameras.harvesters_stand_in import Bench
from tests.pictures import noise


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(monkeypatch)


@pytest.fixture
def cti(tmp_path: Path) -> Path:
    path = tmp_path / "producer.cti"
    path.touch()
    return path


GREY: Pixels = noise(48, 40)[..., 0]


@pytest.mark.parametrize("x_padding", [0, 5])
@pytest.mark.parametrize(
    ("data_format", "sent", "expected"),
    [("Mono8", GREY, np.repeat(GREY[:, :, None], 3, axis=2)), ("RGB8", noise(48, 40), noise(48, 40))],
    ids=["Mono8", "RGB8"],
)
def test_pixels_are_those_of_the_camera(
    bench: Bench, cti: Path, data_format: str, sent: Pixels, expected: Pixels, x_padding: int
) -> None:
    bench.show(sent, data_format, x_padding=x_padding)
    with GenICamCamera(0, cti) as camera:
        frame = camera.read()
    assert frame is not None
    assert frame.pixels.dtype == np.uint8
    assert np.array_equal(frame.pixels, expected)


@pytest.mark.parametrize("colour", [(200, 0, 0), (0, 200, 0), (0, 0, 200), (50, 100, 150)])
def test_bayer_picture_gets_its_colours(bench: Bench, cti: Path, colour: tuple[int, int, int]) -> None:
    raw = np.zeros((40, 48), np.uint8)
    raw[0::2, 0::2], raw[0::2, 1::2], raw[1::2, 0::2], raw[1::2, 1::2] = colour[0], colour[1], colour[1], colour[2]
    bench.show(raw, "BayerRG8")
    with GenICamCamera(0, cti) as camera:
        frame = camera.read()
    assert frame is not None
    assert frame.pixels.shape == (40, 48, 3)
    assert frame.pixels[4:-4, 4:-4].reshape(-1, 3).mean(axis=0) == pytest.approx(colour, abs=2)


def test_time_is_that_of_the_camera(bench: Bench, cti: Path) -> None:
    for timestamp in (0, 5_000_000_000, 5_040_000_000):
        bench.show(GREY, "Mono8", timestamp)
    with GenICamCamera(0, cti) as camera:
        frames = [camera.read() for _ in range(3)]
    assert [(frame.number, frame.media_s) for frame in frames if frame] == [(0, None), (1, 5.0), (2, 5.04)]


@pytest.mark.parametrize(("device", "key"), [(1, "1"), ("22915678", "{'serial_number': '22915678'}")])
def test_camera_is_chosen_started_and_given_back(bench: Bench, cti: Path, device: str | int, key: str) -> None:
    with GenICamCamera(device, cti):
        pass
    assert bench.calls == [f"create {key}", "start", "stop", "destroy", "reset"]


@pytest.mark.parametrize("device", [2, "22910000"])
def test_camera_that_is_not_there_may_come(bench: Bench, cti: Path, device: str | int) -> None:
    with pytest.raises(CameraError, match="0: 22911234, 1: 22915678") as raised:
        GenICamCamera(device, cti).__enter__()
    assert not isinstance(raised.value, UnusableCameraError)
    assert bench.calls == ["reset"]


def test_camera_of_another_program_may_become_free(bench: Bench, cti: Path) -> None:
    bench.taken = True
    with pytest.raises(CameraError, match="access denied") as raised:
        GenICamCamera(0, cti).__enter__()
    assert not isinstance(raised.value, UnusableCameraError)
    assert bench.calls == ["reset"]


def test_unplugged_camera_is_lost_and_let_go(bench: Bench, cti: Path) -> None:
    with GenICamCamera(0, cti) as camera:
        bench.unplugged = True
        with pytest.raises(CameraError, match="is lost: the device is gone"):
            camera.read()
    assert bench.calls[-3:] == ["stop", "destroy", "reset"]


def test_silent_camera_is_lost(bench: Bench, cti: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(genicam, "TIMEOUT_S", 0.1)
    with GenICamCamera(0, cti) as camera, pytest.raises(CameraError, match="no whole picture"):
        camera.read()


def test_interrupt_ends_a_read(bench: Bench, cti: Path) -> None:
    with GenICamCamera(0, cti) as camera:
        timer = threading.Timer(0.1, camera.interrupt)
        timer.start()
        start_s = time.monotonic()
        assert camera.read() is None
        assert time.monotonic() - start_s < 1.5
        timer.join()


def test_unknown_pixel_format_says_what_to_set(bench: Bench, cti: Path) -> None:
    bench.show(GREY, "Mono12p")
    with GenICamCamera(0, cti) as camera, pytest.raises(UnusableCameraError, match="Mono12p: set its PixelFormat"):
        camera.read()


def test_missing_producer_is_named(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(UnusableCameraError, match=r"producer .*nowhere\.cti"):
        GenICamCamera(0, tmp_path / "nowhere.cti").__enter__()


def test_missing_package_is_named(cti: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "harvesters.core", None)
    with pytest.raises(UnusableCameraError, match=r"pip install 'beadwatch\[genicam\]'"):
        GenICamCamera(0, cti).__enter__()
