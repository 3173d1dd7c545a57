"""Collecting feedback into a data set: the station's database, pictures and catalog put together for `lifecycle`.

Knows the stores. Makes no rules of its own.
"""

from collections.abc import Callable

from beadwatch.datasets.fingerprint import Fingerprint
from beadwatch.lifecycle.collect import CollectOptions, CollectResult, Station, collect_into, fingerprint_by
from beadwatch.services.catalog import open_catalog
from beadwatch.settings import Settings
from beadwatch.storage.account_store import AccountStore
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.database import open_database
from beadwatch.storage.feedback_log import FeedbackLog


def read_station(settings: Settings) -> Station:
    """Return all that the station knows of feedback.

    Raises:
        StoreError: the database cannot be read.
    """
    engine = open_database(settings.database)
    try:
        log = FeedbackLog(engine)
        # What is deleted first: feedback that is deleted in between is then unknown, and stays until the next time.
        deleted = log.deleted()
        accounts = {account.id: account for account in AccountStore(engine).accounts()}
        return Station(list(log.read()), deleted, accounts)
    finally:
        engine.dispose()


def collect_feedback(
    settings: Settings, name: str, options: CollectOptions, tick: Callable[[], None] = lambda: None
) -> CollectResult:
    """Collect the station's feedback into the set `name`; `tick` is called for each picture that is compared.

    Raises:
        DatasetError, StoreError: see `collect_into`.
    """
    by_bytes = fingerprint_by(BlobStore(settings.blobs).get)

    def look(sha256: str) -> Fingerprint | None:
        tick()
        return by_bytes(sha256)

    return collect_into(open_catalog(settings), name, read_station(settings), options, look)
