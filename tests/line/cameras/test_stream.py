"""Live streams from real servers: what comes, what is lost, and what stays secret."""

import threading
import time

import numpy as np
import pytest

from beadwatch.domain.errors import CameraError
from beadwatch.line.cameras import stream
from beadwatch.line.cameras.failure import UnusableCameraError
from beadwatch.line.cameras.stream import Stream, without_secrets
from beadwatch.line.frame import Frame
from tests.line.cameras.servers import (
    Manner,
    MannerlyCamera,
    MjpegCamera,
    rtsp_server,
    silent_peer,
    skip_without_rtsp_server,
)
from tests.waiting import free_port


def some(camera: Stream, count: int) -> list[Frame]:
    frames = [camera.read() for _ in range(count)]
    return [frame for frame in frames if frame is not None]


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_mjpeg_pictures_come_as_they_were_sent(mode: str) -> None:
    with MjpegCamera(mode=mode) as server, Stream(server.url) as camera:
        frames = some(camera, 5)
    assert [frame.number for frame in frames] == [0, 1, 2, 3, 4]
    assert frames[0].pixels.shape == (120, 160, 3)
    assert frames[0].pixels.dtype == np.uint8
    greys = [frame.pixels.mean() for frame in frames]
    assert np.diff(greys) == pytest.approx([4] * 4, abs=1)
    assert all(np.array_equal(frame.pixels[..., 0], frame.pixels[..., 2]) for frame in frames)
    assert {frame.media_s for frame in frames} == {None}  # MJPEG over HTTP has no clock


@pytest.mark.parametrize(
    "manner",
    [
        pytest.param(Manner(first_delimiter=False), id="no boundary before the first"),
        pytest.param(Manner(first_delimiter=False, length=False), id="nor lengths"),
        pytest.param(Manner(part_type="image/jpg"), id="another name of the type"),
        pytest.param(Manner(part_type=None), id="no type"),
        pytest.param(Manner(length=False), id="no lengths"),
        pytest.param(Manner(boundary='"frame"'), id="quoted"),
        pytest.param(Manner(boundary="--frame"), id="dashes in the header"),
        pytest.param(Manner(delimiter="--other"), id="another boundary than announced"),
        pytest.param(Manner(line_end="\n"), id="short line ends"),
        pytest.param(Manner(chunked=True), id="chunked"),
        pytest.param(Manner(version="1.0"), id="old HTTP"),
    ],
)
def test_cameras_with_manners_of_their_own_play(manner: Manner) -> None:
    with MannerlyCamera(manner) as server, Stream(server.url) as camera:
        frames = some(camera, 4)
    assert np.diff([frame.pixels.mean() for frame in frames]) == pytest.approx([4] * 3, abs=1)
    assert {frame.media_s for frame in frames} == {None}
    assert camera.skipped == 0


def test_camera_that_moved_is_followed_with_its_password() -> None:
    with MjpegCamera() as server:
        server.password = "right"
        with Stream(server.url.replace("//", "//welder:right@").replace("/video", "/moved")) as camera:
            assert camera.read() is not None


@pytest.mark.parametrize("scheme", ["HTTP", "Http"])
def test_scheme_in_capitals_is_the_same(scheme: str) -> None:
    with MjpegCamera() as server, Stream(server.url.replace("http", scheme)) as camera:
        assert camera.read() is not None


@pytest.mark.slow
def test_rtsp_pictures_come_with_their_times() -> None:
    skip_without_rtsp_server()
    with rtsp_server() as (url, process), Stream(url.replace("rtsp", "RTSP")) as camera:
        frames = some(camera, 15)
        assert [frame.number for frame in frames] == list(range(15))
        assert frames[0].pixels.shape == (240, 320, 3)
        times = [frame.media_s for frame in frames if frame.media_s is not None]
        assert np.median(np.diff(times)) == pytest.approx(0.04, abs=0.005)
        process.kill()
        start_s = time.monotonic()
        with pytest.raises(CameraError, match="is lost"):
            some(camera, 1000)
        assert time.monotonic() - start_s < 4.0


def test_damaged_picture_is_left_out() -> None:
    with MjpegCamera() as server:
        server.damaged = frozenset({5, 6})
        with Stream(server.url) as camera:
            frames = some(camera, 10)
    steps = np.round(np.diff([frame.pixels.mean() for frame in frames]))
    assert sorted(steps) == [4] * 8 + [12]
    assert camera.skipped == 2


def test_unplugged_camera_is_lost_at_once() -> None:
    with MjpegCamera() as server, Stream(server.url) as camera:
        some(camera, 2)
        server.unplug()
        start_s = time.monotonic()
        with pytest.raises(CameraError, match="is lost"):
            some(camera, 100)
    assert time.monotonic() - start_s < 1.0


@pytest.mark.slow
def test_frozen_camera_is_lost_after_two_seconds() -> None:
    with MjpegCamera(limit=20) as server, Stream(server.url) as camera:
        with pytest.raises(CameraError, match="nothing came for 2 s"):
            some(camera, 100)
        server.unplug()


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["http", "https", "rtsp"])
def test_peer_that_says_nothing_is_noticed_while_opening(scheme: str) -> None:
    start_s = time.monotonic()
    with silent_peer() as port, pytest.raises(CameraError, match="did not answer within 2 s"):
        Stream(f"{scheme}://127.0.0.1:{port}/video").__enter__()
    assert 1.5 < time.monotonic() - start_s < 4.0


def test_data_without_a_picture_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "NO_PICTURE_S", 0.3)
    with MjpegCamera() as server:
        server.damaged = frozenset(range(20, 10000))
        with Stream(server.url) as camera, pytest.raises(CameraError, match="no whole picture"):
            some(camera, 1000)


def test_interrupt_ends_a_read() -> None:
    with MjpegCamera() as server:
        server.damaged = frozenset(range(5, 10000))
        with Stream(server.url) as camera:
            timer = threading.Timer(0.2, camera.interrupt)
            timer.start()
            start_s = time.monotonic()
            while camera.read():
                pass
            assert time.monotonic() - start_s < 3.0
            timer.join()


@pytest.mark.parametrize("scheme", ["http", "rtsp"])
def test_nobody_there_is_an_error_that_may_pass(scheme: str) -> None:
    with pytest.raises(CameraError, match="Connection refused") as raised:
        Stream(f"{scheme}://127.0.0.1:{free_port()}/video").__enter__()
    assert not isinstance(raised.value, UnusableCameraError)


def test_camera_that_is_not_plugged_in_may_come() -> None:
    with pytest.raises(CameraError, match="plug it in") as raised:
        Stream("v4l2:///dev/video73").__enter__()
    assert not isinstance(raised.value, UnusableCameraError)


def test_pyav_without_the_device_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    import av

    def unknown(*_: object, **__: object) -> None:
        raise ValueError("no container format 'v4l2'")

    monkeypatch.setattr(av, "open", unknown)
    with pytest.raises(UnusableCameraError, match="this build of PyAV cannot open v4l2"):
        Stream("v4l2:///dev/video0").__enter__()


def test_refused_password_is_no_passing_trouble_and_stays_secret(capfd: pytest.CaptureFixture[str]) -> None:
    with MjpegCamera() as server:
        server.password = "right"
        with pytest.raises(UnusableCameraError, match="check user and password") as raised:
            Stream(server.url.replace("//", "//welder:wr0ng@") + "?pwd=wr0ng").__enter__()
        with Stream(server.url.replace("//", "//welder:right@")) as camera:
            assert camera.read() is not None
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__
    said = str(raised.value) + "".join(capfd.readouterr())
    assert "wr0ng" not in said
    assert "welder" not in said


def test_lost_stream_keeps_its_password() -> None:
    with MjpegCamera() as server, Stream(server.url.replace("//", "//welder:s3cret@")) as camera:
        some(camera, 2)
        server.unplug()
        with pytest.raises(CameraError) as raised:
            some(camera, 100)
    assert "s3cret" not in str(raised.value) + camera.description


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://cam/weld", "rtsp://cam/weld"),
        ("rtsp://u:p@cam:554/weld", "rtsp://cam:554/weld"),
        ("rtsp://u:p/w?d@x@cam/weld", "rtsp://cam/weld"),
        ("http://cam/video?user=u&pwd=p", "http://cam/video?..."),
        ("rtsp://cam/user=u_password=p_channel=1.sdp", "rtsp://cam/user=..._password=..._channel=1.sdp"),
        ("http://[::1]:8080/video", "http://[::1]:8080/video"),
        ("v4l2:///dev/video0", "v4l2:///dev/video0"),
    ],
)
def test_address_for_people_has_no_secret(url: str, shown: str) -> None:
    assert without_secrets(url) == shown
    assert Stream(url).description == shown
