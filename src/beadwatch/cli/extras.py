"""What is said where a command needs an extra that is not installed."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def needing(extra: str) -> Iterator[None]:
    """Turn a missing package into one of our errors, around a command or a part of it.

    Raises:
        SettingsError: a package is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        from beadwatch.domain.errors import SettingsError

        raise SettingsError(f"{error.name} is not installed: pip install 'beadwatch[{extra}]'") from error
