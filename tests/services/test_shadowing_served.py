"""A real station that is killed while a challenger in shadow answers: no answer is lost, none doubled."""

import os
import signal
from pathlib import Path

import httpx2
import pytest

from beadwatch.services.releases import open_shadows
from beadwatch.settings import load_settings
from beadwatch.storage.database import open_database
from beadwatch.storage.reinspection_store import ReinspectionStore
from tests.releases import bundle
from tests.services.test_releases_served import PICTURE, WITHIN_S, served
from tests.waiting import free_port, until

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("models_dir")]


def test_a_killed_station_owes_nothing_in_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEADWATCH_RELEASES_URL", str(tmp_path / "channel"))
    shadows, port, asked = open_shadows(load_settings()), free_port(), 0
    engine = open_database(load_settings().database)
    store = ReinspectionStore(engine)
    with served(port) as process:
        begun = shadows.begin(bundle(tmp_path / "bundles", "tig-2"), "tig", "rosa", "to see")
        asked += inspect(port, 1)
        until(lambda: store.count("tig", "tig-2")["same"] == asked, WITHIN_S)
        asked += inspect(port, 12)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(30)
    assert store.count_waiting("tig", "tig-2", begun.at) + store.count("tig", "tig-2")["same"] == asked
    with served(port):
        asked += inspect(port, 1)
        until(lambda: store.count("tig", "tig-2")["same"] == asked, 60)
        listed = httpx2.get(f"http://127.0.0.1:{port}/v1/inspections", timeout=30).json()["inspections"]
    assert {each["model_version"] for each in listed} == {"tig-1"}
    assert store.count("tig", "tig-2") == {"same": asked, "changed": 0, "failed": 0}
    store.close()


def inspect(port: int, times: int) -> int:
    """Send a picture so often; each must be answered by the champion."""
    for _ in range(times):
        answer = httpx2.post(f"http://127.0.0.1:{port}/v1/inspections", data={"task": "tig"}, files=PICTURE, timeout=30)
        assert (answer.status_code, answer.json()["model_version"]) == (201, "tig-1")
    return times
