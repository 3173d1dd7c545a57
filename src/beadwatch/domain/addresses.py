"""Hosts as they stand in addresses, and which of them are this machine alone. Opens no connection."""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def in_url(host: str) -> str:
    """Return a host as it stands before a port: an IPv6 address in brackets, anything else as it is."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def as_address(host: str) -> Address | None:
    """Return a host as an address, with brackets or without; None for a name. An IPv4 in an IPv6 is the former."""
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def is_loopback(host: str) -> bool:
    """Say whether a host, by its text alone, is reached from this machine only."""
    address = as_address(host)
    return host.lower().rstrip(".") == "localhost" if address is None else address.is_loopback
