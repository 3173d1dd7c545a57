"""The station lists what the loop wants people to hear of."""

from datetime import UTC, datetime

from starlette.testclient import TestClient

from beadwatch.domain.alerts import Alert
from beadwatch.services.station import Station
from tests.server.conftest import error_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_no_alert_is_an_empty_list(client: TestClient) -> None:
    assert client.get("/v1/alerts").json() == {"alerts": []}


def test_alerts_are_listed_with_who_was_told(client: TestClient, station: Station) -> None:
    for name in ("a", "b"):
        station.alerts.record(Alert(name, "drift.detected", "dataset.auc", "AUC 0.6", {"auc": 0.6}, NOON), ["mail"])
    first, second = client.get("/v1/alerts").json()["alerts"]
    assert (first["id"], second["id"]) == ("b", "a")
    assert "facts" not in first  # they name pictures of all teams
    assert first["notices"][0]["state"] == "waiting"
    assert [one["id"] for one in client.get("/v1/alerts?limit=1").json()["alerts"]] == ["b"]


def test_senseless_limit_is_refused(client: TestClient) -> None:
    response = client.get("/v1/alerts?limit=0")
    assert (response.status_code, error_of(response)["type"]) == (422, "RequestError")
