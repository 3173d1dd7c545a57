"""A drawn camera: the same pictures for the same address, at their time, and the faults that were asked for."""

import numpy as np
import pytest

from beadwatch.domain.errors import CameraError
from beadwatch.imaging.decode import Pixels
from beadwatch.line.frame import Camera, Frame
from beadwatch.line.simulator.address import parse_address
from beadwatch.line.simulator.camera import SimulatedCamera

SMALL = "sim://tig?width=320&height=176&fps=10"


class Clock:
    """A clock that stands still unless somebody sleeps or works."""

    def __init__(self) -> None:
        self.now_s = 500.0

    def now(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now_s += seconds


def on(clock: Clock, address: str) -> SimulatedCamera:
    return SimulatedCamera(parse_address(address), address, clock.now, clock.sleep)


def frames_of(address: str) -> list[Frame]:
    frames = []
    with SimulatedCamera.from_address(f"{address}&paced=0") as camera:
        while frame := camera.read():
            frames.append(frame)
    return frames


def got(camera: SimulatedCamera) -> Frame:
    frame = camera.read()
    assert frame is not None
    return frame


def mean_grey(pixels: Pixels) -> float:
    return float(pixels.mean())


def test_it_is_a_camera_that_says_what_it_is() -> None:
    camera: Camera = SimulatedCamera.from_address(f"{SMALL}&script=good:1s")
    assert (camera.live, camera.simulated, camera.description) == (True, True, f"{SMALL}&script=good:1s")
    options = parse_address("sim://tig")
    assert (options.width, options.height, options.fps, options.script.loop) == (1280, 700, 55.0, True)


def test_same_address_gives_the_same_pictures() -> None:
    address = f"{SMALL}&seed=3&script=good:0.3s,contamination:0.3s"
    one, other = frames_of(address), frames_of(address)
    assert [frame.number for frame in one] == list(range(6))
    assert [frame.media_s for frame in one] == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4, 0.5])
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(one, other, strict=True))
    assert not np.array_equal(one[0].pixels, one[1].pixels)
    assert not np.array_equal(one[0].pixels, frames_of(address.replace("seed=3", "seed=4"))[0].pixels)


def test_pictures_are_grey_rgb_and_a_skipped_one_changes_nothing() -> None:
    address = f"{SMALL}&script=good:1s"
    clock = Clock()
    with on(clock, address) as camera:
        got(camera)
        clock.now_s += 0.55
        late = got(camera)
    pixels = late.pixels
    assert (pixels.shape, pixels.dtype.name, pixels.flags.c_contiguous) == ((176, 320, 3), "uint8", True)
    assert np.array_equal(pixels[..., 0], pixels[..., 1])
    assert np.array_equal(pixels[..., 0], pixels[..., 2])
    assert np.array_equal(pixels, frames_of(address)[late.number].pixels)


def test_every_class_looks_different_and_the_arc_is_bright() -> None:
    names = ("good", "burn_through", "contamination", "lack_of_fusion", "lack_of_shielding_gas", "high_travel_speed")
    frames = frames_of(SMALL + "&script=" + ",".join(f"{name}:0.1s" for name in names))
    assert len(frames) == len(names)
    for index, frame in enumerate(frames):
        assert (frame.pixels > 200).mean() > 0.0005
        for other in frames[index + 1 :]:
            difference = np.abs(frame.pixels.astype(int) - other.pixels.astype(int)).mean()
            assert difference > 3.0


def test_plate_travels_to_the_right_at_the_given_speed() -> None:
    # 32 mm are 320 px wide: 10 mm/s at 10 frames a second are 10 px a frame.
    first, second = frames_of(f"{SMALL}&script=good:0.2s&speed_mm_s=10")
    strip = [frame.pixels[150:165, :200, 0].astype(float) for frame in (first, second)]

    def unlike(shift: int) -> float:
        return float(np.abs(strip[1][:, 40:160] - strip[0][:, 40 - shift : 160 - shift]).mean())

    assert min(range(-15, 16), key=unlike) == pytest.approx(10, abs=1)


def test_faults_look_like_what_they_are() -> None:
    frames = frames_of(f"{SMALL}&script=good:0.2s,black:0.1s,white:0.1s,idle:0.1s,blurred:0.1s,resize:0.1s")
    good, _, black, white, idle, blurred, resized = [frame.pixels for frame in frames]
    assert mean_grey(black) < 6
    assert mean_grey(white) > 240
    assert 3 < mean_grey(idle) < 25
    assert (idle[:150] > 100).mean() == 0  # no arc
    detail = [float(np.abs(np.diff(picture[150:, :200, 0].astype(float))).mean()) for picture in (good, blurred)]
    assert mean_grey(blurred) == pytest.approx(mean_grey(good), rel=0.1)
    assert detail[1] < detail[0] * 0.8
    assert resized.shape == (132, 240, 3)


def test_frozen_is_the_picture_before_it_bit_for_bit() -> None:
    frames = frames_of(f"{SMALL}&script=frozen:0.3s,burn_through:0.3s,frozen:0.2s,frozen:0.2s,good:0.1s")
    assert all(np.array_equal(frame.pixels, frames[0].pixels) for frame in frames[1:3])
    assert all(np.array_equal(frame.pixels, frames[5].pixels) for frame in frames[6:10])
    assert not np.array_equal(frames[4].pixels, frames[5].pixels)
    assert not np.array_equal(frames[10].pixels, frames[5].pixels)


@pytest.mark.parametrize("what", ["good", "black", "white", "idle", "resize", "frozen"])
def test_every_picture_carries_the_mark(what: str) -> None:
    (frame,) = frames_of(f"{SMALL}&script={what}:0.1s")
    corner = frame.pixels[-14:, -60:, 0].astype(int)
    assert corner.max() - corner.min() > 100
    assert 0.1 < (corner > 100).mean() < 0.6


def test_pictures_come_at_their_time_without_drift() -> None:
    clock = Clock()
    with on(clock, f"{SMALL}&script=good:1s") as camera:
        frames = []
        while frame := camera.read():
            frames.append(frame)
            clock.now_s += 0.03
    assert [frame.number for frame in frames] == list(range(10))
    assert [frame.monotonic_s - 500.0 for frame in frames] == pytest.approx([index / 10 for index in range(10)])


def test_late_reader_gets_no_burst_but_a_gap() -> None:
    clock = Clock()
    with on(clock, f"{SMALL}&script=good:2s") as camera:
        assert got(camera).number == 0
        clock.now_s += 0.77
        late = got(camera)
        assert [late.number, late.monotonic_s] == pytest.approx([7, 500.77])
        assert [got(camera).number, clock.now_s] == pytest.approx([8, 500.8])
        clock.now_s += 5.0
        assert camera.read() is None
        assert camera.read() is None


def test_lost_camera_fails_until_its_time_is_over() -> None:
    clock = Clock()
    camera = on(clock, f"{SMALL}&script=good:0.3s,lost:1s,good:0.2s")
    with camera:
        assert [got(camera).number for _ in range(3)] == [0, 1, 2]
        with pytest.raises(CameraError, match="is lost"):
            camera.read()
        assert clock.now_s == pytest.approx(500.3)
        with pytest.raises(CameraError, match="not open"):
            camera.read()
    for _ in range(2):
        with pytest.raises(CameraError, match="cannot be opened"):
            camera.__enter__()
        clock.now_s += 0.4
    clock.now_s = 501.31
    with camera:
        frame = got(camera)
        assert [frame.number, frame.media_s] == pytest.approx([3, 1.3])  # numbers count what was given
        assert (got(camera).number, camera.read()) == (4, None)


def test_loss_without_a_pace_lasts_for_one_reopening() -> None:
    camera = SimulatedCamera.from_address(f"{SMALL}&paced=0&script=good:0.1s,lost:60s,good:0.1s")
    with camera:
        got(camera)
        with pytest.raises(CameraError, match="is lost"):
            camera.read()
    with pytest.raises(CameraError, match="cannot be opened"):
        camera.__enter__()
    with camera:
        assert got(camera).number == 1


def test_truth_is_known_by_the_pictures_clock() -> None:
    address = f"{SMALL}&script=good:0.3s,high_travel_speed:0.2s,idle:0.1s&speed_mm_s=10"
    with SimulatedCamera.from_address(f"{address}&paced=0") as camera:
        truths = []
        while frame := camera.read():
            assert frame.media_s is not None
            truths.append(camera.truth_at(frame.media_s))
        assert [truth and truth.label for truth in truths] == [
            *["good weld"] * 3, *["high travel speed"] * 2, None,
        ]  # fmt: skip
        assert camera.truth_at(0.6) is None
        assert camera.along_mm_at(0.2) == pytest.approx(2.0)
        assert camera.along_mm_at(0.6) == pytest.approx(3.0 + 5 * 2.0)


def test_camera_has_to_be_opened() -> None:
    with pytest.raises(CameraError, match="with block"):
        SimulatedCamera.from_address(SMALL).read()


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("sim://mig", "is no simulated camera"),
        ("rtsp://tig", "is no simulated camera"),
        ("sim://tig/a", "is no simulated camera"),
        ("sim://tig?speed=1", "no option 'speed'; there are: script, loop, fps"),
        ("sim://tig?fps=0", "fps is a number from 0.1 to 1000, not '0'"),
        ("sim://tig?fps=nan", "fps is a number"),
        ("sim://tig?seed=-1", "seed is a whole number"),
        ("sim://tig?width=12", "width is a whole number from 128"),
        ("sim://tig?paced=no", "paced is 0 or 1"),
        ("sim://tig?loop=", "loop is 0 or 1"),
        ("sim://tig?script=", "script is empty"),
        ("sim://tig?script=porosity:2s", "draws no 'porosity'"),
    ],
)
def test_wrong_addresses_are_refused(address: str, message: str) -> None:
    with pytest.raises(CameraError, match=message.replace("?", r"\?")):
        SimulatedCamera.from_address(address)
