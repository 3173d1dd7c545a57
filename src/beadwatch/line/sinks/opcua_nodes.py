"""Which variables the OPC UA server has, and what a run, a status and an event make of them.

Names follow OPC 40100-1 (Machine Vision) where it has one. Knows values and whether they may be trusted; knows no
server, so that the table of the docs is made from here without one.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum

from beadwatch.domain.imperfections import Imperfection
from beadwatch.domain.labels import label_named
from beadwatch.domain.line import Counters, InspectionEvent, LineState, LineStatus, RunInfo
from beadwatch.domain.position import Position

Value = str | bool | int | float | datetime | list[str] | None


class Quality(StrEnum):
    """Whether a value may be used; the names are of OPC UA status codes."""

    GOOD = "Good"
    NO_DATA = "BadNoData"
    WAITING = "BadWaitingForInitialData"
    NOBODY_LOOKS = "BadSensorFailure"


@dataclass(frozen=True, slots=True)
class Reading:
    """A value and its quality: what is not good has no value, as OPC UA clients get to see it."""

    value: Value
    quality: Quality = Quality.GOOD


Readings = dict[str, Reading]
NOBODY_LOOKS = Reading(None, Quality.NOBODY_LOOKS)

# OPC 40100-1: Preoperational, Halted, Error and, within Operational, Ready and the two kinds of execution.
PREOPERATIONAL, HALTED = "Preoperational", "Halted"
MACHINE_STATES = {
    LineState.IDLE: "Operational.Ready",
    LineState.GOOD: "Operational.ContinuousExecution",
    LineState.REVIEW: "Operational.ContinuousExecution",
    LineState.DEFECT: "Operational.ContinuousExecution",
    LineState.UNKNOWN: "Error",
}

NODES: Mapping[str, tuple[str, str]] = {
    "VisionStateMachine.CurrentState": ("String", "the state by OPC 40100-1, see below"),
    "State": ("String", "idle, good, review, defect or unknown"),
    "WeldGood": ("Boolean", "true only in the state good; of bad quality when nobody looks"),
    "Stop": ("Boolean", "the machine should stop"),
    "Heartbeat": ("UInt32", "moves with each status: a machine that sees it stand still must stop"),
    "Labels": ("String[]", "the classes that the last frames agree on; of bad quality when nobody looks"),
    "Reason": ("String", "why the state is what it is"),
    "Since": ("DateTime", "when the state began"),
    "Running": ("Boolean", "false after the run's last status"),
    "Recipe.Name": ("String", "the model"),
    "Recipe.Version": ("String", "the model's version"),
    "Recipe.Task": ("String", "the task it was trained for"),
    "Job.Id": ("String", "the run"),
    "Job.Source": ("String", "the camera or recording"),
    "Job.Simulated": ("Boolean", "drawn pictures: no evidence of anything"),
    "Position.AlongMm": ("Double", "along the seam since the start of the run"),
    "Position.XMm": ("Double", "where the machine said it was"),
    "Position.YMm": ("Double", ""),
    "Position.ZMm": ("Double", ""),
    "Position.Layer": ("Int32", "from 1"),
    "Position.Bead": ("Int32", "from 1"),
    "Result.Id": ("String", "of the last event, the same in both phases"),
    "Result.MessageId": ("String", "what repeats are told by: one for each phase"),
    "Result.Phase": ("String", "started or ended"),
    "Result.Label": ("String", "the class, or unknown where nobody looked"),
    "Result.IsoNumber": ("String", "ISO 6520-1, where the class is an imperfection that has one"),
    "Result.State": ("String", "as State"),
    "Result.Confidence": ("Double", "the peak of the class over the stretch"),
    "Result.StartedAt": ("DateTime", ""),
    "Result.EndedAt": ("DateTime", "of the last frame so far, until it has ended"),
    "Result.StartMm": ("Double", "along the seam"),
    "Result.EndMm": ("Double", "along the seam"),
    "Result.LengthMm": ("Double", "along the seam"),
    "Result.XMm": ("Double", "where it ends, as the machine said"),
    "Result.YMm": ("Double", ""),
    "Result.ZMm": ("Double", ""),
    "Result.Layer": ("Int32", "where it ends"),
    "Result.Bead": ("Int32", "where it ends"),
    "Result.Reason": ("String", ""),
    **{f"Counters.{field.name.title()}": ("UInt64", "frames or messages of the run") for field in fields(Counters)},
}
EVENT_FIELDS: Mapping[str, tuple[str, str]] = {
    name.replace(".", ""): entry for name, entry in NODES.items() if name.startswith("Result.")
}
SEVERITIES = {LineState.DEFECT: 900, LineState.UNKNOWN: 800, LineState.REVIEW: 500}
USUAL_SEVERITY = 100


def of_run(run: RunInfo) -> Readings:
    """Return all readings before anything is known of the line."""
    readings = dict.fromkeys(NODES, Reading(None, Quality.WAITING))
    return readings | {
        "VisionStateMachine.CurrentState": Reading(PREOPERATIONAL),
        "State": Reading(LineState.UNKNOWN.value),
        "Stop": Reading(True),
        "Heartbeat": Reading(0),
        "Recipe.Name": Reading(run.model),
        "Recipe.Version": Reading(run.model_version),
        "Recipe.Task": Reading(run.task),
        "Job.Id": Reading(run.id),
        "Job.Source": Reading(run.source),
        "Job.Simulated": Reading(run.simulated),
    }


def of_status(status: LineStatus, heartbeat: int) -> Readings:
    """Return the readings that a status gives."""
    seen = status.state is not LineState.UNKNOWN
    return {
        "VisionStateMachine.CurrentState": Reading(MACHINE_STATES[status.state] if status.running else HALTED),
        "State": Reading(status.state.value),
        "WeldGood": Reading(status.state is LineState.GOOD) if seen else NOBODY_LOOKS,
        "Stop": Reading(status.stop),
        "Heartbeat": Reading(heartbeat),
        "Labels": Reading(list(status.labels)) if seen else NOBODY_LOOKS,
        "Reason": Reading(status.reason),
        "Since": Reading(_moment(status.since)),
        "Running": Reading(status.running),
        **_placed("Position", status.position),
        "Position.AlongMm": _known(status.position.along_mm),
        **{f"Counters.{name.title()}": Reading(value) for name, value in asdict(status.counters).items()},
    }


def of_event(event: InspectionEvent) -> Readings:
    """Return the readings that an event gives."""
    return {
        "Result.Id": Reading(event.id),
        "Result.MessageId": Reading(event.message_id),
        "Result.Phase": Reading(event.phase.value),
        "Result.Label": Reading(event.label),
        "Result.IsoNumber": _known(iso_number(event.label)),
        "Result.State": Reading(event.state.value),
        "Result.Confidence": _known(event.confidence),
        "Result.StartedAt": Reading(_moment(event.started_at)),
        "Result.EndedAt": Reading(_moment(event.ended_at)),
        "Result.StartMm": _known(event.start.along_mm),
        "Result.EndMm": _known(event.end.along_mm),
        "Result.LengthMm": _known(event.length_mm),
        **_placed("Result", event.end),
        "Result.Reason": Reading(event.reason),
    }


def iso_number(label: str) -> str | None:
    """Return the number of a class in ISO 6520-1, None for what is no imperfection."""
    finding = label_named(label).finding
    return finding.iso6520 if isinstance(finding, Imperfection) else None


def _placed(folder: str, position: Position) -> Readings:
    x, y, z = position.xyz_mm or (None, None, None)
    values = {"XMm": x, "YMm": y, "ZMm": z, "Layer": position.layer, "Bead": position.bead}
    return {f"{folder}.{name}": _known(value) for name, value in values.items()}


def _known(value: Value) -> Reading:
    return Reading(value, Quality.NO_DATA if value is None else Quality.GOOD)


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
