"""Addresses: how one may be shown, and whether the way to it is safe."""

from urllib.parse import urlsplit

from beadwatch.domain.addresses import is_loopback


def shown(url: str) -> str:
    """Return an address as it may be shown: without a login, and without what stands behind `?` or `#`."""
    try:
        parts = urlsplit(url)
        if not parts.netloc:
            return url.partition("?")[0]
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    except ValueError:
        return "an address that cannot be read"


def is_private(url: str) -> bool:
    """Say whether what passes between an address and us can be neither read nor changed on the way."""
    parts = urlsplit(url)
    return parts.scheme == "https" or is_loopback(parts.hostname or "")
