"""One transaction on a database, whose failure is one of our errors. Does not know what is stored."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from beadwatch.domain.errors import StoreError
from beadwatch.storage.database import BUSY_TIMEOUT_MS, reason

_ALONE = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "SELECT pg_advisory_xact_lock(6521)"}
_PATIENCE = {  # for the lock that a write needs, and what was before: a connection goes back into the pool
    "sqlite": (("PRAGMA busy_timeout=1000",), (f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",)),
    "postgresql": (("SET LOCAL lock_timeout = '1s'", "SET LOCAL statement_timeout = '1s'"), ()),
}
_BESIDE_OTHERS = {"postgresql": "SELECT pg_advisory_xact_lock_shared(6521)"}  # SQLite has one writer at a time anyway


@contextmanager
def transaction(engine: Engine, what: str) -> Iterator[Session]:
    """Give a session that commits at the end of the block, or takes everything back. `what` it does, for the message.

    Raises:
        StoreError: the database refuses.
    """
    try:
        with Session(engine) as session, session.begin():
            yield session
    except (SQLAlchemyError, UnicodeError) as error:
        raise StoreError(f"cannot {what}: {reason(error)}") from error


def add_once(engine: Engine, row: Any, what: str) -> bool:
    """Add a row; return False where the database holds one already that rules it out, which stays.

    Raises:
        StoreError: the database refuses for another reason. `what` it does, for the message.
    """
    try:
        with Session(engine) as session, session.begin():
            session.add(row)
    except IntegrityError:
        return False
    except (SQLAlchemyError, UnicodeError) as error:
        raise StoreError(f"cannot {what}: {reason(error)}") from error
    return True


def try_to_add(engine: Engine, row: Any, what: str) -> None:
    """Add a row and take it back: shows whether the database can be written to, without waiting long for others.

    Raises:
        StoreError: it cannot. `what` was tried, for the message.
    """
    impatient, patient = _PATIENCE.get(engine.dialect.name, ((), ()))
    try:
        with engine.connect() as connection, Session(connection) as session:
            try:
                for statement in impatient:
                    connection.exec_driver_sql(statement)
                session.add(row)
                session.flush()
            finally:
                session.rollback()
                for statement in patient:
                    connection.exec_driver_sql(statement)
    except (SQLAlchemyError, UnicodeError) as error:
        raise StoreError(f"cannot {what}: {reason(error)}") from error


def lock_pictures(session: Session, *, beside_others: bool = False) -> None:
    """Keep apart who removes pictures, alone, and who adds rows that refer to pictures, until the transaction ends.

    It must be the transaction's first statement; who adds must write the row before looking for the picture.
    """
    connection = session.connection()
    if lock := (_BESIDE_OTHERS if beside_others else _ALONE).get(connection.dialect.name):
        connection.exec_driver_sql(lock)
