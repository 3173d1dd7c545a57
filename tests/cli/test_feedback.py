"""`beadwatch feedback`: what is kept of a person is handed over, deleted and expires, and what was done is said."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
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
from beadwatch.wiring import build_station
from tests.cli.conftest import Run
from tests.pictures import encoded, noise
from tests.storage.test_feedback_store import made, review

PICTURES = {number: encoded(noise(seed=number), "JPEG" if number == 1 else "PNG") for number in range(1, 5)}
Send = Callable[..., str]


@pytest.fixture
def station() -> Iterator[Station]:
    """Return a station at which Ada sent 1 and 2, of which 1 is reviewed, and Bob 3."""
    with closing(build_station(load_settings())) as built:
        people = {name: built.accounts.add(name, Role.INSPECTOR, "north").id for name in ("ada", "bob")}
        for name, number, days in (("ada", 1, 40), ("ada", 2, 20), ("bob", 3, 40)):
            sent = made(number, PICTURES[number])
            received = datetime.now(UTC) - timedelta(days=days)
            sender = Sender(people[name], "d" * 32, "north")
            built.feedback.append(replace(sent, sender=sender, received_at=received), PICTURES[number])
        built.feedback.review("north", made(1).id, review(note="schön"))
        yield built


def left(station: Station) -> tuple[list[int], list[int]]:
    """Return the numbers of the feedback that is left, and of the pictures."""
    pictures = {sha256(data).hexdigest(): number for number, data in PICTURES.items()}
    files = [path.name for path in Path("data/blobs").rglob("*") if path.is_file()]
    return (
        [number for number in PICTURES if station.feedback.get("north", made(number).id)],
        sorted(pictures[name] for name in files),
    )


def test_export_is_all_of_one_person(beadwatch: Run, station: Station) -> None:
    outcome = beadwatch("feedback", "export", "ada", "--out", "hers")
    assert (outcome.code, outcome.lines) == (0, [{"uploads": 2, "reviews": 1, "failed": []}])
    lines = [json.loads(line) for line in Path("hers/feedback.jsonl").read_text("utf-8").splitlines()]
    assert [(line["id"], [given["note"] for given in line["reviews"]]) for line in lines] == [
        (made(1).id, ["schön"]),
        (made(2).id, []),
    ]
    assert [Path("hers", line["picture"]).read_bytes() for line in lines] == [PICTURES[1], PICTURES[2]]
    assert [Path(line["picture"]).suffix for line in lines] == [".jpg", ".png"]
    again = beadwatch("feedback", "export", "ada", "--out", "hers")
    assert again.code == 2
    assert "SourceError: hers exists: name a new folder" in again.err
    assert sorted(path.name for path in Path().iterdir()) == ["data", "hers"]


def test_picture_that_is_lost_is_said_and_the_rest_written(beadwatch: Run, station: Station) -> None:
    station.blobs.remove(sha256(PICTURES[1]).hexdigest())
    outcome = beadwatch("feedback", "export", "ada", "--out", "hers")
    assert outcome.code == 1
    assert f"failed: {made(1).id}: no picture" in outcome.err
    lines = [json.loads(line) for line in Path("hers/feedback.jsonl").read_text("utf-8").splitlines()]
    assert [line["picture"] is None for line in lines] == [True, False]


@pytest.mark.parametrize(
    ("arguments", "said", "rows", "pictures"),
    [
        (["ada"], {"uploads": 2, "reviews": 1, "pictures_removed": 2}, [3], [3]),
        (["ada", "--id", made(2).id], {"uploads": 1, "reviews": 0, "pictures_removed": 1}, [1, 3], [1, 3]),
        (["--id", made(2).id, "--id", made(3).id], {"uploads": 2, "reviews": 0, "pictures_removed": 2}, [1], [1]),
    ],
    ids=["person", "one of a person", "by id"],
)
def test_deleted_are_those_alone(
    beadwatch: Run, station: Station, arguments: list[str], said: dict[str, int], rows: list[int], pictures: list[int]
) -> None:
    outcome = beadwatch("feedback", "delete", *arguments, "--yes")
    assert outcome.code == 0, outcome.err
    assert outcome.lines == [{**said, "pictures_kept": 0, "failed": []}]
    assert left(station) == (rows, pictures)


def test_picture_in_a_data_set_stays(beadwatch: Run, station: Station) -> None:
    record = Record(sha256(PICTURES[2]).hexdigest(), "2.png", labelled("crack"), None, "drawn")
    open_catalog(load_settings()).put("welds", make_snapshot([record]), by="test")
    (said,) = beadwatch("feedback", "delete", "ada", "--yes").lines
    assert (said["pictures_removed"], said["pictures_kept"]) == (1, 1)
    assert left(station) == ([3], [2, 3])


def test_deletion_asks_and_no_is_no(beadwatch: Run, station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    unasked = beadwatch("feedback", "delete", "ada")
    assert (unasked.code, left(station)[0]) == (2, [1, 2, 3])
    assert "say --yes" in unasked.err
    questions: list[str] = []
    answers = iter([False, True])

    def confirm(question: str, **_: object) -> bool:
        questions.append(question)
        return next(answers)

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("typer.confirm", confirm)
    assert (beadwatch("feedback", "delete", "ada").code, left(station)[0]) == (1, [1, 2, 3])
    assert (beadwatch("feedback", "delete", "ada").code, left(station)[0]) == (0, [3])
    assert questions == ["Delete 2 uploads with 1 reviews for ever?"] * 2


def test_unknown_ids_are_said_and_the_rest_deleted(beadwatch: Run, station: Station) -> None:
    outcome = beadwatch("feedback", "delete", "ada", "--id", made(1).id, "--id", made(3).id, "--yes")
    assert outcome.code == 1
    assert f"failed: no feedback {made(3).id} of ada" in outcome.err
    assert left(station) == ([2, 3], [2, 3])


@pytest.mark.parametrize(
    ("arguments", "setting", "rows"),
    [
        (["--keep-days", "30"], "", [2]),
        ([], "30", [2]),
        (["--keep-days", "10"], "30", []),
        (["--keep-days", "50"], "30", [1, 2, 3]),
    ],
    ids=["option", "setting", "option wins", "all are young"],
)
def test_prune_deletes_what_is_older(
    beadwatch: Run,
    station: Station,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    setting: str,
    rows: list[int],
) -> None:
    monkeypatch.setenv("BEADWATCH_FEEDBACK_KEEP_DAYS", setting)
    outcome = beadwatch("feedback", "prune", *arguments)
    assert outcome.code == 0, outcome.err
    assert outcome.lines[0]["uploads"] == 3 - len(rows)
    assert left(station) == (rows, rows)


def test_terminal_gets_a_sentence(beadwatch: Run, station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    outcome = beadwatch("feedback", "prune", "--keep-days", "30")
    assert outcome.out.startswith("deleted 2 uploads with 1 reviews; removed 2 pictures, kept 0")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["export", "eve", "--out", "x"], "AccountError: no account 'eve'"),
        (["delete", "eve", "--yes"], "AccountError: no account 'eve'"),
        (["delete"], "SettingsError: say which"),
        (["prune"], "SettingsError: feedback is kept for ever: say --keep-days N"),
        (["prune", "--keep-days", "0"], "--keep-days"),
        (["export", "ada", "--out", "file/x"], "SourceError: file/x: cannot be written"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_exit_code_2(beadwatch: Run, station: Station, arguments: list[str], says: str) -> None:
    Path("file").touch()
    outcome = beadwatch("feedback", *arguments)
    assert outcome.code == 2
    assert says in outcome.err
    assert "Traceback" not in outcome.err
    assert left(station)[0] == [1, 2, 3]
