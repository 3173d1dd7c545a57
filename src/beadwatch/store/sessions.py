"""One transaction on a database, whose failure is one of our errors. Does not know what is stored."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from beadwatch.domain.errors import StoreError


@contextmanager
def transaction(engine: Engine, what: str) -> Iterator[Session]:
    """Give a session that commits at the end of the block, or takes everything back. `what` it does, for the message.

    Raises:
        StoreError: the database refuses.
    """
    try:
        with Session(engine) as session, session.begin():
            yield session
    except SQLAlchemyError as error:
        raise StoreError(f"cannot {what}: {error}") from error
