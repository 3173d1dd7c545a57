"""What is in work at once stays within the limit, nobody is passed for ever, and what finds no room is told so."""

import threading

import pytest

from beadwatch.domain.errors import BusyError
from beadwatch.imaging.work import WorkLimit
from tests.waiting import until


def test_share_that_does_not_fit_is_refused_and_the_next_smaller_one_is_not() -> None:
    limit = WorkLimit(100)
    with limit.share(70):
        with pytest.raises(BusyError), limit.share(31, wait_s=0):
            pass
        with limit.share(30, wait_s=0):
            pass
    with limit.share(100, wait_s=0):
        pass


def test_what_is_larger_than_the_limit_has_it_alone() -> None:
    limit = WorkLimit(100)
    with limit.share(1000, wait_s=0), pytest.raises(BusyError), limit.share(1, wait_s=0):
        pass
    with limit.share(1), pytest.raises(BusyError), limit.share(1000, wait_s=0):
        pass


def test_failure_gives_its_share_back() -> None:
    limit = WorkLimit(100)
    with pytest.raises(ZeroDivisionError), limit.share(100):
        _ = 1 / 0
    with limit.share(100, wait_s=0):
        pass


def test_whoever_waits_gets_the_room_that_is_given_back_and_nobody_passes_the_first() -> None:
    limit, order, first_waits = WorkLimit(100), [], threading.Event()

    def work(name: str, size: int) -> None:
        first_waits.set()
        with limit.share(size):
            order.append(name)

    with limit.share(60):
        large = threading.Thread(target=work, args=("large", 90))
        large.start()
        until(lambda: limit.waiting == 1)
        with pytest.raises(BusyError), limit.share(10, wait_s=0):  # there is room, but somebody was first
            pass
        small = threading.Thread(target=work, args=("small", 20))
        small.start()
        until(lambda: limit.waiting == 2)
    for thread in (large, small):
        thread.join(10)
    assert order == ["large", "small"]


def test_many_at_once_never_have_more_than_the_limit() -> None:
    limit, lock = WorkLimit(100), threading.Lock()
    now = most = 0

    def work(size: int) -> None:
        nonlocal now, most
        for _ in range(50):
            with limit.share(size):
                with lock:
                    now += size
                    most = max(most, now)
                with lock:
                    now -= size

    threads = [threading.Thread(target=work, args=(size,)) for size in (10, 30, 40, 60, 100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    assert 0 < most <= 100
    assert now == 0
