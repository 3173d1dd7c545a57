"""Inspections are appended, found and paged, survive reopening, and come from many threads without loss."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text

from beadwatch.domain.errors import StoreError
from beadwatch.domain.inspection import Inspection
from beadwatch.domain.labels import SURFACE, TIG, Disposition, Task
from beadwatch.domain.prediction import Decision, Prediction
from beadwatch.storage.database import open_database
from beadwatch.storage.inspection_store import InspectionFilter, InspectionStore
from beadwatch.storage.tables import UtcDateTime


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    yield opened
    opened.dispose()


@pytest.fixture
def store(engine: Engine) -> InspectionStore:
    return InspectionStore(engine)


def made(path: str = "a.png", task: Task = TIG, disposition: Disposition = Disposition.REJECT) -> Inspection:
    label = task.label_names[1]
    scores = tuple(0.123456789012345678 if name == label else 1e-17 for name in task.label_names)
    return Inspection(
        path=path,
        sha256="ab" * 32,
        model=task.name,
        model_version="1",
        prediction=Prediction(task, scores, 0.25),
        decision=Decision(disposition, label, (label,), ("because",)),
        latency_ms=1.5,
        seen_in_training=False,
    )


def paths(store: InspectionStore, **wanted: object) -> list[str]:
    return [stored.body["path"] for stored in store.find(InspectionFilter(**wanted))]  # type: ignore[arg-type]


def test_stored_inspection_comes_back_unchanged(store: InspectionStore) -> None:
    stored = store.append(made("naïve 焊缝.png"))
    assert store.get(stored.id) == stored
    assert stored.body == made("naïve 焊缝.png").to_dict()


def test_answer_is_json_with_identity_first(store: InspectionStore) -> None:
    answer = store.append(made()).to_dict()
    assert list(answer)[:3] == ["id", "created_at", "path"]
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer


def test_moment_is_now_in_utc(store: InspectionStore) -> None:
    before = datetime.now(UTC)
    stored = store.append(made())
    found = store.get(stored.id)
    assert found is not None
    assert before <= found.created_at <= datetime.now(UTC)
    assert found.created_at.utcoffset() == timedelta(0)


def test_same_picture_twice_is_two_inspections(store: InspectionStore) -> None:
    assert store.append(made()).id != store.append(made()).id
    assert paths(store) == ["a.png", "a.png"]


@pytest.mark.parametrize("identity", ["", "nothing", "' OR 1=1 --", "0" * 32, "x" * 10_000])
def test_unknown_id_is_none(store: InspectionStore, identity: str) -> None:
    store.append(made())
    assert store.get(identity) is None
    assert store.find(InspectionFilter(before=identity)) == []


def test_newest_comes_first(store: InspectionStore) -> None:
    for number in range(3):
        store.append(made(f"{number}"))
    assert paths(store) == ["2", "1", "0"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, ["s reject", "t review", "t reject"]),
        ({"task": "tig"}, ["t review", "t reject"]),
        ({"task": "surface"}, ["s reject"]),
        ({"task": "laser"}, []),
        ({"disposition": Disposition.REJECT}, ["s reject", "t reject"]),
        ({"disposition": Disposition.ACCEPT}, []),
        ({"task": "tig", "disposition": Disposition.REJECT}, ["t reject"]),
        ({"limit": 1}, ["s reject"]),
        ({"task": "tig", "limit": 1}, ["t review"]),
    ],
    ids=str,
)
def test_filters(store: InspectionStore, wanted: dict[str, object], expected: list[str]) -> None:
    store.append(made("t reject", TIG, Disposition.REJECT))
    store.append(made("t review", TIG, Disposition.REVIEW))
    store.append(made("s reject", SURFACE, Disposition.REJECT))
    assert paths(store, **wanted) == expected


def test_pages_give_each_inspection_once(store: InspectionStore) -> None:
    for number in range(7):
        store.append(made(str(number), TIG if number % 2 else SURFACE))
    pages: list[list[str]] = []
    before = None
    for _ in range(4):
        page = store.find(InspectionFilter(before=before, limit=3))
        pages.append([stored.body["path"] for stored in page])
        before = page[-1].id if page else before
    assert pages == [["6", "5", "4"], ["3", "2", "1"], ["0"], []]


def test_page_is_not_shifted_by_what_arrives_meanwhile(store: InspectionStore) -> None:
    first = [store.append(made(str(number))) for number in range(3)]
    store.append(made("new"))
    assert paths(store, before=first[2].id) == ["1", "0"]


def test_inspections_outlast_the_process(engine: Engine) -> None:
    stored = InspectionStore(engine).append(made())
    engine.dispose()
    again = open_database(engine.url.render_as_string(hide_password=False))
    assert InspectionStore(again).get(stored.id) == stored
    again.dispose()


def test_appends_from_many_threads_are_all_there(store: InspectionStore) -> None:
    names = [str(number) for number in range(80)]
    with ThreadPoolExecutor(8) as pool:
        identities = [stored.id for stored in pool.map(lambda name: store.append(made(name)), names)]
    assert len(set(identities)) == 80
    assert sorted(paths(store, limit=100)) == sorted(names)


def test_failing_database_is_a_store_error_and_nothing_is_stored(store: InspectionStore, engine: Engine) -> None:
    store.append(made())
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE inspections RENAME TO hidden"))
    for use in (
        store.check,
        lambda: store.append(made()),
        lambda: store.get("x"),
        lambda: store.find(InspectionFilter()),
    ):
        with pytest.raises(StoreError, match="inspection"):
            use()
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE hidden RENAME TO inspections"))
    assert paths(store) == ["a.png"]


def test_database_that_answers_passes_the_check(store: InspectionStore) -> None:
    store.check()
    assert paths(store) == []


def test_database_that_is_locked_or_read_only_fails_the_check(engine: Engine, store: InspectionStore) -> None:
    with engine.connect() as other:
        other.exec_driver_sql("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked"):
            store.check()
    store.check()
    engine.dispose()
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA query_only=ON"))
    with pytest.raises(StoreError, match="readonly"):
        store.check()


def test_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        UtcDateTime().process_bind_param(datetime(2026, 1, 1), None)  # type: ignore[arg-type]


def test_moment_of_another_zone_is_stored_in_utc() -> None:
    there = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    stored = UtcDateTime().process_bind_param(there, None)  # type: ignore[arg-type]
    assert stored is not None
    assert stored.isoformat() == "2026-01-01T10:00:00+00:00"


def test_name_that_nobody_could_send_is_refused_and_nothing_is_stored(store: InspectionStore) -> None:
    with pytest.raises(StoreError):
        store.append(made("a\ud800.png"))
    assert store.find(InspectionFilter()) == []


def test_question_that_no_database_can_be_asked_is_a_store_error(store: InspectionStore) -> None:
    with pytest.raises(StoreError):
        store.find(InspectionFilter(task="\ud800"))
