"""From where a station is reached, and what follows from that: the names that it answers to.

Reads the machine's own name. Does not know what is asked for.
"""

import socket
from dataclasses import dataclass, field

from beadwatch.domain.addresses import as_address, in_url, is_loopback
from beadwatch.server.hosts import Hosts
from beadwatch.settings import Settings


@dataclass(frozen=True, slots=True)
class Reach:
    """From where a station is reached.

    `hosts` are the names that it answers to; `proxies` the networks whose word is taken for whom they ask for;
    `root_path` is the path that it lies below, without a slash at its end. `beyond` says whether other machines reach
    it, and `asks_token` whether they need one.
    """

    hosts: Hosts = field(default_factory=Hosts)
    proxies: tuple[str, ...] = ()
    root_path: str = ""
    beyond: bool = False
    asks_token: bool = False


LOOPBACK = Reach()  # from this machine alone


def reach_of(settings: Settings, host: str, certified: tuple[str, ...] = ()) -> Reach:
    """Return what follows from listening at `host`; `certified` are the names in the station's certificate."""
    # Who names a proxy or another host lets other machines in through whatever stands in front.
    fronted = bool(settings.proxies) or not all(map(is_loopback, settings.host_names))
    beyond = fronted or not listens_here_only(host)
    return Reach(
        hosts=_hosts(settings, host, certified),
        proxies=tuple(settings.proxies),
        root_path=settings.root_path.rstrip("/"),
        beyond=beyond,
        asks_token=settings.access == "token" or (settings.access == "auto" and beyond),
    )


def _hosts(settings: Settings, host: str, certified: tuple[str, ...]) -> Hosts:
    if listens_here_only(host):
        return Hosts.of(settings.host_names)
    named = () if as_address(host) or not host else (host,)
    return Hosts.of([*own_names(), *named, *certified, *settings.host_names], any_address=True)


def listens_here_only(host: str) -> bool:
    """Say whether whoever listens at `host` is reached from this machine alone; a name is looked up."""
    if is_loopback(host):
        return True
    if not host or as_address(host) is not None:
        return False
    try:
        found = {str(place[0]) for *_, place in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return False
    return bool(found) and all(map(is_loopback, found))


def shown_host(host: str, certified: tuple[str, ...] = ()) -> str:
    """Return under what to open a station that listens at `host`: all addresses of a machine are none of it."""
    address = as_address(host)
    if host and not (address and address.is_unspecified):
        return in_url(host)
    named = (name for name in certified if not name.startswith("*"))
    return in_url(next(named, own_names()[0]))


def own_names() -> list[str]:
    """Return the names of this machine: as it calls itself, without its domain, and as multicast DNS tells it."""
    whole = socket.gethostname()
    short = whole.partition(".")[0]
    return [whole, short, f"{short}.local"]


def said_of(reach: Reach, *, encrypted: bool) -> list[str]:
    """Return what whoever starts a station should know of its reach, line by line."""
    if reach.asks_token:
        said = ["asks for a token, but for pages, pairing and health: `beadwatch accounts pair NAME` makes a code"]
        if reach.beyond and not encrypted and not reach.proxies:
            said.append("tokens pass the network in the clear: `--certs`, or a proxy in front, serves https")
        return said
    if reach.beyond:
        return ["OPEN TO OTHER MACHINES without a token: they read and add pictures and lines (BEADWATCH_ACCESS=open)"]
    return ["open to this machine alone, without a token"]
