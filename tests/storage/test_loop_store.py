"""Steps of the loop are kept in order and never changed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from beadwatch.domain.errors import StoreError
from beadwatch.domain.loop import LoopStep, StepKind
from beadwatch.storage.database import open_database
from beadwatch.storage.loop_store import LoopStore

WHEN = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def step(kind: StepKind, task: str = "surface", words: str = "done") -> LoopStep:
    return LoopStep(kind, task, WHEN, words, {"auc": 0.9, "classes": ["crack"]})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LoopStore]:
    engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    yield LoopStore(engine)
    engine.dispose()


def test_steps_come_back_as_they_were_the_newest_first(store: LoopStore) -> None:
    for kind in (StepKind.COLLECT, StepKind.DRIFT, StepKind.GATE):
        store.append(step(kind))
    assert store.find() == [step(StepKind.GATE), step(StepKind.DRIFT), step(StepKind.COLLECT)]
    assert store.find(limit=1) == [step(StepKind.GATE)]


def test_steps_are_found_by_kind_and_task(store: LoopStore) -> None:
    store.append(step(StepKind.DRIFT))
    store.append(step(StepKind.DRIFT, "tig"))
    store.append(step(StepKind.GATE, "tig"))
    assert store.find(StepKind.DRIFT, "tig") == [step(StepKind.DRIFT, "tig")]
    assert store.find(task="tig") == [step(StepKind.GATE, "tig"), step(StepKind.DRIFT, "tig")]


def test_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        LoopStep(StepKind.GATE, "tig", datetime(2026, 1, 2), "done", {})


def test_database_that_refuses_is_a_store_error(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE loop_steps")
    with pytest.raises(StoreError, match="step of the loop"):
        LoopStore(engine).append(step(StepKind.GATE))
    engine.dispose()
