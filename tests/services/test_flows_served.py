"""`beadwatch flows serve` with a real Prefect server: job, event, automation, mail; a mail server that is away; Ctrl-C.

The tests are one story and run in this order, on one server, whose start takes most of the time.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from beadwatch.storage.alert_store import AlertStore, StoredAlert
from beadwatch.storage.database import open_database
from tests.real import CHECKOUT
from tests.services.mailbox import Mailbox
from tests.waiting import until

pytestmark = pytest.mark.slow
BUSY_S = 60.0  # how long a busy machine may take for what takes seconds
# Python runs it when it starts: in the processes of flows, too, where no test can reach. Drift is found at once.
STAND_IN = """
from beadwatch.services import jobs
from beadwatch.lifecycle.jobs import JobOutcome
def drifted():
    return JobOutcome(True, "porosity: AUC 0.61 (0.52 to 0.70)", {"auc": {"porosity": 0.61}}, "drift.detected")
build = jobs.build_jobs
jobs.build_jobs = lambda settings: {**build(settings), "check-drift": drifted}
"""


class Served:
    """`beadwatch flows serve` as a process of its own."""

    def __init__(self, folder: Path) -> None:
        """Start it, with a mail server that is not there yet."""
        self.folder, self.mailbox = folder, Mailbox()
        (folder / "sitecustomize.py").write_text(STAND_IN, encoding="utf-8")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("BEADWATCH_", "PREFECT_"))}
        self.environment = kept | {
            "PYTHONPATH": os.pathsep.join([str(folder), str(CHECKOUT / "src"), str(CHECKOUT)]),
            "BEADWATCH_DATA_DIR": str(folder / "data"),
            "BEADWATCH_MODELS_DIR": str(folder / "models"),
            "BEADWATCH_FLOW_RETRIES": "60",
            "BEADWATCH_FLOW_RETRY_DELAY_S": "1",
            "BEADWATCH_FLOW_NOTIFY_CRON": "none",
            "BEADWATCH_SMTP_HOST": "127.0.0.1",
            "BEADWATCH_SMTP_PORT": str(self.mailbox.port),
            "BEADWATCH_SMTP_TLS": "none",
            "BEADWATCH_SMTP_USER": "",
            "BEADWATCH_SMTP_FROM": "station@works.example",
            "BEADWATCH_SMTP_TO": "quality@works.example",
        }
        self.log = folder / "serve.log"
        with self.log.open("wb") as log:
            self.process = self._start("flows", "serve", "--port", "0", stdout=log, stderr=subprocess.STDOUT)

    def _start(self, *arguments: str, **options: Any) -> "subprocess.Popen[bytes]":
        code = "from beadwatch.cli import main; main()"
        command = [sys.executable, "-c", code, *arguments]
        return subprocess.Popen(command, cwd=self.folder, env=self.environment, **options)

    def run(self, *arguments: str) -> str:
        """Run `beadwatch` beside it and return what it says."""
        process = self._start(*arguments, stdout=subprocess.PIPE)
        out, _ = process.communicate(timeout=BUSY_S)
        assert process.returncode == 0
        return out.decode()

    @property
    def url(self) -> str:
        """Return the address of the server's interface, or nothing as long as it has none."""
        file = self.folder / "data" / "prefect" / "api-url"
        return file.read_text(encoding="utf-8") if file.exists() else ""

    def post(self, path: str, body: object) -> Any:
        """Ask the server."""
        answer = requests.post(f"{self.url}/{path}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def is_served(self) -> bool:
        """Say whether all deployments are there."""
        assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
        return bool(self.url) and len(self.post("deployments/filter", {})) == 6

    def runs(self, flow: str) -> list[dict[str, Any]]:
        """Return the runs of a flow that have begun."""
        wanted = {"flows": {"name": {"any_": [flow]}}, "flow_runs": {"start_time": {"is_null_": False}}}
        found: list[dict[str, Any]] = self.post("flow_runs/filter", wanted)
        return found

    def alerts(self) -> list[StoredAlert]:
        """Return what stands in the station's database."""
        store = AlertStore(open_database(f"sqlite:///{self.folder / 'data' / 'beadwatch.db'}"))
        try:
            return store.find()
        finally:
            store.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve for all tests of this module."""
    running = Served(tmp_path_factory.mktemp("served"))
    try:
        until(running.is_served, 3 * BUSY_S)
        yield running
    finally:
        running.mailbox.stop()
        running.process.terminate()
        running.process.wait(BUSY_S)


def test_every_job_is_a_deployment_with_its_schedule(served: Served) -> None:
    found = {one["entrypoint"].rpartition(".")[2]: one for one in served.post("deployments/filter", {})}
    crons = {name: [each["schedule"]["cron"] for each in one["schedules"]] for name, one in found.items()}
    assert crons == {
        "initial_collection": [],
        "collect": ["0 12 * * *"],
        "check_drift": [],
        "retrain": ["0 13 * * *"],
        "bulk_inspect": [],
        "notify": [],
    }
    assert not any(one["paused"] for one in found.values())


def test_drift_and_a_job_that_fails_become_alerts_that_wait_while_the_mail_server_is_away(served: Served) -> None:
    assert json.loads(served.run("flows", "run", "collect", "--deployment"))["flow_run"]
    (retrain,) = [one["id"] for one in served.post("deployments/filter", {}) if "retrain" in one["entrypoint"]]
    served.post(f"deployments/{retrain}/create_flow_run", {})
    until(lambda: [one.notices[0]["tries"] > 0 for one in served.alerts()] == [True, True], 2 * BUSY_S)
    (collected,), (failed,) = served.runs("collect"), served.runs("retrain")
    assert (collected["state_name"], "nothing to collect" in collected["state"]["message"]) == ("Skipped", True)
    assert failed["state_type"] == "FAILED"
    alerts = {one.alert.event: one for one in served.alerts()}
    drift = alerts["drift.detected"]
    assert (drift.alert.resource, drift.alert.facts) == ("dataset.auc", {"auc": {"porosity": 0.61}})
    assert "BEADWATCH_LOOP_DATASET names no data set" in alerts["prefect.flow-run.Failed"].alert.why
    for one in alerts.values():
        assert one.notices[0]["state"] == "waiting"
    until(lambda: any("ConnectionRefusedError" in (one.notices[0]["last_error"] or "") for one in served.alerts()))


def test_the_mails_arrive_when_the_server_is_back_and_only_once(served: Served) -> None:
    served.mailbox.start()
    mails = {str(mail["Subject"]): mail for mail in (served.mailbox.mails.get(timeout=BUSY_S) for _ in range(2))}
    mail = mails["Beadwatch: drift.detected (dataset.auc)"]
    assert mail["To"] == "quality@works.example"
    assert "AUC 0.61 (0.52 to 0.70)" in mail.get_content()
    assert any("prefect.flow-run.Failed (retrain " in subject for subject in mails)
    until(lambda: {one.notices[0]["state"] for one in served.alerts()} == {"sent"})
    until(lambda: {one["state_type"] for one in served.runs("notify")} == {"COMPLETED"}, BUSY_S)
    assert len(served.alerts()) == 2
    assert served.mailbox.mails.empty()


def test_ctrl_c_ends_all_that_was_started(served: Served) -> None:
    url = served.url
    served.process.send_signal(signal.SIGINT)
    assert served.process.wait(BUSY_S) == 0, served.log.read_text(encoding="utf-8")
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/health", timeout=5)
    assert served.url == ""
    assert "Traceback" not in served.log.read_text(encoding="utf-8").rpartition("Pausing")[2]
