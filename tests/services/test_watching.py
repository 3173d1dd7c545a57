"""A run of the line is put together from addresses, and what makes no sense is said before anything is opened."""

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from beadwatch.domain.errors import BeadwatchError, CameraError, SettingsError, SinkError, TrackError
from beadwatch.domain.labels import TIG
from beadwatch.domain.line import LineStatus
from beadwatch.line.frame_record import read_frames
from beadwatch.line.judge import JudgeRules
from beadwatch.line.monitor import MonitorRules
from beadwatch.line.watch import WatchRules
from beadwatch.server.reach import Reach
from beadwatch.services.watching import SinkWishes, WatchOrder, watch
from beadwatch.settings import load_settings
from beadwatch.storage.database import open_database
from beadwatch.storage.run_store import RunStore
from tests.bundles import SPEC, colour_of, write_bundle
from tests.line.fakes import FakeSink
from tests.pictures import encoded, plain
from tests.services.test_precision import write_unsound
from tests.stations import TOKEN, lines_of, live_app, served

write_sound = partial(write_bundle, int8=True)
ORDER = WatchOrder(
    "frames",
    "tig",
    "cell-1",
    WatchRules(MonitorRules()),
    JudgeRules(arc_brightness=60.0, min_sharpness=0.0),
    50.0,
    False,
)


@pytest.fixture
def recording(models_dir: Path, tmp_path: Path) -> Path:
    """Write 20 frames that the tiny model takes for burn through, each a little different."""
    folder = tmp_path / "frames"
    folder.mkdir()
    for number in range(20):
        pixels = plain(colour_of(TIG, "burn through"), SPEC.width, SPEC.height)
        pixels[0, number] = 0
        (folder / f"{number}.png").write_bytes(encoded(pixels))
    return folder


def test_a_recording_becomes_a_run_with_frames_events_and_pictures(recording: Path, tmp_path: Path) -> None:
    order = replace(ORDER, track="8mm/s", sinks=SinkWishes((str(tmp_path / "told.jsonl"),)))
    watched = watch(order, load_settings(), threading.Event(), [viewer := FakeSink()])
    shown = [message.state for message in viewer.received if isinstance(message, LineStatus)]
    assert watched.summary["counters"]["judged"] == 20
    assert watched.summary["precision"] == "fp32"
    assert read_frames(watched.folder).height == 20
    assert shown[-1] == "unknown"
    assert "defect" in shown
    store = RunStore(open_database(load_settings().database))
    (event,) = store.events(watched.run.id)
    assert (event["label"], event["phase"], event["frames"]) == ("burn through", "ended", 20)
    assert event["length_mm"] == pytest.approx(19 / 50 * 8, abs=0.01)
    assert event["picture"]
    assert len((tmp_path / "told.jsonl").read_text(encoding="utf-8").splitlines()) >= 4
    (run,) = store.find()
    assert run.ended_at is not None
    assert run.summary == watched.summary
    store.close()


@pytest.mark.parametrize(("write", "precision"), [(write_sound, "int8"), (write_unsound, "fp32")])
def test_the_line_takes_int8_where_it_holds_and_its_record_says_which(
    recording: Path, tmp_path: Path, write: Callable[[Path], Path], precision: str
) -> None:
    model = str(write(tmp_path / "bundles" / "mine"))
    watched = watch(replace(ORDER, model=model), load_settings(), threading.Event())
    assert (watched.summary["precision"], watched.summary["counters"]["judged"]) == (precision, 20)


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        ({"line": "no/slash"}, SettingsError, "no name for a line"),
        ({"line": ""}, SettingsError, "no name for a line"),
        ({"source": "nowhere"}, CameraError, "nowhere"),
        ({"source": "gopher://camera"}, CameraError, "gopher"),
        ({"source": "sim://mig"}, CameraError, "sim://tig"),
        ({"track": "fast"}, TrackError, "fast"),
        ({"track": "missing.csv"}, TrackError, "missing.csv"),
        ({"model": "unheard of"}, BeadwatchError, "unheard of"),
        ({"sinks": SinkWishes(("carrier-pigeon://x",))}, SinkError, "carrier-pigeon"),
        ({"sinks": SinkWishes(("a.jsonl", "a.jsonl"))}, SettingsError, "named twice"),
        ({"rules": WatchRules(MonitorRules(stop_on=frozenset({"rain"})))}, SettingsError, "'rain' cannot stop"),
        ({"rules": WatchRules(MonitorRules(stop_on=frozenset({"good"})))}, SettingsError, "'good' cannot stop"),
        ({"judge": JudgeRules(min_sharpness=float("nan"))}, SettingsError, "sharpness"),
        ({"seconds": float("nan")}, SettingsError, "a year"),
        ({"seconds": 1e300}, SettingsError, "a year"),
        ({"rules": WatchRules(MonitorRules(), stale_after_s=0)}, SettingsError, "above 0 s"),
        ({"rules": WatchRules(MonitorRules(), stale_after_s=float("nan"))}, SettingsError, "above 0 s"),
        ({"rules": WatchRules(MonitorRules(), stale_after_s=3600)}, SettingsError, "at most 60 s"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_what_makes_no_sense_is_refused(
    recording: Path, changes: dict[str, object], kind: type[Exception], message: str
) -> None:
    order = replace(ORDER, **changes)  # type: ignore[arg-type]
    with pytest.raises(kind, match=message):
        watch(order, load_settings(), threading.Event())


def test_the_station_is_told_with_the_token_of_the_settings(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEADWATCH_STATION_TOKEN", TOKEN)
    app = live_app(reach=Reach(asks_token=True))
    with served(app) as url:
        order = replace(ORDER, sinks=SinkWishes(station=url))
        watch(order, load_settings(), threading.Event())
    assert lines_of(app).get(order.line) is not None


def test_a_run_ends_after_its_seconds(models_dir: Path) -> None:
    source = "sim://tig?fps=20&width=128&height=128&script=good:30s"
    watched = watch(replace(ORDER, source=source, fps=None, seconds=0.3), load_settings(), threading.Event())
    assert watched.summary["reason"] == "stopped"


def test_a_run_that_cannot_start_leaves_nothing_behind(recording: Path, tmp_path: Path) -> None:
    told, nowhere = tmp_path / "told.jsonl", tmp_path / "told.jsonl" / "below a file.jsonl"
    with pytest.raises(SinkError, match="cannot be opened"):
        watch(replace(ORDER, sinks=SinkWishes((str(told), str(nowhere)))), load_settings(), threading.Event())
    store = RunStore(open_database(load_settings().database))
    assert store.find() == []
    store.close()


def test_a_data_folder_that_cannot_be_written_is_said(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEADWATCH_DATA_DIR", str(recording / "0.png"))
    with pytest.raises(SettingsError, match="BEADWATCH_DATA_DIR"):
        watch(ORDER, load_settings(), threading.Event())
