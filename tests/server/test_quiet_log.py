"""What repeats is logged once in a while, with a count; what is new is logged at once."""

import logging

import pytest

from beadwatch.server.quiet_log import EVERY_S, Seldom


class Clock:
    """A clock that is set by hand."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def logger(clock: Clock, caplog: pytest.LogCaptureFixture) -> logging.Logger:
    made = logging.getLogger(f"tests.quiet.{id(clock)}")
    made.addFilter(Seldom(clock=clock))
    return made


def test_repeated_line_is_logged_once_and_counted(
    logger: logging.Logger, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(1000):
        logger.warning("refused %d", number)
    clock.now_s += EVERY_S
    logger.warning("refused %d", 1000)
    logger.warning("refused %d", 1001)
    assert caplog.messages == ["refused 0", "refused 1000 (999 more like this one)"]


def test_other_lines_and_errors_are_not_held_back(logger: logging.Logger, caplog: pytest.LogCaptureFixture) -> None:
    def fail(error: Exception) -> None:
        try:
            raise error
        except (ValueError, KeyError):
            logger.exception("failed")

    logger.warning("one")
    logger.warning("two")
    logger.error("two")
    for error in (ValueError("a"), KeyError("a"), ValueError("b")):
        fail(error)
    assert caplog.messages == ["one", "two", "two", "failed", "failed"]


def test_memory_is_bounded(logger: logging.Logger, caplog: pytest.LogCaptureFixture) -> None:
    (seldom,) = logger.filters
    assert isinstance(seldom, Seldom)
    for number in range(5000):
        logger.warning(f"line {number}")
    assert len(seldom._passed_s) <= 1000
    assert len(caplog.messages) == 5000
