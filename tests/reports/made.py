"""Runs with frames, events and pictures, as reports need them: ten frames a second at 10 mm/s unless said otherwise."""

import hashlib
import io
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from PIL import Image

from beadwatch.domain.errors import StoreError
from beadwatch.domain.labels import TIG
from beadwatch.domain.line import EventPhase, FrameResult, LineState
from beadwatch.domain.position import UNPLACED, Position
from beadwatch.line.frame_record import SCORE
from beadwatch.reports.indications import Explain
from beadwatch.reports.run_report import RunReport, run_report
from beadwatch.storage.run_store import StoredRun
from tests.line.made import STARTED_AT, made_event, made_frame, made_run
from tests.pictures import noise

FPS, SPEED_MM_S = 10, 10.0


def frame_at(number: int, **changes: Any) -> FrameResult:
    """Return a frame of the run, at its time and place."""
    seconds = number / FPS
    place = {"captured_at": STARTED_AT + seconds, "position": Position(along_mm=SPEED_MM_S * seconds)}
    return made_frame(number, **{**place, **changes})


def in_state(numbers: range, state: LineState, **changes: Any) -> list[FrameResult]:
    """Return frames of one state."""
    return [frame_at(number, state=state, **changes) for number in numbers]


def unplaced(frames: Sequence[FrameResult]) -> list[FrameResult]:
    """Return the same frames without a track."""
    return [frame_at(frame.number, state=frame.state, position=UNPLACED) for frame in frames]


def as_rows(frames: Sequence[FrameResult]) -> pl.DataFrame:
    """Return frames as `read_frames` gives them, without a detour over files."""
    rows = []
    for frame in frames:
        row = frame.to_dict()
        x, y, z = row.pop("xyz_mm") or (None, None, None)
        scores = row.pop("scores") or [None] * len(TIG.label_names)
        row.pop("kind")
        named = {f"{SCORE}{label}": score for label, score in zip(TIG.label_names, scores, strict=True)}
        rows.append({**row, "x_mm": x, "y_mm": y, "z_mm": z, **named})
    types = {"layer": pl.Int32, "along_mm": pl.Float64, "x_mm": pl.Float64, "y_mm": pl.Float64, "z_mm": pl.Float64,
             "fault": pl.String, "label": pl.String, "distance": pl.Float64}  # fmt: skip
    return pl.DataFrame(rows, infer_schema_length=None, schema_overrides=types)


def jpeg(seed: int = 0) -> bytes:
    """Return a picture as it lies in the blob store."""
    buffer = io.BytesIO()
    Image.fromarray(noise(640, 350, seed)).save(buffer, "JPEG", quality=50)
    return buffer.getvalue()


def blobs(*pictures: bytes) -> dict[str, bytes]:
    """Return pictures by their sha256."""
    return {hashlib.sha256(data).hexdigest(): data for data in pictures}


def event_at(number: int, seconds: float, lasts_s: float = 1.0, **changes: Any) -> dict[str, Any]:
    """Return an ended event as the store gives it."""
    values: dict[str, Any] = {
        "phase": EventPhase.ENDED,
        "started_at": STARTED_AT + seconds,
        "ended_at": STARTED_AT + seconds + lasts_s,
        "start": Position(along_mm=SPEED_MM_S * seconds),
        "end": Position(along_mm=SPEED_MM_S * (seconds + lasts_s)),
    }
    return made_event(number, **{**values, **changes}).to_dict()


def report_on(
    frames: Sequence[FrameResult],
    events: Sequence[Mapping[str, Any]] = (),
    pictures: Mapping[str, bytes] | None = None,
    ended_s: float | None = None,
    explain: Explain | None = None,
    **run: Any,
) -> RunReport:
    """Return the report on a run of these frames and events; it closed `ended_s` after its start, or never."""

    def picture(sha256: str) -> bytes:
        if sha256 not in (pictures or {}):
            raise StoreError(f"no picture {sha256}")
        return (pictures or {})[sha256]

    info = made_run(**run).to_dict()
    summary = {"counters": {"received": len(frames), "dropped": 2}} if ended_s is not None else None
    stored = StoredRun(info, None if ended_s is None else STARTED_AT + ended_s, summary)
    rows = as_rows(frames) if frames else as_rows([frame_at(0)]).clear()
    return run_report(stored, list(events), rows, picture, explain=explain)
