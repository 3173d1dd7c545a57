"""How many inspections the station takes on at once: whoever comes when all places are taken is told when to come back.

An answer of 429 at once is worth more than one of 201 after many seconds, and the other pages go on answering. A place
is taken when a request has arrived whole, so that a slow upload keeps nobody from working; how many may be arriving is
bounded too, in all and for each address. For one event loop. Knows requests, not what they ask for.
"""

import os
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import Message

from beadwatch.server.access import address_of

FOR_EACH_CORE = 4
ARRIVING = 64
ARRIVING_FROM_ONE = 32
_RETRY_AFTER_S = 1
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Admission:
    """The places for requests that arrive, and for those that are worked on."""

    def __init__(self, at_once: int = 0) -> None:
        """Have `at_once` places for work; 0: four for each core."""
        self._places = at_once or FOR_EACH_CORE * len(os.sched_getaffinity(0))
        self._working = 0
        self._arriving: Counter[str] = Counter()

    @contextmanager
    def arriving(self, address: str) -> Iterator["Place"]:
        """Take a request in, until its work is done.

        Raises:
            HTTPException: 429 too many are here, or too many from this address.
        """
        too_many = self._arriving.total() >= ARRIVING or self._arriving[address] >= ARRIVING_FROM_ONE
        if too_many or self._working >= self._places:  # its body would most likely arrive for nothing
            raise _busy()
        self._arriving[address] += 1
        place = Place(self)
        try:
            yield place
        finally:
            self._arriving[address] -= 1
            self._arriving += Counter()  # forgets who has none left
            self._working -= place.is_working

    def work(self) -> None:
        """Take a place for work.

        Raises:
            HTTPException: 429 all are taken.
        """
        if self._working >= self._places:
            raise _busy()
        self._working += 1


class Place:
    """One request's."""

    def __init__(self, admission: Admission) -> None:
        self._admission, self.is_working = admission, False

    def work(self) -> None:
        """Begin to work, unless that has happened.

        Raises:
            HTTPException: 429 all places for work are taken.
        """
        if not self.is_working:
            self._admission.work()
            self.is_working = True


class AdmittedRoute(APIRoute):
    """A route whose requests need a place: a POST once its body is there, others at once."""

    def get_route_handler(self) -> Handler:
        """Return the handler, behind the door."""
        handler = super().get_route_handler()

        async def admitted(request: Request) -> Response:
            admission: Admission = request.app.state.admission
            with admission.arriving(address_of(request)) as place:
                if request.method != "POST":
                    place.work()

                async def receive() -> Message:
                    message = await request.receive()
                    if message["type"] == "http.request" and not message.get("more_body", False):
                        place.work()
                    return message

                return await handler(Request(request.scope, receive))

        return admitted


def _busy() -> HTTPException:
    message = "the station has as many inspections in hand as it can do: try again in a second"
    return HTTPException(429, message, {"Retry-After": str(_RETRY_AFTER_S)})
