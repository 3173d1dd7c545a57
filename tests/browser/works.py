"""A works for the stories of the loop: its settings, its station's database, its people and what they correct."""

import json
import urllib.request
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from beadwatch.apps.jobs import run_job
from beadwatch.apps.notifying import open_alerts
from beadwatch.apps.releases import open_channel
from beadwatch.apps.settings import Settings, load_settings
from beadwatch.apps.wiring import build_station
from beadwatch.domain.accounts import Role
from beadwatch.domain.feedback import Sender, feedback_from_dict, review_from_dict
from beadwatch.imaging.decode import decode
from beadwatch.lifecycle.gate import Override
from beadwatch.lifecycle.jobs import JobOutcome

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


def answering(url: str, task: str) -> str:
    """Return the version with which a station answers."""
    with urllib.request.urlopen(f"{url}/v1/bundles/{task}", timeout=30) as answer:
        return str(json.load(answer)["version"])
