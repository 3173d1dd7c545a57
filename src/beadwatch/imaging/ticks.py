"""Round numbers along an axis. Knows ranges; draws nothing."""

import math


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Return about as many round numbers from `low` to `high`, which must be above it."""
    raw = (high - low) / about
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * size for factor in (1, 2, 2.5, 5, 10) if factor * size >= raw * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]
