"""A job runs once at a time, an alert is recorded before it is told, and what is missing is said."""

import fcntl
from collections.abc import Callable
from pathlib import Path

import pytest

from beadwatch.domain.errors import JobError, NotReadyError, SettingsError, SourceError
from beadwatch.lifecycle.jobs import JobOutcome
from beadwatch.services import jobs
from beadwatch.services.flows import alert_of
from beadwatch.services.jobs import TITLES, build_jobs, run_job
from beadwatch.services.notifying import channels_of, open_alerts
from beadwatch.settings import load_settings
from beadwatch.storage.alert_store import StoredAlert
from tests.pictures import encoded, noise

WELDSPOT = "1700000000000_0-0.0_0-0.1_1-0.3_0-0.0_0-0.9_1-0.6_0-0.0.jpg"
Drifting = Callable[[], None]


@pytest.fixture
def drifting(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = JobOutcome(True, "AUC 0.6", {"auc": 0.6}, "drift.detected")
    monkeypatch.setattr(jobs, "build_jobs", lambda _settings: {"check-drift": lambda: outcome})


def alerts() -> list[StoredAlert]:
    with open_alerts(load_settings()) as opened:
        return opened.store.find()


def test_every_job_has_a_title() -> None:
    assert list(build_jobs(load_settings())) == list(TITLES)


def test_building_jobs_opens_nothing() -> None:
    build_jobs(load_settings())
    assert not load_settings().data_dir.exists()


def test_unknown_job_is_refused() -> None:
    with pytest.raises(JobError, match=r"no job 'sleep'; there are: initial-collection, collect"):
        run_job(load_settings(), "sleep")


@pytest.mark.parametrize("name", ["initial-collection", "check-drift", "retrain"])
def test_job_that_nobody_set_up_names_the_setting(name: str) -> None:
    with pytest.raises(JobError, match="BEADWATCH_LOOP_DATASET"):
        run_job(load_settings(), name)


def test_job_that_runs_already_is_skipped_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "data" / "locks").mkdir(parents=True)
    with (tmp_path / "data" / "locks" / "retrain.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        ran = run_job(load_settings(), "retrain")
    assert (ran.outcome.done, ran.outcome.why) == (False, "retrain is running already on this machine")
    with pytest.raises(JobError, match="BEADWATCH_LOOP_DATASET"):
        run_job(load_settings(), "retrain")


def test_lock_that_cannot_be_taken_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(JobError, match="BEADWATCH_DATA_DIR must be a folder"):
        run_job(load_settings(), "collect")


@pytest.mark.usefixtures("drifting")
def test_event_becomes_an_alert_that_waits_to_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEADWATCH_ALERT_WEBHOOK", "http://127.0.0.1:9/t0ken")
    ran = run_job(load_settings(), "check-drift")
    (stored,) = alerts()
    assert ran.alert is not None
    assert stored.alert == ran.alert
    assert (stored.alert.event, stored.alert.resource, stored.alert.why) == ("drift.detected", "dataset.auc", "AUC 0.6")
    assert [(notice["channel"], notice["state"]) for notice in stored.notices] == [("webhook", "waiting")]


def test_figure_that_is_none_is_no_stumbling_block(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = JobOutcome(True, "", {"auc": float("nan"), "recall": [float("inf"), 0.5]}, "drift.detected")
    monkeypatch.setattr(jobs, "build_jobs", lambda _settings: {"check-drift": lambda: outcome})
    run_job(load_settings(), "check-drift")
    assert alerts()[0].alert.facts == {"auc": None, "recall": [None, 0.5]}


@pytest.mark.usefixtures("drifting")
def test_job_that_is_tried_again_raises_the_same_alert() -> None:
    for _ in range(2):
        run_job(load_settings(), "check-drift", alert_id="a" * 32)
    assert [stored.alert.id for stored in alerts()] == ["a" * 32]


def test_what_an_event_is_about_is_told_of_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for about, number in (("surface-1 aa", 1), ("surface-1 aa", 1), ("surface-1 bb", 2)):
        outcome = JobOutcome(True, "AUC 0.6", {}, "drift.detected", about)
        monkeypatch.setattr(jobs, "build_jobs", lambda _settings, found=outcome: {"check-drift": lambda: found})
        assert run_job(load_settings(), "check-drift").alert is not None, "who was not told yet is told now"
        assert len(alerts()) == number


def test_event_of_an_alert_that_is_stored_is_the_same_alert() -> None:
    event = {
        "id": "0c557a7d-ea42-48d8-b192-cb58d773bd48",
        "event": "drift.detected",
        "resource": "dataset.auc",
        "occurred": "2026-11-21 19:00:50.805456+00:00",
        "payload": {"auc": 0.6, "why": "because"},
    }
    found = alert_of(event)
    assert (found.id, found.why, found.facts) == ("0c557a7dea4248d8b192cb58d773bd48", "because", {"auc": 0.6})
    failed = alert_of({**event, "payload": {"validated_state": {"message": "the bucket is gone"}}})
    assert failed.why == "the bucket is gone"
    assert alert_of({**event, "payload": None, "resource": None}).why == ""


def test_collect_without_a_source_says_so() -> None:
    outcome = run_job(load_settings(), "collect").outcome
    assert (outcome.done, "BEADWATCH_COLLECT_FROM" in outcome.why) == (False, True)


def test_collect_pulls_once_from_every_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (1, 2):
        (tmp_path / f"bucket {number}").mkdir()
        picture = encoded(noise(40 + number, 32), "JPEG")
        (tmp_path / f"bucket {number}" / WELDSPOT.replace("1700", f"1{number}00")).write_bytes(picture)
    (tmp_path / "bucket 2" / "notes.txt").write_text("no picture")
    monkeypatch.setenv("BEADWATCH_COLLECT_FROM", f"{tmp_path / 'bucket 1'}, {tmp_path / 'bucket 2'}")
    first = run_job(load_settings(), "collect").outcome
    assert (first.done, first.why) == (True, "stored 2 new pictures with what people said of them; 1 files failed")
    again = run_job(load_settings(), "collect").outcome
    assert (again.done, again.facts["sources"][str(tmp_path / "bucket 1")]["known"]) == (False, 1)


def test_collect_from_a_folder_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEADWATCH_COLLECT_FROM", "nowhere")
    with pytest.raises(SourceError, match="nowhere: there is no such folder"):
        run_job(load_settings(), "collect")


def test_bulk_inspect_needs_a_model_and_says_when_there_is_nothing_to_do(models_dir: Path) -> None:
    outcome = run_job(load_settings(), "bulk-inspect").outcome
    assert (outcome.done, outcome.why) == (False, "every stored picture has the current model's answer")
    assert set(outcome.facts) == {"surface", "tig"}


def test_bulk_inspect_without_a_model_is_not_ready() -> None:
    with pytest.raises(NotReadyError, match="no usable model"):
        run_job(load_settings(), "bulk-inspect")


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"SMTP_HOST": "mail"}, "BEADWATCH_SMTP_FROM and BEADWATCH_SMTP_TO"),
        ({"SMTP_HOST": "mail", "SMTP_FROM": "a@b", "SMTP_TO": "nobody"}, "'nobody' is no e-mail address"),
        ({"ALERT_WEBHOOK": "mail:me"}, "BEADWATCH_ALERT_WEBHOOK"),
    ],
    ids=["no addresses", "no address", "no webhook"],
)
def test_settings_of_channels_that_make_no_sense(
    variables: dict[str, str], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"BEADWATCH_{name}", value)
    with pytest.raises(SettingsError, match=says):
        channels_of(load_settings())
