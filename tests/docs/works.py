"""What each page takes for granted: drawn pictures and sets, bundles, accounts, releases and runs, all of them tiny."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np

from beadwatch.domain.accounts import Role
from beadwatch.domain.labels import SURFACE, TIG, Task
from beadwatch.line.frame_record import FrameRecord
from beadwatch.settings import load_settings
from beadwatch.storage.account_store import AccountStore
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.database import open_database
from beadwatch.storage.files import open_files
from beadwatch.storage.release_channel import ReleaseChannel
from beadwatch.storage.run_store import RunStore
from tests.bundles import colour_of, write_bundle, write_models
from tests.line.made import STARTED_AT, ended, made_event, made_frame, made_run
from tests.pictures import encoded, plain
from tests.releases import passing
from tests.reports.made import jpeg
from tests.services.test_feedback_pull import FIRST, OTHER, PICTURE, SECOND

EACH = 12  # pictures of a class: enough for every part of a split


def models() -> None:
    """Write a tiny bundle for each task into the models folder."""
    write_models(load_settings().models_dir or Path("models"))


def pictures() -> None:
    """Draw a photo, a folder of photos, and frames of a process camera in folders."""
    _draw(Path("weld.jpg"), SURFACE, "crack", 0)
    _draw(Path("photos/one.png"), SURFACE, "crack", 1)
    _draw(Path("photos/two.png"), SURFACE, SURFACE.label_names[0], 2)
    _draw(Path("frames/run 1/one.png"), TIG, "good weld", 3)


def labelled(folder: str, task: Task, seed: int = 0) -> None:
    """Draw a folder for each class with pictures of that class, no two of them alike."""
    for at, label in enumerate(task.label_names):
        for number in range(EACH):
            _draw(Path(folder, label, f"{folder}-{at}-{number}.png"), task, label, seed + at * EACH + number)


def _draw(path: Path, task: Task, label: str, seed: int) -> None:
    rough = np.random.default_rng(seed).normal(0, 40, (12, 16, 3)).repeat(4, axis=0).repeat(4, axis=1)
    pixels = (plain(colour_of(task, label), 64, 48) * 0.8 + 25 + rough).clip(0, 255).astype(np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(pixels, "JPEG" if path.suffix == ".jpg" else "PNG"))


def another_bundle() -> None:
    """Write bundles as a training leaves them."""
    write_bundle(Path("my-models/surface"), SURFACE, version="surface-mine")
    write_bundle(Path("my-models/tig"), TIG, version="tig-mine")


def held_out_answers() -> None:
    """Write the answers that a training kept."""
    targets = np.eye(6)[np.arange(60) % 6]
    logits = 3 * targets + np.random.default_rng(0).normal(0, 1, (60, 6))
    groups, fold = np.array([f"s/run {n // 3}" for n in range(60)]), np.arange(60) // 3 % 4
    Path("runs/tig").mkdir(parents=True)
    Path("runs/tig/history.csv").write_text("epoch,loss\n0,1.0\n1,0.5\n")
    np.savez("runs/tig/held-out.npz", logits=logits, targets=targets, distance=np.zeros(60), groups=groups, fold=fold)


def account() -> None:
    """Make the account that a page has seen made on another page."""
    with closing(AccountStore(open_database(load_settings().database))) as store:
        store.add("ada", Role.INSPECTOR, "north")


def weldspot() -> None:
    """Write feedback of the WeldSpot app."""
    Path("pictures").mkdir()
    for name, data in ((FIRST, PICTURE), (SECOND, OTHER)):
        Path("pictures", name).write_bytes(data)


def releases() -> None:
    """Release a champion, and lay out a challenger with the gate's verdict on it."""
    channel = ReleaseChannel(open_files(str(Path("channel").absolute())))
    forced = {"name": "founder", "reason": "the first model"}
    channel.publish(write_bundle(Path("old"), SURFACE, version="surface-1"), "surface", "founder", {}, forced)
    write_bundle(Path("new/surface"), SURFACE, version="surface-2")
    Path("verdict.json").write_text(json.dumps(passing("surface-2", "surface-1", task="surface")))


def run() -> None:
    """Store a run of a line, with its record of every frame."""
    settings, run = load_settings(), made_run("20300317-184640-bbbb", started_at=STARTED_AT)
    with closing(RunStore(open_database(settings.database))) as store:
        store.start(run)
        event = made_event(run_id=run.id, picture=BlobStore(settings.blobs).put(jpeg()), started_at=run.started_at + 5)
        store.append(run.line, event)
        record = FrameRecord(settings.data_dir / "runs" / run.id, run)
        for number in range(100):
            record.add(made_frame(number, run_id=run.id, captured_at=run.started_at + number / 10))
        record.close()
        store.append(run.line, ended(event))
        store.finish(run.id, run.started_at + 10, {"counters": {"received": 100}})


def lost_phone(_printed: list[str]) -> str:
    """Pair a device of Ada's, and return its id."""
    with closing(AccountStore(open_database(load_settings().database))) as store:
        return store.pair(store.make_code("ada")[0], "lost phone")[2].id


def code(printed: list[str]) -> str:
    """Return the newest pairing code that was printed."""
    return next(str(json.loads(text)["code"]) for text in reversed(printed) if '"code"' in text)


def upload(_printed: list[str]) -> str:
    """Return the id of one of the uploads that the station has."""
    with closing(sqlite3.connect(load_settings().data_dir / "beadwatch.db")) as database:
        return str(database.execute("select id from feedback").fetchone()[0])


def everything(*parts: Callable[[], None]) -> Callable[[], None]:
    """Return a function that lays out all of these."""

    def lay_out() -> None:
        for part in parts:
            part()

    return lay_out
