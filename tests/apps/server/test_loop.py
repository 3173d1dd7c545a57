"""The dashboard's figures: of one's own team, for reviewers."""

from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from beadwatch.apps.wiring import Station
from beadwatch.domain.accounts import Role
from beadwatch.domain.loop import LoopStep, StepKind
from tests.apps.server.feedback_made import Phone, bearer, token_for


@pytest.fixture
def rosa(client: TestClient, station: Station) -> Phone:
    return Phone(client, token_for(station, "rosa", Role.REVIEWER))


def test_counts_and_steps_are_shown(client: TestClient, station: Station, rosa: Phone) -> None:
    ada = Phone(client, token_for(station, "ada"))
    stranger = Phone(client, token_for(station, "eve", team="south"))
    for number, phone in ((1, ada), (2, ada), (3, stranger)):
        assert phone.send(number).status_code == 201
    assert rosa.review(1).status_code == 201
    made_at = datetime(2026, 1, 2, tzinfo=UTC)
    station.loop.append(LoopStep(StepKind.GATE, "surface", made_at, "the challenger may go", {"passed": True}))
    assert client.get("/v1/loop", headers=bearer(rosa.token)).json()["steps"] == []  # they name people of all teams
    engineer = token_for(station, "emma", Role.ENGINEER)
    seen = client.get("/v1/loop", headers=bearer(engineer)).json()
    assert seen["counted"] == 2
    assert [(day["received"], day["accepted"], day["rejected"]) for day in seen["days"]] == [(2, 1, 0)]
    assert [(one["name"], one["sent"], one["accepted"]) for one in seen["people"]] == [("ada", 2, 1)]
    assert sum(one["both"] + one["person_only"] + one["model_only"] for one in seen["classes"]) > 0
    assert seen["steps"] == [
        {
            "kind": "gate",
            "task": "surface",
            "made_at": "2026-01-02T00:00:00+00:00",
            "words": "the challenger may go",
            "figures": {"passed": True},
        }
    ]


def test_inspectors_and_strangers_do_not_see_it(client: TestClient, station: Station) -> None:
    assert client.get("/v1/loop").status_code == 401
    assert client.get("/v1/loop", headers=bearer(token_for(station, "ada"))).status_code == 403
