"""Which metrics a Sparkplug device has, and what a run, a status and an event make of them. Knows no topics."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields

from beadwatch.domain.line import Counters, InspectionEvent, LineState, LineStatus, RunInfo
from beadwatch.line.sinks.sparkplug_payload import DataType, Metric, Value

Values = dict[str, Value]

METRICS: Mapping[str, tuple[DataType, str]] = {
    "Line/state": (DataType.STRING, "idle, good, review, defect or unknown"),
    "Line/labels": (DataType.STRING, "the classes that the last frames agree on, with commas between them"),
    "Line/reason": (DataType.STRING, "why the state is what it is"),
    "Line/stop": (DataType.BOOLEAN, "the machine should stop"),
    "Line/since": (DataType.DATE_TIME, "when the state began"),
    "Line/running": (DataType.BOOLEAN, "false after the run's last status"),
    "Line/sequence": (DataType.INT64, "counts the statuses of the run: it moves as long as the line is alive"),
    "Position/along_mm": (DataType.DOUBLE, "along the seam since the start of the run"),
    "Position/x_mm": (DataType.DOUBLE, "where the machine said it was"),
    "Position/y_mm": (DataType.DOUBLE, ""),
    "Position/z_mm": (DataType.DOUBLE, ""),
    "Position/layer": (DataType.INT32, "from 1"),
    "Position/bead": (DataType.INT32, "from 1"),
    "Event/message_id": (DataType.STRING, "what repeats are told by: one for each phase"),
    "Event/id": (DataType.STRING, "the same in both phases"),
    "Event/phase": (DataType.STRING, "started or ended"),
    "Event/label": (DataType.STRING, "the class, or unknown where nobody looked"),
    "Event/state": (DataType.STRING, "as Line/state"),
    "Event/confidence": (DataType.DOUBLE, "the peak of the class over the stretch"),
    "Event/started_at": (DataType.DATE_TIME, ""),
    "Event/ended_at": (DataType.DATE_TIME, "of the last frame so far, until it has ended"),
    "Event/start_mm": (DataType.DOUBLE, "along the seam"),
    "Event/end_mm": (DataType.DOUBLE, "along the seam"),
    "Event/length_mm": (DataType.DOUBLE, "along the seam"),
    "Run/id": (DataType.STRING, ""),
    "Run/source": (DataType.STRING, "the camera or recording"),
    "Run/model": (DataType.STRING, ""),
    "Run/model_version": (DataType.STRING, ""),
    "Run/simulated": (DataType.BOOLEAN, "drawn pictures: no evidence of anything"),
    **{f"Counters/{field.name}": (DataType.UINT64, "frames or messages of the run") for field in fields(Counters)},
}


def initial(run: RunInfo) -> Values:
    """Return the values of all metrics before anything is known of the line."""
    values: Values = dict.fromkeys(METRICS)
    values |= {"Line/state": LineState.UNKNOWN.value, "Line/stop": True, "Line/reason": "no status yet"}
    values |= {"Run/id": run.id, "Run/source": run.source, "Run/model": run.model}
    return values | {"Run/model_version": run.model_version, "Run/simulated": run.simulated}


def of_status(status: LineStatus) -> Values:
    """Return the values that a status gives."""
    position = status.position
    x, y, z = position.xyz_mm or (None, None, None)
    return {
        "Line/state": status.state.value,
        "Line/labels": ", ".join(status.labels),
        "Line/reason": status.reason,
        "Line/stop": status.stop,
        "Line/since": milliseconds(status.since),
        "Line/running": status.running,
        "Line/sequence": status.sequence,
        "Position/along_mm": position.along_mm,
        "Position/x_mm": x,
        "Position/y_mm": y,
        "Position/z_mm": z,
        "Position/layer": position.layer,
        "Position/bead": position.bead,
        **{f"Counters/{name}": value for name, value in asdict(status.counters).items()},
    }


def of_event(event: InspectionEvent) -> Values:
    """Return the values that an event gives."""
    return {
        "Event/message_id": event.message_id,
        "Event/id": event.id,
        "Event/phase": event.phase.value,
        "Event/label": event.label,
        "Event/state": event.state.value,
        "Event/confidence": event.confidence,
        "Event/started_at": milliseconds(event.started_at),
        "Event/ended_at": milliseconds(event.ended_at),
        "Event/start_mm": event.start.along_mm,
        "Event/end_mm": event.end.along_mm,
        "Event/length_mm": event.length_mm,
    }


def changed(new: Values, old: Values) -> Values:
    """Return what is not the same as before: what Sparkplug calls report by exception."""
    return {name: value for name, value in new.items() if value != old[name]}


def metrics(values: Iterable[tuple[str, Value]], at_ms: int) -> tuple[Metric, ...]:
    """Return values as metrics of one moment."""
    return tuple(Metric(name, METRICS[name][0], value, at_ms) for name, value in values)


def milliseconds(at: float) -> int:
    """Return a moment as Sparkplug counts it."""
    return round(at * 1000)
