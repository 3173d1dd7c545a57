"""Of the many points at which something can be killed, some: others in each run, the same in all processes of a run.

`make test-all` takes all. The seed stands in the head of every run; `TEST_SEED=... make test` takes the same again.
"""

import os
import random
from collections.abc import Sequence
from typing import TypeVar

SEED = int(
    os.environ.setdefault("TEST_SEED", str(random.SystemRandom().randrange(100_000)))
)  # for worker processes, too
WHOLE = "TEST_WHOLE" in os.environ
Point = TypeVar("Point")


def some(points: Sequence[Point], count: int) -> list[Point]:
    """Return `count` of the points, in their order; all of them in a whole run."""
    if WHOLE or len(points) <= count:
        return list(points)
    return [points[place] for place in sorted(random.Random(SEED).sample(range(len(points)), count))]
