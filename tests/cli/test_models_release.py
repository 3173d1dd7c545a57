"""`beadwatch models promote`, `rollback`, `history` and `keys`, as an engineer types them."""

import json
from pathlib import Path
from typing import Any

import pytest

from beadwatch.services.releases import open_channel, open_shadows
from beadwatch.settings import load_settings
from tests.cli.conftest import Run
from tests.releases import bundle, lying_bundle, passing

pytestmark = pytest.mark.usefixtures("models_dir")


@pytest.fixture(autouse=True)
def _channel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEADWATCH_RELEASES_URL", str(tmp_path / "channel"))


@pytest.fixture
def two(tmp_path: Path) -> Path:
    return bundle(tmp_path / "bundles", "tig-2")


def written(verdict: Any) -> Path:
    Path("verdict.json").write_text(json.dumps(verdict))
    return Path("verdict.json")


def champion() -> str | None:
    release = open_channel(load_settings()).current("tig")
    return release.version if release else None


def test_name_and_reason_are_kept_as_one_line_of_writing(beadwatch: Run) -> None:
    done = beadwatch("models", "promote", "tig", "--by", "ro\udcffsa", "--override", "the\x1b[2J first")
    assert done.code == 0
    move = open_channel(load_settings()).current("tig")
    assert move is not None
    assert (move.by, move.why) == ("ro\ufffdsa", "the\ufffd[2J first")


def test_promoting_going_back_and_what_was_done(beadwatch: Run, two: Path) -> None:
    first = beadwatch("models", "promote", "tig", "--by", "rosa", "--override", "the first one")
    assert (first.code, first.out, champion()) == (0, "", "tig-1")
    assert "tig-1 is the champion of tig by move 1, by rosa" in first.err
    verdict = written(passing("tig-2", "tig-1"))
    assert beadwatch("models", "promote", two, "--by", "rosa", "--verdict", verdict).code == 0
    assert champion() == "tig-2"
    back = beadwatch("models", "rollback", "tig", "--by", "ada", "--why", "misses pores")
    assert (back.code, back.err, champion()) == (0, "back to tig-1 of tig, by move 3\n", "tig-1")
    lines = beadwatch("models", "history", "tig").lines
    assert [(line["version"], line["by"], line["why"]) for line in lines] == [
        ("tig-1", "rosa", "the first one"),
        ("tig-2", "rosa", "the gate let it pass"),
        ("tig-1", "ada", "misses pores"),
    ]
    assert lines[0]["override"]["reason"] == "the first one"
    assert lines[1]["verdict"]["passed"] is True
    table = beadwatch("models", "history", "tig", "--format", "table").out
    assert table.count("overridden") == 2
    assert table.count("passed") == 1
    assert "misses pores" in table


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "there is no verdict of the gate"),
        (["--override", " "], "an override needs a name and a reason"),
        (["--verdict", "verdict.json"], "too slow"),
        (["--verdict", "none.json"], "none.json: the verdict cannot be read"),
        (["--verdict", "list.json"], "holds no verdict"),
    ],
)
def test_without_a_passing_verdict_or_a_reason_nothing_is_released(
    beadwatch: Run, two: Path, arguments: list[str], says: str
) -> None:
    written(passing("tig-2", passed=False, checks=[{"passed": False, "words": "too slow"}]))
    Path("list.json").write_text("[]")
    outcome = beadwatch("models", "promote", two, "--by", "rosa", *arguments)
    assert (outcome.code, champion()) == (2, None)
    assert "ReleaseError: " in outcome.err
    assert says in outcome.err


def test_who_it_is_must_be_said(beadwatch: Run, two: Path) -> None:
    assert beadwatch("models", "promote", two, "--override", "x").code == 2
    assert beadwatch("models", "promote", two, "--by", " ", "--override", "x").code == 2
    assert champion() is None


def test_a_model_that_fails_its_golden_check_is_not_released(beadwatch: Run, tmp_path: Path) -> None:
    path = lying_bundle(tmp_path / "bad")
    outcome = beadwatch("models", "promote", path, "--by", "rosa", "--override", "x")
    assert (outcome.code, champion()) == (2, None)
    assert "golden check failed" in outcome.err


def test_without_a_channel_it_says_which_setting_is_missing(
    beadwatch: Run, two: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BEADWATCH_RELEASES_URL")
    for command in (
        ("promote", two, "--by", "rosa", "--override", "x"),
        ("rollback", "tig", "--by", "rosa", "--why", "x"),
        ("history", "tig"),
    ):
        outcome = beadwatch("models", *command)
        assert outcome.code == 2
        assert "SettingsError: BEADWATCH_RELEASES_URL" in outcome.err


def test_nothing_released_yet(beadwatch: Run) -> None:
    assert "nothing was released for tig yet" in beadwatch("models", "history", "tig").err
    outcome = beadwatch("models", "rollback", "tig", "--by", "ada", "--why", "x")
    assert outcome.code == 2
    assert "nothing was ever released for tig" in outcome.err


def test_keys_are_made_and_sign_what_is_released(
    beadwatch: Run, two: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = beadwatch("models", "keys", "--out", "keys")
    assert (made.code, made.out) == (0, "")
    assert made.err.split() == ["BEADWATCH_SIGNING_KEY=keys/release.key", "BEADWATCH_VERIFY_KEY=keys/release.pub"]
    assert Path("keys/release.key").stat().st_mode & 0o777 == 0o600
    assert "PRIVATE" not in made.err
    assert beadwatch("models", "keys", "--out", "keys").code == 2
    for line in made.err.split():
        monkeypatch.setenv(*line.split("="))
    assert beadwatch("models", "promote", two, "--by", "rosa", "--override", "x").code == 0
    assert champion() == "tig-2"
    assert beadwatch("models", "history", "tig").lines[0]["signature"]
    monkeypatch.delenv("BEADWATCH_VERIFY_KEY")
    monkeypatch.setenv("BEADWATCH_SIGNING_KEY", "keys/none")
    outcome = beadwatch("models", "rollback", "tig", "--by", "ada", "--why", "x")
    assert outcome.code == 2
    assert "keys/none" in outcome.err


def test_shadow_is_begun_and_stopped_beside_the_champion(beadwatch: Run, two: Path) -> None:
    begun = beadwatch("models", "shadow", two, "--by", "rosa")
    assert (begun.code, begun.out) == (0, "")
    assert "tig-2 of tig runs in shadow, by rosa" in begun.err
    running = open_shadows(load_settings()).running("tig")
    assert running is not None
    assert (running.version, running.by, running.why, champion()) == ("tig-2", "rosa", "to compare", None)
    stopped = beadwatch("models", "shadow", "--stop", "tig", "--by", "ada", "--why", "seen enough")
    assert (stopped.code, open_shadows(load_settings()).running("tig")) == (0, None)
    again = beadwatch("models", "shadow", "--stop", "tig", "--by", "ada")
    assert again.code == 2
    assert "nothing runs in shadow for tig" in again.err


@pytest.mark.parametrize("arguments", [[], ["tig", "--stop", "tig"]])
def test_shadow_wants_a_bundle_or_a_task_to_stop(beadwatch: Run, arguments: list[str]) -> None:
    refused = beadwatch("models", "shadow", *arguments, "--by", "rosa")
    assert refused.code == 2
    assert "either a bundle" in refused.err


def test_a_bundle_that_fails_its_checks_gets_into_no_shadow(beadwatch: Run, tmp_path: Path) -> None:
    assert beadwatch("models", "shadow", lying_bundle(tmp_path / "bad"), "--by", "rosa").code == 2
    assert open_shadows(load_settings()).running("tig") is None
