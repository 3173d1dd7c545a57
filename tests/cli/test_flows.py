"""`beadwatch flows` without a server: what a job came to, exit codes, alerts that are told at once, and help."""

import json

import pytest

from beadwatch.lifecycle.jobs import JobOutcome
from beadwatch.services import jobs
from beadwatch.services.notifying import open_alerts
from beadwatch.settings import load_settings
from tests.cli.conftest import Run
from tests.services.mailbox import Mailbox


@pytest.fixture
def drifting(monkeypatch: pytest.MonkeyPatch) -> Mailbox:
    outcome = JobOutcome(True, "AUC 0.6", {"auc": 0.6}, "drift.detected")
    monkeypatch.setattr(jobs, "build_jobs", lambda _settings: {"check-drift": lambda: outcome})
    mailbox = Mailbox()
    for name, value in {
        "HOST": "127.0.0.1",
        "PORT": mailbox.port,
        "TLS": "none",
        "FROM": "a@b.c",
        "TO": "d@e.f",
    }.items():
        monkeypatch.setenv(f"BEADWATCH_SMTP_{name}", str(value))
    return mailbox


def test_jobs_are_listed_with_their_schedules(beadwatch: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEADWATCH_FLOW_RETRAIN_CRON", "none")
    outcome = beadwatch("flows", "list")
    assert {line["name"]: line["schedule"] for line in outcome.lines} == {
        "initial-collection": "none",
        "collect": "0 12 * * *",
        "check-drift": "after collect",
        "retrain": "none",
        "bulk-inspect": "none",
    }


def test_job_with_nothing_to_do_is_no_failure(beadwatch: Run) -> None:
    outcome = beadwatch("flows", "run", "collect")
    assert (outcome.code, outcome.lines[0]["done"]) == (0, False)
    assert outcome.err.startswith("skipped: there is nothing to collect")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "sleep"], "JobError: no job 'sleep'"),
        (["run", "retrain"], "NotReadyError: BEADWATCH_LOOP_DATASET names no data set"),
        (["run", "sleep", "--deployment"], "JobError: no job 'sleep'"),
        (["run", "collect", "--deployment"], "JobError: no Prefect server runs: start `beadwatch flows serve`"),
    ],
)
def test_what_cannot_run_says_why(
    beadwatch: Run, arguments: list[str], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    outcome = beadwatch("flows", *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert says in outcome.err


def test_alert_of_a_job_is_told_at_once(beadwatch: Run, drifting: Mailbox) -> None:
    drifting.start()
    outcome = beadwatch("flows", "run", "check-drift")
    drifting.stop()
    assert (outcome.code, json.loads(outcome.out)["event"]) == (0, "drift.detected")
    assert drifting.mails.get(timeout=5)["Subject"] == "Beadwatch: drift.detected (dataset.auc)"


@pytest.mark.usefixtures("drifting")
def test_alert_that_nobody_took_is_kept_and_the_exit_code_says_so(beadwatch: Run) -> None:
    outcome = beadwatch("flows", "run", "check-drift")
    assert (outcome.code, json.loads(outcome.out)["done"]) == (1, True)
    assert "not told: the mail server" in outcome.err
    with open_alerts(load_settings()) as alerts:
        (kept,) = alerts.store.find()
    assert kept.notices[0]["state"] == "waiting"


def test_serving_refuses_settings_that_make_no_sense_before_it_starts(
    beadwatch: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEADWATCH_SMTP_HOST", "mail")
    outcome = beadwatch("flows", "serve")
    assert (outcome.code, "SettingsError: BEADWATCH_SMTP_HOST needs" in outcome.err) == (2, True)


def test_serving_on_a_port_that_is_taken_says_so(beadwatch: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        outcome = beadwatch("flows", "serve", "--port", taken.getsockname()[1])
    assert (outcome.code, "--port 0 for a free one" in outcome.err) == (2, True)
