"""Addresses: how one may be shown, and whether the way to it is safe."""

import ipaddress
from urllib.parse import urlsplit


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
    host = parts.hostname or ""
    if parts.scheme == "https" or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
