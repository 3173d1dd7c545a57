"""Runs the whole loop in forks of itself, each of which may kill itself at a chosen write. Started by its tests.

Connects to a port as often as it is told. Each connection takes a line for each run: the works' folder, the
number of the write before which SIGKILL comes (-1: none), and the address of the webhook. It answers each with the
fork's exit code; the works' folder then has a list of all writes.
"""

import json
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from beadwatch.domain.feedback import review_from_dict
from beadwatch.evaluation import bootstrap
from beadwatch.lifecycle import retrain
from beadwatch.services import loop
from beadwatch.services.jobs import run_job
from beadwatch.services.notifying import open_alerts
from beadwatch.settings import Settings
from beadwatch.storage.feedback_store import FeedbackFilter
from beadwatch.wiring import build_station
from tests.services.loop_world import SECOND, FileRegistry, picture_of, settings_of, stand_in_for_training

STAGE = ""


class Killer:
    """Counts what this process makes durable, and kills it before the write of that number."""

    def __init__(self, world: Path, at: int) -> None:
        self._world, self._at, self.names = world, at, list[str]()
        for name in ("replace", "rename", "link", "unlink"):
            setattr(os, name, self._counting(name, getattr(os, name)))
        event.listen(Engine, "before_cursor_execute", self._look)
        event.listen(Engine, "commit", self._commit)

    def _counting(self, what: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*given: Any, **options: Any) -> Any:
            place = Path(os.fspath(given[0] if what == "unlink" else given[1]))
            if not place.name.endswith(".part") and place.is_relative_to(self._world):
                folder = place.parent.relative_to(self._world)
                self._count(f"{what} {'/'.join(part for part in folder.parts if len(part) > 2)}")
            return call(*given, **options)

        return counted

    def _look(self, connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        words = statement.split()
        if words[0] in {"INSERT", "UPDATE", "DELETE"}:
            table = words[1] if words[0] == "UPDATE" else words[2]
            connection.info.setdefault("written", []).append(f"{words[0].lower()} {table}")

    def _commit(self, connection: Any) -> None:
        if written := connection.info.pop("written", None):
            self._count(f"commit {written[0]}")

    def _count(self, what: str) -> None:
        if len(self.names) == self._at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.names.append(f"{STAGE}: {what}")


def _step(name: str) -> None:
    global STAGE  # noqa: PLW0603  # what the killer calls the writes after this
    STAGE = name


def story(settings: Settings) -> None:
    """Run the loop once: pull, review, freeze, look for drift, tell, retrain, judge, release, and take it over."""
    _step("pull")
    run_job(settings, "collect")
    _step("review")
    _accept_all(settings)
    _step("freeze")
    run_job(settings, "collect")
    _step("drift")
    run_job(settings, "check-drift")
    _step("tell")
    with open_alerts(settings) as alerts:
        alerts.deliver()
    _step("retrain")
    run_job(settings, "retrain")
    _step("take over")
    with closing(build_station(settings)) as station:
        model = station.models.ready["surface"]
        found = model.inspect("a.jpg", picture_of("crack")).decision.labels
        assert (model.card.version, found) == (SECOND, ("crack",)), (model.card.version, found)


def _accept_all(settings: Settings) -> None:
    with closing(build_station(settings)) as station:
        (rosa,) = station.accounts.accounts()
        for one in station.feedback.find(FeedbackFilter(settings.collect_team, reviewed=False)):
            accepted = review_from_dict({"verdict": "accepted"}, rosa.id, datetime.now(UTC))
            station.feedback.review(settings.collect_team, one.body["id"], accepted)


def _run(world: Path, at: int, webhook: str) -> int:
    os.chdir(world)
    killer = Killer(world, at)
    try:
        story(settings_of(world, webhook))
    except BaseException:  # noqa: BLE001  # the edge of a process
        traceback.print_exc()
        return 1
    (world / "writes.json").write_text(json.dumps(killer.names))
    return 0


def _serve(port: int) -> None:
    connection = socket.create_connection(("127.0.0.1", port))
    with connection, connection.makefile("rw", encoding="utf-8") as lines:
        for line in lines:
            world, at, webhook = json.loads(line)
            if (child := os.fork()) == 0:
                os._exit(_run(Path(world), at, webhook))
            _, status = os.waitpid(child, 0)
            lines.write(f"{os.waitstatus_to_exitcode(status)}\n")
            lines.flush()


def main(port: str, at_once: str) -> None:
    """Load all once, and serve so many connections, each in a fork, until they end."""
    loop.Registry = FileRegistry  # type: ignore[assignment,attr-defined]
    retrain._train = stand_in_for_training  # type: ignore[assignment]
    bootstrap.RESAMPLES = 100  # enough for what is as clear as here
    for _ in range(int(at_once)):
        if os.fork() == 0:
            _serve(int(port))
            os._exit(0)
    for _ in range(int(at_once)):
        os.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
