"""Figures of a run that grow no memory however long it takes."""

import numpy as np

from beadwatch.domain.line import LineState

_STEP_MS, _TOP_MS = 0.1, 2000.0


class RunStatistics:
    """Delays, the time in each state, and whether frames come late."""

    def __init__(self, live: bool) -> None:
        """`live` frames can be late; those of a recording wait until they are asked for."""
        self._live = live
        self._delays = np.zeros(int(_TOP_MS / _STEP_MS) + 1, dtype=np.int64)
        self._longest_ms = 0.0
        self._seconds: dict[LineState, float] = dict.fromkeys(LineState, 0.0)
        self._interval_s: float | None = None
        self._last_frame_s: float | None = None
        self._last_elapsed_s = 0.0
        self.judged = self.late = self.stale = self.unjudged = 0

    def add(self, state: LineState, elapsed_s: float, delay_ms: float, judged: bool) -> None:
        """Count one frame; `judged` is False for one that could not be."""
        self._seconds[state] += max(0.0, elapsed_s - self._last_elapsed_s)
        self._last_elapsed_s = elapsed_s
        self._delays[min(int(delay_ms / _STEP_MS), len(self._delays) - 1)] += 1
        self._longest_ms = max(self._longest_ms, delay_ms)
        self.judged += 1
        self.unjudged += not judged
        self.late += self._live and self._interval_s is not None and delay_ms > self._interval_s * 1000

    def frame_came(self, monotonic_s: float) -> None:
        """Note when a frame was handed over; the usual time between two says when one is late."""
        if self._last_frame_s is not None:
            interval_s = monotonic_s - self._last_frame_s
            # A slow mean, so that one gap does not count as the pace of the camera.
            self._interval_s = interval_s if self._interval_s is None else 0.95 * self._interval_s + 0.05 * interval_s
        self._last_frame_s = monotonic_s

    def delay_ms(self, share: float) -> float:
        """Return the delay that this share of the frames stays below, to a tenth of a millisecond."""
        total = int(self._delays.sum())
        if not total:
            return 0.0
        index = int(np.searchsorted(np.cumsum(self._delays), share * total))
        return round((min(index, len(self._delays) - 1) + 1) * _STEP_MS, 1)

    def to_dict(self) -> dict[str, object]:
        """Return JSON-ready values: seconds in each state, delays in milliseconds."""
        return {
            "seconds": {state.value: round(seconds, 3) for state, seconds in self._seconds.items()},
            "delay_ms": {
                "p50": self.delay_ms(0.5),
                "p95": self.delay_ms(0.95),
                "p99": self.delay_ms(0.99),
                "max": round(self._longest_ms, 1),
            },
        }
