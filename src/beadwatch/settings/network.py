"""What may stand in the settings about hosts, proxies and paths: texts with commas between their parts.

Each check raises ValueError, in words for the person who set it. Looks nothing up.
"""

import re

_HOST_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
_PATH = re.compile(r"(/[A-Za-z0-9_.~-]+)*/?")


def listed(text: str | None) -> list[str]:
    """Return the parts of a text, without what is empty."""
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def check_hosts(text: str) -> None:
    """Check names, addresses, `*.example` and `*`."""
    from beadwatch.domain.addresses import as_address

    for name in listed(text):
        if name != "*" and as_address(name) is None and not _HOST_NAME.fullmatch(name.removeprefix("*.")):
            raise ValueError(f"{name!r} is no host: write station.example, *.example or *, without scheme and port")


def check_networks(text: str) -> None:
    """Check addresses and networks."""
    import ipaddress

    for network in listed(text):
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError:
            raise ValueError(f"{network!r} is neither an address nor a network, as 10.0.0.0/8") from None


def check_path(text: str) -> None:
    """Check a path that others lie below."""
    if not _PATH.fullmatch(text):
        raise ValueError(f"{text!r} is no path to lie below: write /weld, of letters, digits, '_', '.', '~' and '-'")
