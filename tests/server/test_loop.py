"""The dashboard's figures: of one's own team, for reviewers."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from beadwatch.domain.accounts import Role
from beadwatch.domain.loop import LoopStep, StepKind
from beadwatch.services.releases import open_channel
from beadwatch.services.station import Station
from beadwatch.settings import load_settings
from beadwatch.wiring import build_station
from tests.releases import bundle, publish
from tests.server.conftest import client_of
from tests.server.feedback_made import Phone, bearer, token_for


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
    assert (seen["moves"], seen["moves_problem"]) == (None, "")
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


def test_moves_are_those_of_the_channel_for_engineers_alone(
    tmp_path: Path, models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEADWATCH_RELEASES_URL", str(tmp_path / "channel"))
    channel = open_channel(load_settings())
    forced = {"name": "rosa", "reason": "the line waits", "at": "2026-01-02T00:00:00+00:00"}
    channel.publish(bundle(tmp_path / "bundles", "tig-2"), "tig", "rosa", {}, forced)
    with closing(build_station(load_settings())) as station:
        publish(channel, bundle(tmp_path / "bundles", "tig-3"), "tig-2")  # by hand, while the station runs
        channel.rollback("tig", "ada", "misses pores")
        client = client_of(station)
        seen = client.get("/v1/loop", headers=bearer(token_for(station, "emma", Role.ENGINEER))).json()["moves"]
        told = [(each["kind"], each["version"], each["by"], each["why"], each["published"]) for each in seen]
        assert told == [
            ("publish", "tig-2", "rosa", "the line waits", 1),
            ("publish", "tig-3", "rosa", "the gate let it pass", 2),
            ("rollback", "tig-2", "ada", "misses pores", 1),
        ]
        assert [each["override"] for each in seen] == [forced, None, forced]
        assert seen[1]["verdict"]["passed"] is True
        reviewer = client.get("/v1/loop", headers=bearer(token_for(station, "rita", Role.REVIEWER))).json()
        assert (reviewer["moves"], reviewer["steps"]) == (None, [])


def test_inspectors_and_strangers_do_not_see_it(client: TestClient, station: Station) -> None:
    assert client.get("/v1/loop").status_code == 401
    assert client.get("/v1/loop", headers=bearer(token_for(station, "ada"))).status_code == 403
