"""A works for the stories of the loop: its settings, its station's database, its people and what they correct."""

import json
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect

from beadwatch.domain.accounts import Role
from beadwatch.domain.feedback import Sender, feedback_from_dict, review_from_dict
from beadwatch.imaging.decode import decode
from beadwatch.lifecycle.gate import Override
from beadwatch.lifecycle.jobs import JobOutcome
from beadwatch.services.jobs import run_job
from beadwatch.services.notifying import open_alerts
from beadwatch.services.releases import open_channel
from beadwatch.settings import Settings, load_settings
from beadwatch.wiring import build_station
from tests.browser.phone import KillablePhone, StationProcess, camera_file
from tests.pictures import GREY
from tests.services.mailbox import Mailbox
from tests.waiting import until

PEOPLE = ("ada", "bob")


@dataclass(frozen=True)
class Correction:
    """A picture with the labels that somebody says are right, and the part that it shows."""

    who: str
    picture: bytes
    labels: tuple[str, ...]
    part: str


@dataclass(frozen=True)
class Works:
    """A works with a station: its settings, its folder, and the version of the champion that it begins with."""

    settings: Settings
    folder: Path
    first: str

    def job(self, name: str) -> JobOutcome:
        """Run a job of the loop, and tell whoever must hear of it."""
        ran = run_job(self.settings, name)
        if ran.alert is not None:
            with open_alerts(self.settings) as alerts:
                alerts.deliver()
        return ran.outcome

    def correct(self, corrections: Iterable[Correction]) -> None:
        """Inspect pictures and store what people say of them; a reviewer accepts it all."""
        task = self.settings.loop_task
        with closing(build_station(self.settings)) as station:
            people = {name: station.accounts.add(name, Role.INSPECTOR, "north") for name in PEOPLE}
            rosa = station.accounts.add("rosa", Role.REVIEWER, "north")
            model = station.models.ready[task]
            for number, each in enumerate(corrections):
                said = model.inspect("weld.png", decode(each.picture)).to_dict()
                body = {
                    "id": f"{number:032x}",
                    "sha256": sha256(each.picture).hexdigest(),
                    "task": task,
                    "answer": {name: said[name] for name in ("model", "model_version", "scores", "labels")},
                    "labels": list(each.labels),
                    "part_id": each.part,
                    "captured_at": "2026-01-02T03:04:05Z",
                }
                given = feedback_from_dict(body, Sender(people[each.who].id, None, "north"), datetime.now(UTC))
                station.feedback.append(given, each.picture)
                accepted = review_from_dict({"verdict": "accepted"}, rosa.id, datetime.now(UTC))
                station.feedback.review("north", given.id, accepted)


def set_up(folder: Path, task: str, mail_port: int, patch: pytest.MonkeyPatch, **more: object) -> Settings:
    """Write the works' settings into the environment, for this process and those that it starts; `more` stand last."""
    environment = {
        "DATA_DIR": folder / "station", "RELEASES_URL": folder / "releases", "MODELS_DIR": folder / "none",
        "LOOP_TASK": task, "LOOP_DATASET": "welds", "LOOP_RUN": folder / "run", "TRACKING_URI": "none",
        "SMTP_HOST": "127.0.0.1", "SMTP_PORT": mail_port, "SMTP_TLS": "none",
        "SMTP_FROM": "station@works.example", "SMTP_TO": "quality@works.example", **more,
    }  # fmt: skip
    for name, value in environment.items():
        patch.setenv(f"BEADWATCH_{name}", str(value))
    return load_settings()


def release_first(settings: Settings, bundle: Path) -> None:
    """Release the first champion, which has nothing to be compared with."""
    first = Override("founder", "the first model", datetime.now(UTC)).to_dict()
    open_channel(settings).publish(bundle, settings.loop_task, "founder", {}, first)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """Take the works' mail."""
    box = Mailbox()
    box.start()
    yield box
    box.stop()


@dataclass(frozen=True)
class Watched:
    """A station that serves the works, and a phone on its page about itself."""

    url: str
    task: str
    page: Page

    def answers_with(self, version: str) -> None:
        """Wait until station and phone answer with a version."""
        until(lambda: self._answering() == version, 15)
        self.page.evaluate("dispatchEvent(new Event('online'))")
        expect(self.page.get_by_text(version, exact=True)).to_be_visible()

    def _answering(self) -> str:
        with urllib.request.urlopen(f"{self.url}/v1/bundles/{self.task}", timeout=30) as answer:
            return str(json.load(answer)["version"])


@contextmanager
def watched(works: Works, playwright: Playwright) -> Iterator[Watched]:
    """Start a station and a phone."""
    station = StationProcess(works.folder, works.folder / "none")
    station.start()
    phone = KillablePhone(playwright, works.folder, camera_file(works.folder / "camera.mjpeg", [GREY]))
    try:
        yield Watched(station.url, works.settings.loop_task, phone.open(f"{station.url}/app/#/station"))
    finally:
        phone.close()
        station.kill()
