"""Accounts, tokens and uploads of feedback for the tests of the station."""

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import httpx2
from starlette.testclient import TestClient

from beadwatch.domain.accounts import Role
from beadwatch.services.station import Station
from tests.domain.test_feedback import sent
from tests.pictures import png

PICTURE = png()


def token_for(station: Station, name: str, role: Role = Role.INSPECTOR, team: str = "north") -> str:
    """Make an account with one device and return the device's token."""
    station.accounts.add(name, role, team)
    return station.accounts.pair(station.accounts.make_code(name)[0], "phone")[0]


def bearer(token: str) -> dict[str, str]:
    """Return the header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


def upload(number: int = 1, picture: bytes = PICTURE, **changes: Any) -> dict[str, Any]:
    """Return what an upload of feedback is made of, for `TestClient.post`; `changes` go to the JSON."""
    fields = {"id": f"{number:032x}", "sha256": sha256(picture).hexdigest()} | changes
    return {"data": {"feedback": json.dumps(sent(**fields))}, "files": {"picture": ("a.png", picture, "image/png")}}


@dataclass(frozen=True, slots=True)
class Phone:
    """A paired device."""

    client: TestClient
    token: str

    def send(self, number: int = 1, picture: bytes = PICTURE, **changes: Any) -> httpx2.Response:
        """Send feedback."""
        return self.client.post("/v1/feedback", headers=bearer(self.token), **upload(number, picture, **changes))

    def get(self, path: str = "", **query: Any) -> httpx2.Response:
        """Read below /v1/feedback."""
        return self.client.get(f"/v1/feedback{path}", headers=bearer(self.token), params=query)

    def review(self, number: int = 1, **review: Any) -> httpx2.Response:
        """Send a review."""
        return self.client.post(
            f"/v1/feedback/{number:032x}/review", headers=bearer(self.token), json={"verdict": "accepted"} | review
        )

    def listed(self, **query: Any) -> list[int]:
        """Return the numbers of what is listed."""
        answer = self.get(**query)
        assert answer.status_code == 200, answer.text
        return [int(found["id"], 16) for found in answer.json()["feedback"]]
