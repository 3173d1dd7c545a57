"""Opening a database: made on demand, in WAL mode, harmless to repeat, and refused without giving a password away."""

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text

from beadwatch.domain.errors import StoreError
from beadwatch.storage.database import from_json, open_database, to_json


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_database(f"sqlite:///{tmp_path / 'made' / 'on demand' / 'a.db'}")
    yield opened
    opened.dispose()


def test_file_and_folder_are_made(engine: Engine, tmp_path: Path) -> None:
    assert (tmp_path / "made" / "on demand" / "a.db").is_file()
    assert inspect(engine).has_table("inspections")


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 10_000)],
)
def test_sqlite_is_set_up_for_safety(engine: Engine, pragma: str, value: object) -> None:
    with engine.connect() as connection:
        assert connection.execute(text(f"PRAGMA {pragma}")).scalar() == value


def test_second_opening_keeps_what_is_there(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO inspections VALUES (1, 'i', '2026-01-01', 's', 't', 'accept', 'l', 0.5, 'v', '{}')")
        )
    again = open_database(engine.url.render_as_string(hide_password=False))
    with again.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM inspections")).scalar() == 1
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == ["0010"]
    again.dispose()


def test_database_of_a_newer_beadwatch_is_refused_and_left_alone(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="9999"):
        open_database(engine.url.render_as_string(hide_password=False))
    assert inspect(engine).has_table("inspections")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "words",
        "::",
        "nonsense://user:secret@host/db",
        "postgresql://user:secret@host/db",
        "postgresql://user:secret@host:port/db",
        "postgresql://user:sec/ret@host/db",
        "mysql+nodriver://user:secret@host/db",
        "sqlite+nodriver:///a.db",
        "user:secret@host",
    ],
)
def test_unusable_url_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(StoreError, match="cannot open the database") as refused:
        open_database(url)
    assert not re.search(r"user:sec|secret@|'sec'|ret@", str(refused.value))


def test_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="cannot open the database"):
        open_database(f"sqlite:///{tmp_path / 'file' / 'a.db'}")


def test_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot open the database"):
        open_database(f"sqlite:///{tmp_path}")


def test_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    file.write_bytes(b"precious notes " * 100)
    with pytest.raises(StoreError, match="not a database"):
        open_database(f"sqlite:///{file}")
    assert file.read_bytes() == b"precious notes " * 100


def test_foreign_table_of_the_same_name_is_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "a.db")
    connection.execute("CREATE TABLE inspections (mine INTEGER)")
    connection.close()
    with pytest.raises(StoreError, match="already exists"):
        open_database(f"sqlite:///{tmp_path / 'a.db'}")


def test_processes_that_open_a_new_database_together_do_not_meet(tmp_path: Path) -> None:
    code = (
        "import sys; from beadwatch.storage.database import open_database; sys.stdin.read(); open_database(sys.argv[1])"
    )
    url = f"sqlite:///{tmp_path / 'new.db'}"
    both = [
        subprocess.Popen([sys.executable, "-c", code, url], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for process in both:
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
    answers = [(process.communicate(timeout=60)[1], process.returncode) for process in both]
    assert answers == [("", 0)] * 3


@pytest.mark.parametrize("value", [{"a": ["ü焊🔥", 1, 0.1, None, True]}, [], "\\ud800 typed by hand", "\\u0000", 1e308])
def test_json_comes_back_as_it_was(value: object) -> None:
    assert from_json(to_json(value)) == value
    assert from_json(to_json(value).encode()) == value


@pytest.mark.parametrize("value", ["\ud800", {"a": ["\udcff"]}, {"\ud800": 1}, float("nan"), {"a": float("inf")}])
def test_what_no_reader_takes_is_not_written(value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        to_json(value)


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ('{"path": "a\\ud800.png"}', {"path": "a?.png"}),
        ('{"path": "a\\uDCFF.png", "b": ["\\ud83d\\udd25"]}', {"path": "a?.png", "b": ["🔥"]}),
        ('{"\\ud800": 1}', {"?": 1}),
        ('{"score": NaN, "most": Infinity, "least": -Infinity}', {"score": None, "most": None, "least": None}),
    ],
)
def test_what_an_older_beadwatch_wrote_is_read(stored: str, read: object) -> None:
    assert from_json(stored) == read
