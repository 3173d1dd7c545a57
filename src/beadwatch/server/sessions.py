"""The HTTP interface by which a browser signs in: a pairing code becomes a cookie that no script can read. Thin.

Pictures and streams on a page carry no header, so that the browser has to bring the token by itself.
"""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from beadwatch.domain.accounts import Role
from beadwatch.server.access import COOKIE, PairingRoute
from beadwatch.server.feedback_schemas import PairIn
from beadwatch.server.schemas import ErrorOut
from beadwatch.services.station import Station

_KEPT_S = 400 * 86_400  # as long as browsers keep one: a screen beside a line signs in once

session_router = APIRouter()
_signing_in = APIRouter(route_class=PairingRoute)


class SessionOut(BaseModel):
    """Who this browser is signed in as; nulls for nobody."""

    token_needed: bool = Field(description="whether the station asks for a token at all")
    account: str | None = None
    role: Role | None = None
    team: str | None = None


@session_router.get("/v1/session", response_model=SessionOut)
def get_session(request: Request) -> dict[str, Any]:
    """Say whether the station asks for a token, and who this browser is signed in as."""
    station: Station = request.app.state.station
    needed, token = request.app.state.asks_token, request.cookies.get(COOKIE)
    caller = station.accounts.caller(token) if token else None
    if caller is None or caller.account_id is None:
        return {"token_needed": needed}
    name = station.accounts.names([caller.account_id])[caller.account_id]
    return {"token_needed": needed, "account": name, "role": caller.role, "team": caller.team}


@_signing_in.post(
    "/v1/session",
    status_code=201,
    response_model=SessionOut,
    responses={
        403: {"model": ErrorOut, "description": "The code is wrong, used or too old"},
        429: {"model": ErrorOut, "description": "Too many requests; `Retry-After` says when to try again"},
    },
)
def create_session(request: Request, response: Response, wanted: PairIn) -> dict[str, Any]:
    """Exchange a pairing code for a cookie of this browser, which is a device of the account from then on."""
    station: Station = request.app.state.station
    token, account, _ = station.accounts.pair(wanted.code, wanted.device_name)
    response.headers["Cache-Control"] = "no-store"
    response.set_cookie(
        COOKIE,
        token,
        max_age=_KEPT_S,
        path=_path(request),
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    needed = request.app.state.asks_token
    return {"token_needed": needed, "account": account.name, "role": account.role, "team": account.team}


@session_router.delete("/v1/session", status_code=204)
def delete_session(request: Request, response: Response) -> None:
    """Sign out: this browser is no device of the account any more."""
    station: Station = request.app.state.station
    token = request.cookies.get(COOKIE)
    caller = station.accounts.caller(token) if token else None
    if caller is not None and caller.device_id is not None:
        station.accounts.revoke_device(caller.device_id)
    response.delete_cookie(COOKIE, path=_path(request), httponly=True, samesite="strict")


def _path(request: Request) -> str:
    return request.scope.get("root_path", "") or "/"


session_router.include_router(_signing_in)
