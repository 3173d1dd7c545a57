"""Which names a station answers to.

A page of another site can give its own name this machine's address (DNS rebinding): the browser then takes the station
for that site, and only the Host header tells. Knows ASGI and names. Does not know who may do what.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from beadwatch.domain.addresses import as_address, is_loopback
from beadwatch.server.problems import problem

_HOST = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9_.-]{1,253})(:[0-9]{1,5})?")
_ANY = "*"


@dataclass(frozen=True, slots=True)
class Hosts:
    """The names and addresses that may stand in a Host header, with any port. Those of this machine alone always may.

    `*.plant.example` stands for all names below that one, `*` for everything. With `any_address`, every IP address may
    stand there: a page gets no address for a name of its own, so that only names can be turned against a station.
    """

    names: frozenset[str] = frozenset()
    any_address: bool = False

    @classmethod
    def of(cls, names: Collection[str], *, any_address: bool = False) -> "Hosts":
        """Return hosts by names and addresses in any spelling."""
        return cls(frozenset(_same(name) for name in names), any_address)

    def allows(self, header: str) -> bool:
        """Say whether the station answers to a Host header."""
        if _ANY in self.names:
            return True
        found = _HOST.fullmatch(header)
        if found is None:
            return False
        host = _same(found["host"])
        if is_loopback(host) or host in self.names:
            return True
        if as_address(host) is not None:
            return self.any_address
        return any(name.startswith("*.") and host.endswith(name[1:]) for name in self.names)


def _same(host: str) -> str:
    """Return one spelling for all of a host."""
    address = as_address(host)
    return host.lower().removesuffix(".") if address is None else str(address)


class KnownHostsOnly:
    """ASGI middleware: answers 421 to a request for a name that is not the station's."""

    def __init__(self, app: ASGIApp, hosts: Hosts) -> None:
        self._app, self._hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer for it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope).getlist("host")
        if len(asked) == 1 and self._hosts.allows(asked[0]):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await _misdirected(", ".join(asked))(scope, receive, send)


def _misdirected(asked: str) -> ASGIApp:
    return problem(
        421,
        "RequestError",
        f"the station does not answer to the host {ascii(asked)[:100]}: open it by one of its own names or addresses, "
        "or add this one to BEADWATCH_ALLOWED_HOSTS at the station",
    )
