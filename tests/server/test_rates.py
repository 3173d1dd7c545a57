"""A key has its burst at once and its rate in the long run; strangers by the thousand take no memory."""

import pytest

from beadwatch.server.rates import Rates


class Clock:
    """A clock that stands still until it is told to go."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Return the moment."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_burst_and_then_the_rate(clock: Clock) -> None:
    rates = Rates(burst=3, per_s=0.5, clock=clock)
    assert [rates.wait_s("a") for _ in range(5)] == [0, 0, 0, 2, 2]
    clock.now += 1.5
    assert rates.wait_s("a") == pytest.approx(0.5)
    clock.now += 0.5
    assert [rates.wait_s("a"), rates.wait_s("a")] == [0, pytest.approx(2)]
    clock.now += 1e6
    assert [rates.wait_s("a") for _ in range(4)] == [0, 0, 0, pytest.approx(2)]


def test_each_key_has_its_own(clock: Clock) -> None:
    rates = Rates(burst=1, per_s=1, clock=clock)
    assert [rates.wait_s("a"), rates.wait_s("b"), rates.wait_s("a")] == [0, 0, 1]


def test_memory_is_bounded_and_whoever_asks_often_is_remembered(clock: Clock) -> None:
    rates = Rates(burst=1, per_s=0.001, clock=clock, max_keys=10)
    for number in range(1000):
        rates.wait_s(str(number))
        rates.wait_s("often")
    assert len(rates) == 10
    assert rates.wait_s("often") > 0
    assert rates.wait_s("0") == 0
