"""`beadwatch data collect`: what reviewers accepted comes into the set, through the real stores."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from beadwatch.datasets.sample import labelled
from beadwatch.datasets.snapshot import Record, make_snapshot
from beadwatch.domain.accounts import Role
from beadwatch.domain.feedback import Sender
from beadwatch.services.catalog import open_catalog
from beadwatch.services.station import Station
from beadwatch.settings import load_settings
from beadwatch.storage.database import open_database
from beadwatch.storage.feedback_removal import Chosen, FeedbackRemoval
from beadwatch.wiring import build_station
from tests.cli.conftest import Run
from tests.datasets.welds import weld
from tests.pictures import encoded
from tests.storage.test_feedback_store import made, review

OLD = [encoded(weld(seed), "PNG") for seed in (1, 2)]
NEW = {number: encoded(weld(10 + number), "PNG") for number in (1, 2, 3)}


@pytest.fixture
def station() -> Iterator[Station]:
    """Return a station where Ada sent 1, 2 and 3, of which 1 and 2 are accepted, and a set `photos` of two."""
    settings = load_settings()
    with closing(build_station(settings)) as built:
        ada = built.accounts.add("ada", Role.INSPECTOR, "north").id
        for number, data in NEW.items():
            sent = made(number, data, part_id=f"P{number}")
            built.feedback.append(replace(sent, sender=Sender(ada, "d" * 32, "north")), data)
        for number in (1, 2):
            built.feedback.review("north", made(number).id, review())
        records = [
            Record(built.blobs.put(data), f"{n}.png", labelled("crack"), f"{n}", "photos", split=part)
            for n, (data, part) in enumerate(zip(OLD, ("train", "test"), strict=True))
        ]
        open_catalog(settings).put("photos", make_snapshot(records), "import")
        yield built


def collected() -> list[str]:
    records = open_catalog(load_settings()).snapshot("photos").records
    return sorted(record.sha256 for record in records if record.source == "feedback")


def test_collect_is_one_json_object_and_again_nothing_new(beadwatch: Run, station: Station) -> None:
    outcome = beadwatch("data", "collect", "surface", "--into", "photos")
    (facts,) = outcome.lines
    assert (outcome.code, facts["new_pictures"], facts["pictures"], facts["changed"]) == (0, 2, 4, True)
    assert facts["feedback"] == {"counts": 2, "rejected": 0, "waiting": 1, "unusable": 0}
    assert [person["name"] for person in facts["contributors"]] == ["ada"]
    assert collected() == sorted(sha256(NEW[number]).hexdigest() for number in (1, 2))
    (again,) = beadwatch("data", "collect", "surface", "--into", "photos").lines
    assert (again["changed"], again["snapshot"], again["new_pictures"]) == (False, facts["snapshot"], 0)
    assert open_catalog(load_settings()).get("photos").states[-1].by == "collect surface"


def test_deleted_feedback_leaves_the_next_snapshot(beadwatch: Run, station: Station) -> None:
    beadwatch("data", "collect", "surface", "--into", "photos")
    engine = open_database(load_settings().database)
    FeedbackRemoval(engine, station.blobs).delete(Chosen(ids=(made(1).id,)), datetime.now(UTC))
    engine.dispose()
    (facts,) = beadwatch("data", "collect", "surface", "--into", "photos").lines
    assert facts["deleted"] == 1
    assert collected() == [sha256(NEW[2]).hexdigest()]


def test_a_lost_picture_is_said_and_the_rest_comes_in(beadwatch: Run, station: Station) -> None:
    lost = sha256(NEW[1]).hexdigest()
    station.blobs.remove(lost)
    outcome = beadwatch("data", "collect", "surface", "--into", "photos")
    assert outcome.code == 1
    assert f"left out: picture {lost} cannot be read" in outcome.err
    assert collected() == [sha256(NEW[2]).hexdigest()]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense", "--into", "photos"], "no task 'nonsense'; there are tig, surface"),
        (["surface", "--into", "nothing"], "no data set 'nothing'"),
        (["tig", "--into", "photos"], "'tig' does not know"),
    ],
)
def test_what_cannot_be_is_refused(beadwatch: Run, station: Station, arguments: list[str], said: str) -> None:
    outcome = beadwatch("data", "collect", *arguments)
    assert outcome.code == 2
    assert said in outcome.err


def test_people_are_told_on_a_terminal(
    beadwatch: Run, station: Station, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from beadwatch.cli.data_collect import run_collect

    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    run_collect("surface", "photos", {"held_out": 0.3}, (False, False))
    shown = capsys.readouterr().out
    assert "2 new, of 2 groups; 1 held out" in shown
    assert "1 uploads: waiting" in shown
    assert "2 by ada (north): 100% against the model" in shown
    assert Path("data").is_dir()
