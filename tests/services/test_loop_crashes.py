"""SIGKILL before every kind of write of the whole loop, from the bucket to the station: run again, all is there, once.

The writes are those that a run without a kill makes: files renamed, linked and removed, and transactions. Of writes
that repeat, as of one picture after the other, the first and the last are taken.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from beadwatch.domain.release import release_from_dict
from beadwatch.domain.weldspot import read_weldspot
from beadwatch.services.bundles import load_classifier
from beadwatch.services.catalog import open_catalog
from beadwatch.services.notifying import open_alerts
from beadwatch.services.releases import open_channel
from beadwatch.settings import Settings
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.database import open_database
from beadwatch.storage.feedback_log import FeedbackLog
from beadwatch.storage.loop_store import LoopStore
from tests.real import CHECKOUT
from tests.sampling import some
from tests.services.loop_world import FIRST, NAMES, NEW, OLD, SECOND, make_world, settings_of

pytestmark = pytest.mark.slow
AT_ONCE = 2
START_S = 120.0
END_S = 60.0


class Listener:
    """A webhook that takes everything, and keeps which alert was told of to which works."""

    def __init__(self) -> None:
        self.told: dict[str, list[str]] = defaultdict(list)
        told = self.told

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                told[self.path.strip("/")].append(str(self.headers["Idempotency-Key"]))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Runner:
    """A connection to the process that runs the loop in forks of its own."""

    def __init__(self, connection: socket.socket, webhook: str, log: Path) -> None:
        self._lines, self._webhook, self._log = connection.makefile("rw", encoding="utf-8"), webhook, log

    def run(self, world: Path, at: int = -1) -> int:
        """Run the loop in a works, and return how its process ended."""
        self._lines.write(json.dumps([str(world), at, self._webhook]) + "\n")
        self._lines.flush()
        answer = self._lines.readline()
        assert answer, self._log.read_text(encoding="utf-8")
        return int(answer)

    def end(self) -> None:
        """Let go of the connection."""
        self._lines.close()

    def run_whole(self, world: Path) -> None:
        """Run the loop to its end."""
        assert self.run(world) == 0, self._log.read_text(encoding="utf-8")


@contextmanager
def runners(folder: Path) -> Iterator[tuple[Listener, list[Runner]]]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BEADWATCH_")}
    environment = kept | {"PYTHONPATH": os.pathsep.join([str(CHECKOUT / "src"), str(CHECKOUT)])}
    log, listener = folder / "runs.log", Listener()
    with ExitStack() as stack:
        stack.callback(listener.stop)
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        server.settimeout(START_S)
        port: int = server.getsockname()[1]
        command = [sys.executable, "-m", "tests.services.loop_child", str(port), str(AT_ONCE)]
        file = stack.enter_context(log.open("wb"))
        process = subprocess.Popen(command, env=environment, stderr=file, start_new_session=True)
        stack.callback(end_all, process.pid)
        stack.callback(process.wait, END_S)
        connections = [stack.enter_context(server.accept()[0]) for _ in range(AT_ONCE)]
        for connection in connections:
            connection.settimeout(START_S)  # a run that hangs fails
        made = [Runner(connection, listener.url, log) for connection in connections]
        stack.enter_context(ending(made))
        yield listener, made


def end_all(group: int) -> None:
    """End what is left of the process and its forks, which are a group of their own."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


@contextmanager
def ending(made: list[Runner]) -> Iterator[None]:
    try:
        yield
    finally:
        for runner in made:
            runner.end()


@dataclass(frozen=True)
class Seen:
    """What is to be the same, however often the loop was killed on its way."""

    bucket: list[str]
    feedback: list[tuple[str, str, int]]  # id, sha256, reviews
    states: list[str]
    steps: list[tuple[str, Any]]
    moves: list[tuple[str, str]]
    alerts: list[str]
    registry: dict[str, str]
    pages: list[str]


def seen(world: Path) -> Seen:
    settings = settings_of(world)
    with closing(Database(settings)) as database, open_alerts(settings) as alerts:
        log = list(database.log.read())
        steps = [(step.kind.value, dict(step.figures)) for step in database.steps.find()][::-1]
        found = [one.alert.id for one in alerts.store.find()]
    keys = ("snapshot", "new_pictures", "version", "model", "challenger", "passed", "sequence")
    return Seen(
        bucket=sorted(path.name for path in (world / "bucket").iterdir()),
        feedback=sorted((each["id"], each["sha256"], len(each["reviews"])) for each in log),
        states=[state.snapshot for state in open_catalog(settings).get("photos").states],
        steps=[(kind, {key: figures[key] for key in keys if key in figures}) for kind, figures in steps],
        moves=[(move.version, move.by) for move in open_channel(settings).history("surface")],
        alerts=found,
        registry=json.loads((world / "registry.json").read_text()),
        pages=sorted(path.name for path in (world / "data" / "drift").glob("*.html")),
    )


class Database:
    """The station's tables that are looked at."""

    def __init__(self, settings: Settings) -> None:
        self._engine = open_database(settings.database)
        self.log, self.steps = FeedbackLog(self._engine), LoopStore(self._engine)

    def close(self) -> None:
        self._engine.dispose()


def check_dead(world: Path, sources: set[str]) -> None:
    """Check what a kill left: nothing is lost, and set and champion are whole, old or new."""
    settings = settings_of(world)
    with closing(Database(settings)) as database:
        stored = {str(each["captured_at"]): each for each in database.log.read()}
        assert len(stored) == len(list(database.log.read())), "no file is stored twice"
        for each in stored.values():
            BlobStore(settings.blobs).get(each["sha256"])
    left = {path.name for path in (world / "bucket").iterdir()}
    assert all(name in left or moment_of(name) in stored for name in sources), "each is in the bucket or stored"
    snapshot = open_catalog(settings).snapshot("photos")
    assert len(snapshot.records) in {OLD * len(NAMES), (OLD + NEW) * len(NAMES)}
    assert len({record.sha256 for record in snapshot.records}) == len(snapshot.records)
    champion = open_channel(settings).current("surface")
    assert champion is not None
    path = open_channel(settings).fetch(champion, world / "looked at")
    assert load_classifier(path, settings).card.version == champion.version
    assert champion.version in {FIRST, SECOND}
    taken = world / "data" / "releases" / "surface"
    if (taken / "taken.json").exists():
        release = release_from_dict(json.loads((taken / "taken.json").read_text()))
        assert load_classifier(taken / release.digest, settings).card.version == release.version


def moment_of(name: str) -> str:
    moment = read_weldspot(name.removesuffix(".jpg")).captured_at
    assert moment is not None
    return moment.isoformat()


def check_whole(world: Path) -> None:
    """Check that everything is there once after a loop that nothing killed, with which all others are compared."""
    settings, pictures = settings_of(world), NEW * len(NAMES)
    found = seen(world)
    assert found.bucket == []
    assert len(found.feedback) == len({sha256 for _, sha256, _ in found.feedback}) == pictures
    assert {reviews for _, _, reviews in found.feedback} == {1}
    collected = [each for each in open_catalog(settings).snapshot("photos").records if each.source == "feedback"]
    assert sorted(each.sha256 for each in collected) == sorted(sha256 for _, sha256, _ in found.feedback)
    assert [kind for kind, _ in found.steps] == ["collect", "drift", "retrain", "gate", "release"]
    assert found.moves == [(FIRST, "founder"), (SECOND, "the loop")]
    assert found.registry == {SECOND: "registered", "challenger": SECOND, "champion": SECOND}
    assert (len(found.states), len(found.alerts), len(found.pages)) == (2, 1, 1)


def chosen(writes: list[str]) -> list[int]:
    """Return the writes of each name; of more than three the first and the last, of people's reviews the first.

    Between two reviews is no kill of the loop's: what is reviewed by then is collected by then. Of each stage's writes
    one is taken, all in a whole run.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for number, name in enumerate(writes):
        places[name].append(number)
    ends = {name: own if len(own) <= 3 else [own[0], own[-1]] for name, own in places.items()}
    stages: dict[str, list[int]] = defaultdict(list)
    for name, own in ends.items():
        stages[name.partition(":")[0]] += own[: 1 if "review:" in name else None]
    return sorted(number for own in stages.values() for number in some(sorted(own), 1))


def test_killed_before_any_write_and_run_again_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    make_world(made := tmp_path / "made")
    sources = {path.name for path in (made / "bucket").iterdir()}
    with runners(tmp_path) as (listener, started):
        shutil.copytree(made, whole := tmp_path / "whole")
        started[0].run_whole(whole)
        writes: list[str] = json.loads((whole / "writes.json").read_text())
        check_whole(whole)
        expected = seen(whole)
        started[0].run_whole(whole)
        assert seen(whole) == expected, "run again, nothing changes"
        points, looking = chosen(writes), threading.Lock()  # Alembic opens one database at a time in a process
        assert {writes[point].partition(":")[0] for point in points} == {
            "pull", "review", "freeze", "drift", "tell", "retrain", "take over"
        }  # fmt: skip

        def killed_at(point: int, runner: Runner) -> None:
            world = tmp_path / f"killed-{point}"
            shutil.copytree(made, world)
            assert runner.run(world, point) == -signal.SIGKILL, writes[point]
            with looking:
                check_dead(world, sources)
            runner.run_whole(world)
            with looking:
                assert seen(world) == expected
            told = listener.told[world.name]
            assert len(told) <= 2, "told at least once, and twice at most"
            assert set(told) <= set(expected.alerts)
            if writes[point] != "tell: commit update alert_notices":  # claimed by the dead: told in two minutes
                assert len(told) == 1
            shutil.rmtree(world)

        def share(number: int) -> list[str]:
            failed = []
            for point in points[number::AT_ONCE]:
                try:
                    killed_at(point, started[number])
                except AssertionError as error:
                    failed.append(f"killed before write {point} ({writes[point]}): {error}")
            return failed

        with ThreadPoolExecutor(AT_ONCE) as pool:
            failed = [line for lines in pool.map(share, range(AT_ONCE)) for line in lines]
    assert not failed, "\n".join(failed)
