"""An alert is stored once; a notice of it is claimed by one sender, and free again when that one dies."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from beadwatch.domain.alerts import Alert
from beadwatch.domain.errors import StoreError
from beadwatch.storage.alert_store import CLAIM_S, AlertStore, Notice
from beadwatch.storage.database import open_database

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Clock:
    """A clock that a test sets."""

    now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[AlertStore]:
    opened = AlertStore(open_database(f"sqlite:///{tmp_path / 'a.db'}"), clock)
    yield opened
    opened.close()


def alert(name: str) -> Alert:
    return Alert(name, "drift.detected", "dataset.auc", "AUC 0.6", {"auc": 0.6}, NOON)


def claimed(store: AlertStore, channel: str = "mail") -> str | None:
    notice = store.claim(channel)
    return notice.alert.id if notice else None


def test_alert_is_stored_once_however_often_it_is_told(store: AlertStore) -> None:
    assert store.record(alert("a"), ["mail", "webhook"])
    assert not store.record(Alert("a", "other", "", "", {}, NOON), [])
    (found,) = store.find()
    assert found.alert == alert("a")
    waiting = {"state": "waiting", "tries": 0, "sent_at": None, "last_error": None}
    assert found.to_dict()["notices"] == [{"channel": "mail", **waiting}, {"channel": "webhook", **waiting}]


def test_newest_come_first_and_no_more_than_asked(store: AlertStore) -> None:
    for name in "abc":
        store.record(alert(name), [])
    assert [one.alert.id for one in store.find(2)] == ["c", "b"]


def test_claimed_notice_is_nobody_elses_until_the_claim_ends(store: AlertStore, clock: Clock) -> None:
    store.record(alert("a"), ["mail", "webhook"])
    assert store.claim("mail") == Notice(alert("a"), "mail", 0)
    assert claimed(store) is None
    assert claimed(store, "webhook") == "a"
    clock.now += timedelta(seconds=CLAIM_S)
    assert store.claim("mail") == Notice(alert("a"), "mail", 1)


def test_sent_notice_is_never_claimed_again(store: AlertStore, clock: Clock) -> None:
    store.record(alert("a"), ["mail"])
    notice = store.claim("mail")
    assert notice is not None
    store.sent(notice)
    clock.now += timedelta(days=400)
    assert claimed(store) is None
    (shown,) = store.find()[0].notices
    assert (shown["state"], shown["sent_at"], shown["tries"]) == ("sent", NOON.isoformat(), 1)


def test_failed_notice_waits_behind_those_that_were_tried_less(store: AlertStore) -> None:
    store.record(alert("refused"), ["mail"])
    notice = store.claim("mail")
    assert notice is not None
    store.failed(notice, "the server is away")
    assert store.find()[0].notices[0]["last_error"] == "the server is away"
    store.record(alert("later"), ["mail"])
    assert [claimed(store), claimed(store), claimed(store)] == ["later", "refused", None]


def test_senders_at_the_same_time_get_different_notices(store: AlertStore) -> None:
    for number in range(20):
        store.record(alert(str(number)), ["mail"])
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda _: claimed(store), range(24)))
    assert sorted(name for name in got if name) == sorted(str(number) for number in range(20))


def test_alert_told_twice_at_the_same_time_is_one(store: AlertStore) -> None:
    with ThreadPoolExecutor(4) as pool:
        fresh = list(pool.map(lambda _: store.record(alert("a"), ["mail"]), range(8)))
    assert sum(fresh) == 1
    assert len(store.find()) == 1


def test_database_that_fails_is_a_store_error(store: AlertStore) -> None:
    with store._engine.begin() as connection:
        connection.execute(text("ALTER TABLE alerts RENAME TO hidden"))
    with pytest.raises(StoreError, match="cannot read alerts"):
        store.find()
    with pytest.raises(StoreError, match=r"cannot store the alert drift.detected \(dataset.auc\)"):
        store.record(alert("a"), [])
    with pytest.raises(StoreError, match="cannot claim a notice"):
        store.claim("mail")
