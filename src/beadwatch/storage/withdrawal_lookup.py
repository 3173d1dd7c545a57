"""One question to a station's SQLite file, without SQLAlchemy and Alembic: `beadwatch inspect` asks it at each start.

Reads what `WithdrawalStore` writes, and changes nothing: a file of an older schema is not brought up to date.
"""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from beadwatch.domain.errors import StoreError
from beadwatch.domain.withdrawal import Withdrawal

_BUSY_TIMEOUT_S = 10.0
_NEWEST = """
    select withdrawn, reason, changed_at from model_withdrawals where task = ? and version = ?
    order by sequence desc limit 1
"""
_TABLE = "select 1 from sqlite_master where type = 'table' and name = 'model_withdrawals'"


def find_in_sqlite(path: Path, task: str, version: str) -> Withdrawal | None:
    """Return the withdrawal of a version, or None where it is not withdrawn.

    Raises:
        StoreError: there is no such file, it is no database, or it cannot be read.
    """
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY_TIMEOUT_S)) as file:
            if file.execute(_TABLE).fetchone() is None:  # of a time before models were withdrawn
                return None
            row = file.execute(_NEWEST, (task, version)).fetchone()
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"cannot read withdrawn models from {path}: {error}") from error
    if row is None or not row[0]:
        return None
    return Withdrawal(task, version, row[1], datetime.fromisoformat(row[2]).replace(tzinfo=UTC))
