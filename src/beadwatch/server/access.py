"""Who a request comes from, and how often they may ask: settled before a body is read, so that strangers send none.

Knows tokens as they stand in a header, and addresses. Does not know what feedback is.
"""

import ipaddress
import math
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from beadwatch.domain.accounts import GUEST, Caller, Role
from beadwatch.server.rates import Rates
from beadwatch.server.schemas import ErrorOut
from beadwatch.services.station import Station

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
_EVERYBODY = "everybody"
COOKIE = "beadwatch_session"
UNKNOWN: dict[int | str, dict[str, Any]] = {
    401: {"model": ErrorOut, "description": "No token, or one that is unknown or revoked"},
    429: {"model": ErrorOut, "description": "Too many requests; `Retry-After` says when to try again"},
}
REFUSALS = UNKNOWN | {403: {"model": ErrorOut, "description": "The role does not suffice"}}


class Access:
    """Lets requests in, or raises 401 and 429."""

    def __init__(self, station: Station) -> None:
        self._station = station
        # A phone that comes back with a day's pictures sends hundreds; a page of thumbnails asks for two hundred.
        self.by_device = Rates(burst=300, per_s=5)
        self.by_address = Rates(burst=1000, per_s=20)  # a site may have one address for all its phones
        # 100 codes a minute for ten minutes among 6.6e11: one in 6.6e8 that a code is guessed while it is worth it.
        self.pairing_by_address = Rates(burst=5, per_s=5 / 60)
        self.pairing = Rates(burst=100, per_s=100 / 60)

    @property
    def guests(self) -> bool:
        """Whether devices without a token may send feedback."""
        return self._station.guest_feedback

    async def known(self, request: HTTPConnection) -> Caller | None:
        """Return who carries the token of a request, in its header or in the cookie of a page; None without a token.

        Raises:
            HTTPException: 401 the token is not known (any more), or comes in another way.
        """
        found: Caller | None = getattr(request.state, "known", None)
        if found is not None:
            return found
        token = _token(request)
        if token is None:
            return None
        found = await run_in_threadpool(self._station.accounts.caller, token)
        if found is None:
            raise unknown("this device's token is unknown or was revoked: pair the device again")
        request.state.known = found
        return found

    async def caller(self, request: Request) -> Caller:
        """Return who asks.

        Raises:
            HTTPException: 429 too often; 401 no token, or one that is not known (any more).
        """
        _refuse_after(self.by_address.wait_s(address_of(request)))
        caller = await self.known(request)
        if caller is None:
            if self.guests:
                return GUEST
            raise unknown("pair this device first: `beadwatch accounts pair` makes a code")
        _refuse_after(self.by_device.wait_s(caller.device_id or ""))
        return caller

    def try_pairing(self, request: Request) -> None:
        """Count a try to pair.

        Raises:
            HTTPException: 429 too often, from this address or from all together.
        """
        _refuse_after(self.pairing_by_address.wait_s(address_of(request)))
        _refuse_after(self.pairing.wait_s(_EVERYBODY))


class CallerRoute(APIRoute):
    """A route for callers that are known, or for guests where they are allowed; `caller_of` says who it is."""

    def get_route_handler(self) -> Handler:
        """Return the handler, behind the check."""
        handler = super().get_route_handler()

        async def checked(request: Request) -> Response:
            request.state.caller = await _access(request).caller(request)
            return await handler(request)

        return checked


class PairingRoute(APIRoute):
    """A route for strangers who may try now and then."""

    def get_route_handler(self) -> Handler:
        """Return the handler, behind the check."""
        handler = super().get_route_handler()

        async def checked(request: Request) -> Response:
            _access(request).try_pairing(request)
            return await handler(request)

        return checked


def caller_of(request: Request) -> Caller:
    """Return who asks, on a `CallerRoute`."""
    caller: Caller = request.state.caller
    return caller


def account_of(request: Request, needed: Role = Role.INSPECTOR) -> tuple[Caller, str]:
    """Return who asks and the id of the account, which must have a role.

    Raises:
        HTTPException: 401 a guest; 403 the role does not suffice.
    """
    caller = caller_of(request)
    if caller.account_id is None:
        raise unknown("a guest may only send: pair this device first")
    if not caller.may(needed):
        raise HTTPException(403, f"this needs the role {needed.value}; yours is {caller.role.value}")
    return caller, caller.account_id


def _token(request: HTTPConnection) -> str | None:
    """Return the token; what a proxy in front asks for (`Authorization: Basic`) leaves the cookie its worth."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    if COOKIE in request.cookies:
        return request.cookies[COOKIE]
    if scheme:
        raise unknown("send the device's token as `Authorization: Bearer ...`")
    return None


def _access(request: Request) -> Access:
    access: Access = request.app.state.access
    return access


def address_of(request: Request) -> str:
    """Return what stands for the sender of a request: an IPv4 address, or the /64 of an IPv6 address."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    # Whoever has one IPv6 address has the 2^64 beside it.
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else host


def _refuse_after(wait_s: float) -> None:
    if wait_s > 0:
        raise HTTPException(429, "too many requests: wait a little", {"Retry-After": str(math.ceil(wait_s))})


def unknown(message: str) -> HTTPException:
    """Return the answer to whoever carries no token that is known."""
    return HTTPException(401, message, {"WWW-Authenticate": "Bearer"})
