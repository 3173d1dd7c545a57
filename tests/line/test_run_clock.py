"""One steady clock for a run, whatever other clocks do."""

import numpy as np
import pytest

from beadwatch.line.frame import Frame
from beadwatch.line.run_clock import RunClock

PIXELS = np.zeros((2, 2, 3), np.uint8)


@pytest.mark.parametrize(
    ("live", "frames", "elapsed"),
    [
        (False, [(0.0, 3.0), (0.001, 3.02), (0.002, 3.04)], [0.0, 0.02, 0.04]),
        (True, [(5.0, 3.0), (5.021, 3.02), (5.039, 3.04)], [0.0, 0.02, 0.04]),
        (True, [(5.0, None), (5.02, None)], [0.0, 0.02]),
        (True, [(5.0, 100.0), (5.02, 100.02), (9.0, 0.5), (9.02, 0.52)], [0.0, 0.02, 4.0, 4.02]),
        (True, [(5.0, 1.0), (5.02, 9000.0), (5.04, 9000.02)], [0.0, 0.02, 0.04]),
        (True, [(5.0, 1.0), (5.02, 1.02), (5.04, 1.01)], [0.0, 0.02, 0.02]),
        (False, [(0.0, 1.0), (1.0, 0.5)], [0.0, 0.0]),
    ],
    ids=["recording read fast", "camera's own", "no time stamps", "camera restarted", "jump", "backwards", "damaged"],
)
def test_elapsed_time(live: bool, frames: list[tuple[float, float | None]], elapsed: list[float]) -> None:
    clock = RunClock(1000.0, frames[0][0] - 1.5, live)
    found = [clock.elapsed_s(Frame(number, PIXELS, *times)) for number, times in enumerate(frames)]
    assert found == pytest.approx(elapsed)
    assert clock.moment(found[-1]) == pytest.approx(1000.0 + 1.5 * live + elapsed[-1])


def test_time_goes_on_without_frames() -> None:
    clock = RunClock(0.0, 10.0, live=True)
    clock.elapsed_s(Frame(0, PIXELS, 10.0))
    assert clock.since_last_frame(12.5, 10.0) == pytest.approx(2.5)
