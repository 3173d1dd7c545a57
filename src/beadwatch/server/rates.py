"""How often somebody may ask: a bucket of tries for each key, refilled steadily. In memory, bounded, one event loop.

Does not know what a key is. A restart forgives everybody.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

MAX_KEYS = 10_000


class Rates:
    """At most `burst` tries at once for each key, and `per_s` in the long run; the keys used least are forgotten."""

    def __init__(
        self, burst: float, per_s: float, clock: Callable[[], float] = time.monotonic, max_keys: int = MAX_KEYS
    ) -> None:
        self._burst, self._per_s, self._clock, self._max_keys = burst, per_s, clock, max_keys
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # what is left, and when that was

    def __len__(self) -> int:
        """Return how many keys are remembered."""
        return len(self._buckets)

    def wait_s(self, key: str) -> float:
        """Take one try; return 0 where there was one, or after how many seconds there will be."""
        now = self._clock()
        left, since = self._buckets.pop(key, (self._burst, now))
        left = min(self._burst, left + (now - since) * self._per_s)
        allowed = left >= 1.0
        self._buckets[key] = (left - 1.0 if allowed else left, now)
        if len(self._buckets) > self._max_keys:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1.0 - left) / self._per_s
