"""A visual-testing report on a run: what the machine indicates, laid out for the person who tests and signs.

Fields that nobody gave stay empty, to be filled in by hand. The machine accepts nothing here: the result is the
person's. Knows a computed run; pages and PDF are made from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from beadwatch.domain.errors import SettingsError
from beadwatch.domain.text import cleaned
from beadwatch.reports.indications import Indication
from beadwatch.reports.run_report import RunReport
from beadwatch.reports.words import duration, length, moment, share, stretch

FIELDS = {
    "manufacturer": "Manufacturer",
    "object": "Object",
    "material": "Material",
    "joint": "Joint",
    "thickness": "Thickness",
    "process": "Welding process",
    "standard": "Acceptance standard",
    "level": "Acceptance level",
    "tester": "Tester",
    "date": "Date of testing",
    "place": "Place",
}
SIGNING = ("tester", "date", "place")
RESULT = "Not signed off: a person decides. The machine only lists indications."
NONE_LISTED = "The machine lists none. That is no finding that there are none."
NOTES = (
    "Indications of a camera and a model during welding. They do not replace visual testing of the finished weld by a "
    "qualified person.",
    "Lengths are along the seam, over the frames that agreed; they are not the size of an imperfection. A size that a "
    "limit in millimetres is held against has to be measured.",
    "A condition is no imperfection: it is likely to cause some, which have to be looked for.",
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list of indications. `name` has the ISO 6520-1 number, where the class has one."""

    number: int
    name: str
    state: str
    location: tuple[str, ...]
    extent: str
    note: str
    picture: bytes | None
    sha256: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        plain = {name: getattr(self, name) for name in ("number", "name", "state", "extent", "note", "sha256")}
        return {**plain, "location": list(self.location)}


@dataclass(frozen=True, slots=True)
class VisualTesting:
    """`fields` has every name of `FIELDS`, empty where nobody gave a value. All else is the run's."""

    run_id: str
    simulated: bool
    fields: Mapping[str, str]
    extent: Mapping[str, str]
    devices: Mapping[str, str]
    imperfections: tuple[Line, ...]
    conditions: tuple[Line, ...]
    others: tuple[Line, ...]
    unseen: tuple[Line, ...]
    result: str = RESULT
    notes: tuple[str, ...] = NOTES

    @property
    def lists(self) -> dict[str, tuple[Line, ...]]:
        """The lists of indications by their headings; of the last two only those that have a line."""
        lists = {
            "Imperfections indicated": self.imperfections,
            "Process conditions indicated": self.conditions,
            "Other indications": self.others,
            "Not tested: nobody looked": self.unseen,
        }
        return {name: lines for at, (name, lines) in enumerate(lists.items()) if lines or at < 2}

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values, without pictures: `sha256` names them."""
        return {
            "kind": "visual testing report",
            "run_id": self.run_id,
            "simulated": self.simulated,
            "fields": dict(self.fields),
            "extent_of_testing": dict(self.extent),
            "devices": dict(self.devices),
            **{
                name: [line.to_dict() for line in getattr(self, name)]
                for name in ("imperfections", "conditions", "others", "unseen")
            },
            "result": self.result,
            "notes": list(self.notes),
        }


def visual_testing(report: RunReport, fields: Mapping[str, str] | None = None) -> VisualTesting:
    """Lay a run out as a visual-testing report. `fields` are those that somebody gave, by the names of `FIELDS`.

    Raises:
        SettingsError: there is no field of a name.
    """
    given = fields or {}
    if unknown := sorted(set(given) - set(FIELDS)):
        raise SettingsError(f"a visual-testing report has no field {unknown[0]!r}; it has {', '.join(FIELDS)}")
    run = report.run
    return VisualTesting(
        run_id=run["id"],
        simulated=run["simulated"],
        fields={name: cleaned(given.get(name, "").strip()) for name in FIELDS},
        extent=_extent(report),
        devices={
            "line": run["line"],
            "camera": run["source"],
            "position": run["track"],
            "model": f"{run['model']} {run['model_version']}",
            "how good the model is": report.card.promise if report.card else "its card is not at hand",
        },
        imperfections=_lines(report, "imperfection"),
        conditions=_lines(report, "condition"),
        others=_lines(report, "other"),
        unseen=_lines(report, "unseen"),
    )


def _extent(report: RunReport) -> dict[str, str]:
    watched = report.watched
    unknown = next(each for each in watched.shares if each.state == "unknown")
    judged = share(watched.judged / watched.with_arc) if watched.with_arc else "none"
    return {
        "watched from": moment(report.run["started_at"]),
        "until": report.ending or moment(report.ended_at),
        "time": duration(watched.seconds),
        "length along the seam": length(watched.length_mm),
        "frames judged": f"{watched.judged:,}: {judged} of those that were not idle",
        "not seen": f"{duration(unknown.seconds)}, {share(unknown.share)} of the time",
    }


def _lines(report: RunReport, kind: str) -> tuple[Line, ...]:
    return tuple(map(_line, report.of_kind(kind)))


def _line(each: Indication) -> Line:
    event = each.event
    parts = [duration(event["duration_s"])]
    if event["length_mm"] is not None:
        parts.insert(0, length(event["length_mm"]))
    notes = [f"size to be measured: {each.to_measure}"] if each.to_measure else []
    if each.finding and each.kind == "condition":
        causes = ", ".join(f"{cause['iso6520']} {cause['name']}" for cause in each.finding["likely_to_cause"])
        notes.append(f"likely to cause {causes}")
    if event["confidence"] is not None:
        notes.append(f"peak score {event['confidence']:.2f}")
    if each.is_open:
        notes.append("the run broke off before it ended")
    return Line(
        number=each.number,
        name=_name(each),
        state=event["state"],
        location=(*stretch(event["start"], event["end"]), f"{duration(each.offset_s)} after the start"),
        extent=", ".join(parts),
        note="; ".join(notes),
        picture=each.picture,
        sha256=event["picture"],
    )


def _name(each: Indication) -> str:
    if each.kind == "unseen":
        return str(each.event["reason"])
    if each.finding and each.kind == "imperfection":
        label, name = each.event["label"], each.finding["name"]
        return f"{each.finding['iso6520']} {name}" + (f" ({label})" if label != name else "")
    return str(each.event["label"])
