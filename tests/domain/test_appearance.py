"""What a picture must show: each limit by itself, at and beyond its edge."""

import math

import pytest

from beadwatch.domain.appearance import Appearance, AppearanceLimits
from beadwatch.domain.errors import BundleError

LIMITS = AppearanceLimits(min_contrast=5.0, min_detail=0.1, max_detail=2.3)


@pytest.mark.parametrize(
    ("contrast", "detail", "says"),
    [
        (4.99, 1.0, "nearly blank"),
        (0.0, 0.0, "nearly blank"),
        (math.nan, 1.0, "nearly blank"),
        (40.0, 0.09, "without detail"),
        (40.0, math.nan, "without detail"),
        (40.0, 2.31, "noise or a fine pattern"),
        (5.0, 0.1, None),
        (5.0, 2.3, None),
    ],
)
def test_fault(contrast: float, detail: float, says: str | None) -> None:
    fault = LIMITS.fault_of(Appearance(contrast, detail))
    assert fault is None if says is None else says in str(fault)


@pytest.mark.parametrize("limits", [(-1, 0.1, 2), (256, 0.1, 2), (5, 2, 2), (5, -0.1, 2), (5, 0.1, math.nan)])
def test_limits_that_contradict_are_refused(limits: tuple[float, float, float]) -> None:
    with pytest.raises(BundleError, match="appearance limits"):
        AppearanceLimits(*limits)
