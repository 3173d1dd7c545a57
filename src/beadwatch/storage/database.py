"""Opening a database and bringing it to the newest schema. Knows SQL engines; does not know what is stored.

What goes into it as JSON is such that everybody can read it, or the transaction fails; what an older Beadwatch wrote,
which was not that strict, is read all the same.
"""

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from beadwatch.domain.errors import StoreError
from beadwatch.storage.private import create_private, make_private_folder, tighten

BUSY_TIMEOUT_MS = 10_000
_MIGRATION_LOCK = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "SELECT pg_advisory_xact_lock(6520)"}


def open_database(url: str) -> Engine:
    """Return an engine on an up-to-date database; a SQLite file is made with its folder and set to WAL mode.

    Raises:
        StoreError: the URL is wrong, a driver is missing, or the database cannot be reached or upgraded.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # The parser's own message may hold a piece of the password.
        raise StoreError(
            "cannot open the database: its URL cannot be parsed; special characters in a password are written as %XX"
        ) from None
    engine = None
    try:
        if parsed.get_backend_name() == "sqlite" and not _is_elsewhere(parsed.database):
            _own(Path(str(parsed.database)))
        engine = create_engine(
            parsed, pool_pre_ping=True, hide_parameters=True, json_serializer=to_json, json_deserializer=from_json
        )
        if parsed.get_backend_name() == "sqlite":
            event.listen(engine, "connect", _tune_sqlite)
        _upgrade(engine)
    except (ArgumentError, ImportError, OSError, SQLAlchemyError, CommandError) as error:
        if engine is not None:
            engine.dispose()
        raise StoreError(
            f"cannot open the database {parsed.render_as_string(hide_password=True)}: {reason(error)}"
        ) from error
    return engine


def to_json(value: Any) -> str:
    """Return a value as JSON that any reader takes.

    Raises:
        ValueError: it holds a lone surrogate, or a number that is none.
    """
    text = json.dumps(value, allow_nan=False)
    if "\\ud" in text:  # half of a character, or both halves
        json.dumps(value, ensure_ascii=False).encode()
    return text


def from_json(stored: str | bytes) -> Any:
    """Return what stands in a JSON column; a number that is none as None, a lone surrogate as a question mark."""
    text = stored.decode() if isinstance(stored, bytes) else stored
    value = json.loads(text, parse_constant=lambda _: None)
    if "\\ud" not in text.lower():
        return value
    return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def _is_elsewhere(database: str | None) -> bool:
    return database in {None, "", ":memory:"} or str(database).startswith("file:")  # in memory, or as the URI says


def _own(database: Path) -> None:
    """Have a SQLite file with its folder, for our own user alone; SQLite gives its other files the same mode."""
    make_private_folder(database.parent)
    with contextlib.suppress(FileExistsError):
        os.close(create_private(database))
    for ending in ("", "-wal", "-shm"):
        tighten(database.with_name(f"{database.name}{ending}"))


def reason(error: Exception) -> str:
    """Return what the database said, in one line and without the statement that it was asked."""
    said = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return " ".join(str(said).split()) or type(error).__name__


def _tune_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")  # first: the next may have to wait already
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _upgrade(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", "beadwatch.storage:migrations")
    with engine.begin() as connection:
        # One process at a time, all steps or none: a station and a line may start together on a new database.
        if lock := _MIGRATION_LOCK.get(engine.dialect.name):
            connection.exec_driver_sql(lock)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
