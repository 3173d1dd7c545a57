"""Frames of recordings are all handed over, those of live cameras are fresh, and a lost camera comes back."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pytest

from beadwatch.domain.errors import CameraError
from beadwatch.line import feed as feed_module
from beadwatch.line import trouble
from beadwatch.line.cameras.failure import UnusableCameraError
from beadwatch.line.cameras.picture_folder import PictureFolder
from beadwatch.line.cameras.stream import Stream
from beadwatch.line.cameras.video_file import VideoFile
from beadwatch.line.feed import FeedPolicy, FrameFeed, delay_before
from beadwatch.line.frame import Camera, Frame
from tests.line.cameras.films import cut, film
from tests.line.cameras.servers import (
    MjpegCamera,
    rtsp_server,
    silent_peer,
    skip_without_rtsp_server,
)
from tests.pictures import png
from tests.waiting import free_port, until

PIXELS = np.zeros((32, 32, 3), np.uint8)


class Script:
    """A camera that does what it is told: each part is one connection, a list of frames to give or errors to raise.

    At the end of a part a live camera is lost, unless the part says with None that there is no more.
    """

    simulated = False
    description = "script"

    def __init__(self, live: bool, *connections: list[Frame | Exception | None]) -> None:
        self.live, self._connections = live, list(connections)
        self._now: list[Frame | Exception | None] = []
        self.opened = 0

    def __enter__(self) -> Self:
        self.opened += 1
        self._now = self._connections.pop(0) if self._connections else [CameraError("nobody answers")]
        if self._now and isinstance(self._now[0], Exception):
            raise self._now[0]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        pass

    def read(self) -> Frame | None:
        end = CameraError("the stream ended") if self.live else None
        item = self._now.pop(0) if self._now else end
        if isinstance(item, Exception):
            raise item
        return item


def frames(count: int) -> list[Frame | Exception | None]:
    return [Frame(number, PIXELS, time.monotonic()) for number in range(count)]


def fetched(feed: FrameFeed) -> list[Frame]:
    """Fetch until nothing will come any more."""
    deadline = time.monotonic() + 10
    found: list[Frame] = []
    while not feed.ended:
        assert time.monotonic() < deadline
        if frame := feed.next(0.5):
            found.append(frame)
    return found


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """No thread and no open file or socket is left after a feed is closed."""
    threads, files = set(threading.enumerate()), open_files()
    yield
    assert set(threading.enumerate()) == threads
    until(lambda: open_files() <= files, 2)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "FIRST_DELAY_S", 0.02)
    monkeypatch.setattr(feed_module, "LAST_DELAY_S", 0.05)


def test_slow_judge_gets_every_frame_of_a_recording(tmp_path: Path) -> None:
    with FrameFeed(VideoFile(film(tmp_path / "a.mp4", frames=20), paced=False)) as feed:
        numbers = []
        while not feed.ended:
            if frame := feed.next(1.0):
                numbers.append(frame.number)
                assert feed.received <= frame.number + 4  # this one, two that wait and one in the camera's hand
                time.sleep(0.005)
        assert numbers == list(range(20))
        assert (feed.received, feed.dropped, feed.reconnects) == (20, 0, 0)
        assert feed.error is None
        assert feed.fault is None


def test_damaged_recording_is_an_error_once_its_frames_are_fetched(tmp_path: Path) -> None:
    path = cut(film(tmp_path / "a.mkv", 100, noisy=True), 0.5)
    with FrameFeed(VideoFile(path, paced=False)) as feed:
        while frame := feed.next(2.0):
            assert feed.error is None or feed.ended
            last = frame
        assert last.number > 30
        assert feed.ended
        assert isinstance(feed.error, CameraError)
        assert "are missing" in str(feed.error)


def test_error_waits_until_the_frames_before_it_are_fetched() -> None:
    with FrameFeed(Script(False, [*frames(2), CameraError("damaged")])) as feed:
        until(lambda: not feed._thread.is_alive())
        assert (feed.ended, feed.error) == (False, None)
        assert [frame.number for frame in fetched(feed)] == [0, 1]
        assert str(feed.error) == "damaged"


def test_missing_recording_is_an_error(tmp_path: Path) -> None:
    with FrameFeed(VideoFile(tmp_path / "a.mp4")) as feed:
        assert feed.next(5.0) is None
        assert feed.ended
        assert "check the path" in str(feed.error)


@pytest.mark.parametrize(("live", "policy"), [(True, FeedPolicy.LATEST), (False, FeedPolicy.EVERY)])
def test_policy_follows_from_the_camera(live: bool, policy: FeedPolicy) -> None:
    feed = FrameFeed(Script(live))
    assert feed._policy is policy


@pytest.mark.parametrize(("given", "kept"), [(1, [0]), (2, [0, 1]), (3, [2]), (9, [8]), (10, [8, 9])])
def test_a_third_frame_takes_the_place_of_two_that_nobody_fetched(given: int, kept: list[int]) -> None:
    with FrameFeed(Script(False, frames(given)), FeedPolicy.LATEST) as feed:
        until(lambda: feed.received == given)
        assert [frame.number for frame in fetched(feed)] == kept
        assert (feed.received, feed.dropped) == (given, given - len(kept))


def test_frames_dropped_are_those_not_fetched() -> None:
    with MjpegCamera() as server:
        server.interval_s = 0.005
        with FrameFeed(Stream(server.url)) as feed:
            numbers: list[int] = []
            while len(numbers) < 8:
                if frame := feed.next(2.0):
                    numbers.append(frame.number)
                    time.sleep(0.05)
        assert numbers == sorted(set(numbers))
        assert feed.dropped > 8
        assert feed.received == len(numbers) + feed.dropped


def test_frames_that_nobody_fetched_before_the_end_are_dropped() -> None:
    with FrameFeed(Script(False, frames(10))) as feed:
        assert feed.next(2.0)
        until(lambda: feed.received == 4)
    assert (feed.received, feed.dropped) == (4, 3)
    assert feed.ended
    assert feed.next(0) is None


def test_unplugged_camera_comes_back_with_another_size(quick: None) -> None:
    server = MjpegCamera()
    with server, FrameFeed(Stream(server.url)) as feed:
        first = feed.next(5.0)
        assert first is not None
        assert first.pixels.shape == (120, 160, 3)
        assert feed.fault is None
        server.unplug()
        until(lambda: feed.fault)
        assert "trying again in" in str(feed.fault)
        before = feed.received
        with MjpegCamera(320, 240, server.port):
            until(lambda: feed.reconnects == 1)
            assert feed.fault is None
            while (frame := feed.next(5.0)) and frame.number < before:
                pass
            assert frame is not None
            assert frame.pixels.shape == (240, 320, 3)
            assert frame.number >= before
            assert not feed.ended
            assert feed.error is None
            feed.close()


def test_camera_that_is_away_at_the_start_is_waited_for(quick: None) -> None:
    port = free_port()
    with FrameFeed(Stream(f"http://127.0.0.1:{port}/video")) as feed:
        until(lambda: feed.fault and "Connection refused" in feed.fault)
        assert feed.next(0.05) is None
        assert not feed.ended
        with MjpegCamera(port=port):
            assert feed.next(5.0) is not None
            assert (feed.fault, feed.reconnects) == (None, 0)
            feed.close()


@pytest.mark.slow
def test_rtsp_camera_comes_back_with_another_size(quick: None) -> None:
    skip_without_rtsp_server()
    port = free_port()
    with FrameFeed(Stream(f"rtsp://127.0.0.1:{port}/weld")) as feed:
        with rtsp_server(port) as _:
            frame = feed.next(10.0)
            assert frame is not None
            assert frame.pixels.shape == (240, 320, 3)
        until(lambda: feed.fault)
        with rtsp_server(port, 640, 480) as _:
            until(lambda: feed.reconnects == 1, 15)
            until(lambda: (frame := feed.next(0.1)) is not None and frame.pixels.shape == (480, 640, 3))
            feed.close()


@pytest.mark.slow
def test_frozen_camera_is_a_fault_and_lets_go_in_time() -> None:
    with MjpegCamera(limit=10) as server:
        with FrameFeed(Stream(server.url)) as feed:
            assert feed.next(5.0) is not None
            start_s = time.monotonic()
            until(lambda: feed.fault and "nothing came for 2 s" in feed.fault)
            assert time.monotonic() - start_s < 3.5
            until(lambda: server.connections == 2)  # and it freezes again
            start_s = time.monotonic()
            feed.close()
            assert time.monotonic() - start_s < 3.0
        server.unplug()


def close_while_it_opens() -> None:
    with silent_peer() as port:
        feed = FrameFeed(Stream(f"rtsp://127.0.0.1:{port}/weld"))
        with feed:
            time.sleep(0.1)
            feed.close()


def close_while_it_waits_to_try_again() -> None:
    with FrameFeed(Stream(f"http://127.0.0.1:{free_port()}/video")) as feed:
        until(lambda: feed.fault and "in 0." not in feed.fault and "trying again" in feed.fault)
        feed.close()


def close_while_a_recording_waits_for_its_time() -> None:
    folder = Path.cwd() / "pictures"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.png").write_bytes(png())
    with FrameFeed(PictureFolder(folder, fps=0.05)) as feed:
        assert feed.next(5.0) is not None
        feed.close()


def close_while_a_recording_waits_for_the_judge() -> None:
    with FrameFeed(Script(False, frames(10))) as feed:
        until(lambda: feed.received == 3)
        feed.close()


@pytest.mark.parametrize(
    "closed",
    [
        close_while_it_opens,
        close_while_it_waits_to_try_again,
        close_while_a_recording_waits_for_its_time,
        close_while_a_recording_waits_for_the_judge,
    ],
)
def test_feed_is_closed_in_time(closed: Callable[[], None]) -> None:
    start_s = time.monotonic()
    closed()
    assert time.monotonic() - start_s < 6.0


def test_close_wakes_who_waits_for_a_frame_and_may_be_called_again(quick: None) -> None:
    feed = FrameFeed(Script(True))
    with feed:
        timer = threading.Timer(0.1, feed.close)
        timer.start()
        start_s = time.monotonic()
        assert feed.next(10.0) is None
        assert time.monotonic() - start_s < 3.0
        timer.join()
    assert feed.ended


@pytest.mark.parametrize(
    ("first", "ends"), [(UnusableCameraError("no such format"), True), (CameraError("away"), False)]
)
def test_what_waiting_does_not_mend_ends_the_first_try(quick: None, first: CameraError, ends: bool) -> None:
    with FrameFeed(Script(True, [first], frames(1))) as feed:
        assert (feed.next(5.0) is None) == ends
        assert feed.ended == ends
        assert feed.error is (first if ends else None)


def test_camera_that_worked_once_is_never_given_up(quick: None) -> None:
    camera = Script(
        True,
        frames(2),
        [UnusableCameraError("refused")],
        [ValueError("a defect")],
        [*frames(1), CameraError("lost")],
        frames(1),
    )
    with FrameFeed(camera, FeedPolicy.EVERY) as feed:
        assert [frame.number for _ in range(4) if (frame := feed.next(5.0))] == [0, 1, 2, 3]
        assert feed.reconnects == 2
        assert not feed.ended
    assert camera.opened >= 5


def test_defect_of_a_recording_is_told_without_its_details() -> None:
    with FrameFeed(Script(False, [*frames(1), ValueError("secret")])) as feed:
        fetched(feed)
        assert str(feed.error) == "script failed: ValueError"


def test_live_camera_is_a_fault_until_its_first_frame() -> None:
    feed = FrameFeed(Script(True))
    assert feed.fault == "script is being opened"
    assert FrameFeed(Script(False)).fault is None


@pytest.mark.parametrize(("tries", "longest_s"), [(1, 0.25), (2, 0.5), (3, 1.0), (6, 8.0), (7, 8.0), (10_000, 8.0)])
def test_delays_double_up_to_a_limit_and_differ(tries: int, longest_s: float) -> None:
    delays = [delay_before(tries) for _ in range(100)]
    assert all(longest_s / 2 <= delay <= longest_s for delay in delays)
    assert len(set(delays)) > 1


def test_script_is_a_camera() -> None:
    camera: Camera = Script(True)
    assert camera.live


def test_live_camera_that_says_so_has_ended() -> None:
    with FrameFeed(Script(True, [*frames(2), None])) as feed:
        fetched(feed)
        assert feed.ended
        assert feed.error is None


@pytest.mark.parametrize(
    ("given", "numbers", "dropped"),
    [([[0, 1, 2]], [0, 1, 2], 0), ([[0, 3, 4]], [0, 3, 4], 2), ([[0, 1], [0, 2]], [0, 1, 2, 4], 1)],
    ids=["no gap", "the camera skipped two", "opened again, and one skipped"],
)
def test_frames_that_a_camera_skipped_are_counted_as_dropped(
    quick: None, given: list[list[int]], numbers: list[int], dropped: int
) -> None:
    connections: list[list[Frame | Exception | None]] = [
        [Frame(number, PIXELS, time.monotonic()) for number in part] for part in given
    ]
    with FrameFeed(Script(True, *connections), FeedPolicy.EVERY) as feed:
        assert [frame.number for _ in numbers if (frame := feed.next(5.0))] == numbers
        assert (feed.received, feed.dropped) == (numbers[-1] + 1, dropped)


def test_a_lost_camera_is_said_once_and_so_is_its_return(
    quick: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(trouble, "_PATIENCE_S", 0.0)
    away: list[Frame | Exception | None] = [CameraError("script: nobody answers")]
    with FrameFeed(Script(True, away, away, away, [Frame(0, PIXELS, 0.0), None])) as feed:
        until(lambda: feed.received == 1)
    assert [record.message for record in caplog.records] == [
        "script: nobody answers; it is tried again",
        "script works again",
    ]
