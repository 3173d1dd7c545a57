"""When a frame was taken, on one steady clock for a run, which no jump of another clock can disturb."""

from beadwatch.line.frame import Frame

_MAX_DRIFT_S = 1.0


class RunClock:
    """Gives frames their time. Elapsed time counts from the first frame and never runs backwards.

    A recording's own time stamps count, since it may be read faster or slower than it was made. A live camera's count
    as long as they agree with this machine's monotonic clock within a second; where they jump, as after a restart of
    the camera, they are anchored anew.
    """

    def __init__(self, started_at: float, begun_s: float, live: bool) -> None:
        """`started_at` (Unix time) and `begun_s` (monotonic) are the same moment, before the first frame."""
        self._started_at, self._begun_s = started_at, begun_s
        self._live = live
        self._first: Frame | None = None
        self._anchor_s = 0.0  # elapsed time less the camera's time
        self._last_s = 0.0

    def elapsed_s(self, frame: Frame) -> float:
        """Return how long after the first frame this one was taken."""
        if self._first is None:
            self._first = frame
            self._anchor_s = -(frame.media_s or 0.0)
            if self._live:  # a recording was made at another time anyway
                self._started_at += frame.monotonic_s - self._begun_s
        ours_s = frame.monotonic_s - self._first.monotonic_s
        elapsed_s = ours_s
        if frame.media_s is not None and self._first.media_s is not None:
            elapsed_s = frame.media_s + self._anchor_s
            if self._live and abs(elapsed_s - ours_s) > _MAX_DRIFT_S:
                self._anchor_s = ours_s - frame.media_s
                elapsed_s = ours_s
        self._last_s = max(self._last_s, elapsed_s)
        return self._last_s

    def since_last_frame(self, monotonic_s: float, last_frame_s: float) -> float:
        """Return the elapsed time at a moment without a frame: that of the last one, and what has passed since."""
        return self._last_s + max(0.0, monotonic_s - last_frame_s)

    def moment(self, elapsed_s: float) -> float:
        """Return the Unix time of an elapsed time."""
        return self._started_at + elapsed_s
