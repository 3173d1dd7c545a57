"""The data set catalog of the settings."""

from beadwatch.datasets.catalog import Catalog
from beadwatch.settings import Settings
from beadwatch.storage.files import open_files


def open_catalog(settings: Settings) -> Catalog:
    """Open the data set catalog.

    Raises:
        StoreError: its URL is of no file system that is installed.
    """
    return Catalog(open_files(settings.datasets, private=settings.datasets_url is None))
