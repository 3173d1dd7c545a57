"""Whether the station lives, and whether it could do its work: for what watches over it.

Neither waits for a place among the threads that do the work: a busy station is alive.
"""

import asyncio
import logging
from typing import Any, Literal

import anyio.to_thread
from anyio import CapacityLimiter
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from beadwatch.domain.errors import StoreError
from beadwatch.server.schemas import ErrorBody
from beadwatch.services.station import Station

PATIENCE_S = 5.0
_log = logging.getLogger(__name__)


class HealthOut(BaseModel):
    """The process answers."""

    status: Literal["ok"]


class ReadyOut(BaseModel):
    """Whether inspections can be made and stored."""

    status: Literal["ready", "unready"]
    tasks: list[str]
    problems: list[ErrorBody] = Field(description="what is in the way; the log says more")


health_router = APIRouter()


@health_router.get("/healthz", response_model=HealthOut)
async def healthz() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "ok"}


@health_router.get(
    "/readyz",
    response_model=ReadyOut,
    responses={503: {"model": ReadyOut, "description": "No usable model, or the store refuses"}},
)
async def readyz(request: Request, response: Response) -> dict[str, Any]:
    """Say whether inspections can be made and stored, by trying to write; 503 with the reasons if not."""
    station: Station = request.app.state.station
    ready = station.models.ready
    readiness: Readiness = request.app.state.readiness
    problems = [] if ready else [_problem("BundleError", "no usable model: see /v1/models")]
    problems += await readiness.problems()
    response.status_code = 503 if problems else 200
    return {"status": "unready" if problems else "ready", "tasks": list(ready), "problems": problems}


class Readiness:
    """Tries the station's store, in one thread of its own: who asks meanwhile gets the same answer."""

    def __init__(self, station: Station, patience_s: float = PATIENCE_S) -> None:
        self._station, self._patience_s = station, patience_s
        self._one_thread = CapacityLimiter(1)
        self._running: asyncio.Task[list[dict[str, str]]] | None = None

    async def problems(self) -> list[dict[str, str]]:
        """Return what is in the way of storing, as error bodies without paths; after `patience_s` that it hangs."""
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._ask())
        done, _ = await asyncio.wait({self._running}, timeout=self._patience_s)
        if done:
            return self._running.result()
        _log.error("not ready: the store has not answered for %s s", self._patience_s)
        return [_problem("StoreError", "the store does not answer")]

    async def _ask(self) -> list[dict[str, str]]:
        return await anyio.to_thread.run_sync(self._try, limiter=self._one_thread, abandon_on_cancel=True)

    def _try(self) -> list[dict[str, str]]:
        station, problems = self._station, []
        for words, check in (
            ("the database cannot be written to", station.inspections.check),
            ("the store of pictures cannot be written to", station.blobs.check),
            ("the disk is nearly full", station.space.check),
        ):
            try:
                check()
            except StoreError as error:
                _log.error("not ready: %s", error)
                problems.append(_problem(type(error).__name__, words))
        return problems


def _problem(kind: str, message: str) -> dict[str, str]:
    return {"type": kind, "message": message}
