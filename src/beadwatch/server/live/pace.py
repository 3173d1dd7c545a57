"""How fast a line is: frames a second, delays, and how far the torch travels while a result is on its way."""

import math
from collections import deque
from typing import Any

from beadwatch.server.live.messages import FrameIn

WINDOW_S = 10.0
_SPEED_WINDOW_S, _SPEED_SPAN_S = 2.0, 0.2  # the span below which a speed would be the noise of positions
_RATE_SPAN_S = 0.001  # below which a rate would be that of no camera
_MAX_FRAMES = 4096


class Pace:
    """The frames of the last seconds, by the clock of the line's machine."""

    def __init__(self) -> None:
        self._frames: deque[FrameIn] = deque(maxlen=_MAX_FRAMES)

    def add(self, frame: FrameIn) -> None:
        """Take the next frame."""
        self._frames.append(frame)
        while self._frames[0].monotonic_s < frame.monotonic_s - WINDOW_S:
            self._frames.popleft()

    def frame(self, number: int) -> FrameIn | None:
        """Return the frame of that number, if it is among the last."""
        return next((frame for frame in reversed(self._frames) if frame.number == number), None)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures, JSON-ready; what cannot be told is None. The delays are nearest-rank quantiles."""
        delays = sorted(frame.delay_ms for frame in self._frames)
        half, most = _quantile(delays, 0.5), _quantile(delays, 0.99)
        speed = self._speed_mm_s()
        return {
            "window_s": WINDOW_S,
            "fps": _rounded(self._rate(), 1),
            "delay_p50_ms": _rounded(half, 1),
            "delay_p99_ms": _rounded(most, 1),
            "speed_mm_s": _rounded(speed, 2),
            "delay_p50_mm": None if half is None or speed is None else round(half / 1000 * speed, 2),
            "delay_p99_mm": None if most is None or speed is None else round(most / 1000 * speed, 2),
        }

    def _rate(self) -> float | None:
        if len(self._frames) < 2:
            return None
        span_s = self._frames[-1].monotonic_s - self._frames[0].monotonic_s
        return (len(self._frames) - 1) / span_s if span_s >= _RATE_SPAN_S else None

    def _speed_mm_s(self) -> float | None:
        if not self._frames or (end_mm := self._frames[-1].along_mm) is None:
            return None
        end = self._frames[-1].captured_at
        for frame in self._frames:
            span_s = end - frame.captured_at
            if frame.along_mm is not None and _SPEED_SPAN_S <= span_s <= _SPEED_WINDOW_S:
                return abs(end_mm - frame.along_mm) / span_s
        return None


def _quantile(ordered: list[float], share: float) -> float | None:
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
