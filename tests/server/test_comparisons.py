"""What a challenger answers otherwise: reviewers see it of their team's pictures, engineers of all, nobody else any."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from beadwatch.domain.accounts import Role
from beadwatch.domain.labels import TIG
from beadwatch.services.releases import open_shadows
from beadwatch.services.station import Station
from beadwatch.settings import load_settings
from beadwatch.wiring import build_station
from tests.bundles import colour_of, write_contrary
from tests.pictures import png
from tests.server.conftest import sender
from tests.server.feedback_made import Phone, bearer, token_for

SWAPPED = [("good weld", "burn through"), ("contamination", "lack of fusion")]
PICTURES = {label: png(colour_of(TIG, label)) for label in TIG.label_names}


@pytest.fixture
def station(models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Station]:
    """Return a station with a challenger in shadow that takes one class for another."""
    monkeypatch.setenv("BEADWATCH_RELEASES_URL", str(tmp_path / "channel"))
    challenger = write_contrary(tmp_path / "tig-2", TIG, "tig-2", SWAPPED)
    open_shadows(load_settings()).begin(challenger, "tig", "emma", "to see")
    with closing(build_station(load_settings())) as built:
        yield built


@pytest.fixture
def emma(station: Station) -> str:
    return token_for(station, "emma", Role.ENGINEER)


@pytest.fixture
def inspected(client: TestClient, station: Station) -> dict[str, str]:
    """Inspect a picture of each class, let the challenger answer, and return the ids by class."""
    assert station.shadows is not None
    station.shadows.look()
    ids = {label: sender(client)(picture).json()["id"] for label, picture in PICTURES.items()}
    station.shadows.look()
    return ids


def comparisons(client: TestClient, token: str) -> dict[str, Any]:
    answer = client.get("/v1/comparisons", headers=bearer(token))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def disagreements(client: TestClient, token: str, **query: Any) -> dict[str, Any]:
    answer = client.get("/v1/comparisons/tig/tig-2", headers=bearer(token), params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def labels_of(page: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["inspection"]["label"], each["answer"]["label"]) for each in page["disagreements"]]


@pytest.mark.usefixtures("inspected")
def test_an_engineer_sees_all_the_gravest_first(client: TestClient, emma: str) -> None:
    found = comparisons(client, emma)
    (one,) = found["comparisons"]
    assert {key: one[key] for key in ("task", "version", "same", "changed", "failed")} == {
        "task": "tig", "version": "tig-2", "same": 2, "changed": 4, "failed": 0,
    }  # fmt: skip
    moves = {(move["before"], move["now"]): move["changed"] for move in one["moves"]}
    assert (moves["accept", "reject"], moves["reject", "accept"]) == (1, 1)
    assert one["score"] == {"labelled": 0, "challenger_right": 0, "champion_right": 0, "known": 0}
    (shadow,) = found["shadows"]
    assert {key: shadow[key] for key in ("task", "version", "by", "waiting", "problem")} == {
        "task": "tig", "version": "tig-2", "by": "emma", "waiting": 0, "problem": None,
    }  # fmt: skip
    first = disagreements(client, emma, limit=2)
    assert labels_of(first) == [("burn through", "good weld"), ("good weld", "burn through")]
    rest = disagreements(client, emma, limit=2, after=first["next_after"])
    assert labels_of(rest) == [("lack of fusion", "contamination"), ("contamination", "lack of fusion")]
    only = disagreements(client, emma, before="reject", now="accept")
    assert (labels_of(only), only["next_after"]) == ([("burn through", "good weld")], None)


def test_people_s_labels_say_who_was_right(
    client: TestClient, station: Station, emma: str, inspected: dict[str, str]
) -> None:
    ada = Phone(client, token_for(station, "ada"))
    for number, (label, said) in enumerate([("good weld", "good weld"), ("contamination", "lack of fusion")], 1):
        scores = dict.fromkeys(TIG.label_names, 0.1)
        answer = {"model": "tig", "model_version": "tig-1", "scores": scores, "labels": [label]}
        assert ada.send(number, PICTURES[label], task="tig", answer=answer, labels=[said], boxes=[]).status_code == 201
    found = {each["inspection"]["id"]: each for each in disagreements(client, emma)["disagreements"]}
    good, dirty, hot = (found[inspected[label]] for label in ("good weld", "contamination", "burn through"))
    assert (good["truth"], good["right"]) == ({"labels": ["good weld"], "accepted": False}, "champion")
    assert (dirty["right"], hot["truth"], hot["right"]) == ("challenger", None, None)
    score = {"labelled": 2, "challenger_right": 1, "champion_right": 1, "known": 0}
    assert comparisons(client, emma)["comparisons"][0]["score"] == score
    rosa = token_for(station, "rosa", Role.REVIEWER)
    assert {each["inspection"]["id"] for each in disagreements(client, rosa)["disagreements"]} == {
        inspected["good weld"],
        inspected["contamination"],
    }
    told = comparisons(client, rosa)
    assert (told["comparisons"][0]["changed"], told["shadows"][0]["by"]) == (2, None)
    stranger = token_for(station, "sam", Role.REVIEWER, "south")
    assert (comparisons(client, stranger)["comparisons"], disagreements(client, stranger)["disagreements"]) == ([], [])


@pytest.mark.parametrize("path", ["/v1/comparisons", "/v1/comparisons/tig/tig-2"])
def test_inspectors_and_strangers_do_not_see_it(client: TestClient, station: Station, path: str) -> None:
    assert client.get(path).status_code == 401
    assert client.get(path, headers=bearer(token_for(station, "ada"))).status_code == 403


def test_what_makes_no_sense_is_refused_and_what_is_not_there_is_empty(client: TestClient, emma: str) -> None:
    wrong = client.get("/v1/comparisons/tig/tig-2", headers=bearer(emma), params={"before": "maybe"})
    assert wrong.status_code == 422
    assert disagreements(client, emma) == {"disagreements": [], "next_after": None}
    assert comparisons(client, emma)["comparisons"] == []
    assert client.get("/v1/comparisons/tig/2026%2F1", headers=bearer(emma)).json()["disagreements"] == []


def test_what_phones_judged_is_answered_too_and_for_its_team_alone(
    client: TestClient, station: Station, emma: str, inspected: dict[str, str]
) -> None:
    ada = Phone(client, token_for(station, "ada", team="south"))
    rosa, sam = (token_for(station, name, Role.REVIEWER, team) for name, team in (("rosa", "north"), ("sam", "south")))
    answer = {"model": "tig", "model_version": "tig-1", "scores": dict.fromkeys(TIG.label_names, 0.1)}
    for number, label in ((1, "good weld"), (2, "high travel speed"), (3, "contamination")):
        picture = PICTURES[label] + b"by another phone" * (number != 3)
        body = {"answer": answer | {"labels": [label]}, "labels": ["burn through"], "boxes": [], "task": "tig"}
        assert ada.send(number, picture, **body).status_code == 201
    assert station.shadows is not None
    (shadow,) = comparisons(client, sam)["shadows"]
    assert shadow["waiting"] == 2, "one was inspected, and is answered"
    station.shadows.look()
    (one,) = comparisons(client, sam)["comparisons"]
    assert [one[key] for key in ("same", "changed", "failed", "on_phones")] == [1, 2, 0, 2]
    assert one["score"] == {"labelled": 2, "challenger_right": 1, "champion_right": 0, "known": 0}
    page = disagreements(client, sam, limit=1)
    (found,) = page["disagreements"]
    assert (found["inspection"], found["right"]) == (None, "challenger")
    assert found["feedback"] | {"received_at": ""} == {
        "id": f"{1:032x}", "received_at": "", "seen_in_training": False, **answer, "labels": ["good weld"],
    }  # fmt: skip
    assert client.get(f"/v1/feedback/{1:032x}/picture", headers=bearer(sam)).status_code == 200
    (rest,) = disagreements(client, sam, limit=1, after=page["next_after"])["disagreements"]
    assert (rest["inspection"]["id"], rest["feedback"]) == (inspected["contamination"], None)
    assert disagreements(client, rosa)["disagreements"] == []
    assert all(each["feedback"] is None for each in disagreements(client, emma)["disagreements"])
