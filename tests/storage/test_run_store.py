"""Runs and events are appended in order and once, and each sink of a line knows how far it has got."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from beadwatch.domain.errors import StoreError
from beadwatch.domain.line import EventPhase, InspectionEvent, event_from_dict
from beadwatch.storage.database import open_database
from beadwatch.storage.run_store import RunStore
from tests.line.made import ended, made_event, made_run


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    opened = RunStore(open_database(f"sqlite:///{tmp_path / 'a.db'}"))
    yield opened
    opened.close()


def test_a_run_is_kept_with_its_end(store: RunStore) -> None:
    store.start(made_run("r1"))
    started = store.get("r1")
    assert started is not None
    assert (started.info["line"], started.ended_at) == ("cell-1", None)
    store.finish("r1", 1_900_000_010.0, {"frames": 5})
    assert [run.summary for run in store.find()] == [{"frames": 5}]
    assert store.get("r2") is None


def test_runs_come_newest_first_and_by_line(store: RunStore) -> None:
    for number in range(3):
        run = made_run(f"r{number}")
        store.start(replace(run, started_at=run.started_at + number, line=f"cell-{number % 2}"))
    assert [run.info["id"] for run in store.find(limit=2)] == ["r2", "r1"]
    assert [run.info["id"] for run in store.find(line="cell-0")] == ["r2", "r0"]


def test_the_end_of_a_run_that_never_started_is_refused(store: RunStore) -> None:
    with pytest.raises(StoreError, match="no run 'r9'"):
        store.finish("r9", 1.0, {})


def test_an_event_is_appended_once_for_each_phase(store: RunStore) -> None:
    event = made_event(1)
    first = store.append("cell-1", event)
    assert store.append("cell-1", replace(event, frames=99)) == first
    second = store.append("cell-1", ended(event, frames=7))
    assert second > first
    assert [(body["phase"], body["frames"]) for _, body in store.after("cell-1", 0)] == [("started", 26), ("ended", 7)]
    assert [body["phase"] for body in store.events("r1")] == ["ended"]


def test_what_is_read_back_is_the_event(store: RunStore) -> None:
    event = made_event(1)
    store.append("cell-1", event)
    assert event_from_dict(store.events("r1")[0]) == event


def test_open_events_are_those_without_an_end_on_that_line(store: RunStore) -> None:
    events: list[InspectionEvent] = [made_event(number) for number in range(3)]
    for event in events:
        store.append("cell-1", event)
    store.append("cell-1", ended(events[1]))
    store.append("cell-2", made_event(1, run_id="r2"))
    assert [body["id"] for body in store.open_events("cell-1")] == ["r1-0", "r1-2"]
    assert store.open_events("cell-1")[0]["phase"] == EventPhase.STARTED


def test_a_new_sink_has_all_there_is_and_then_keeps_its_place(store: RunStore, tmp_path: Path) -> None:
    store.append("cell-1", made_event(1))
    place = store.cursor("cell-1", "mqtt")
    assert store.after("cell-1", place) == []
    number = store.append("cell-1", made_event(2))
    assert [found[0] for found in store.after("cell-1", store.cursor("cell-1", "mqtt"))] == [number]
    store.advance("cell-1", "mqtt", number)
    again = RunStore(open_database(f"sqlite:///{tmp_path / 'a.db'}"))
    assert again.cursor("cell-1", "mqtt") == number
    assert again.after("cell-2", 0) == []
    again.close()


def test_a_database_that_fails_is_a_store_error(store: RunStore) -> None:
    with store._engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE line_events")
    with pytest.raises(StoreError, match="cannot store an event"):
        store.append("cell-1", made_event(1))
