"""The events of a run as a report lists them: what each stands for, where it is, and its picture in small.

Imperfections, process conditions, and stretches that nobody saw are kept apart by `kind`. Knows events as the run store
gives them, a function that gives a picture's bytes, and one that says where a picture shows a class.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from beadwatch.domain.errors import BeadwatchError
from beadwatch.domain.inspection import finding_to_dict
from beadwatch.domain.labels import label_named
from beadwatch.domain.line import EventPhase, LineState
from beadwatch.imaging.decode import Image, decode
from beadwatch.imaging.marking import Mark, overlaid
from beadwatch.imaging.preview import thumbnail
from beadwatch.inference.explain import Explanation

MOST_THUMBNAILS = 100
THUMBNAIL_PX = 320
UNSEEN = "unknown"  # the label of an event that says that nobody looked
TO_MEASURE = {"300": "length", "502": "height", "2011": "largest pore's diameter"}  # ISO 5817 limits these in mm

Pictures = Callable[[str], bytes]
Explain = Callable[[Image, str], Explanation]


@dataclass(frozen=True, slots=True)
class Indication:
    """One event. `number` counts from 1 in the order of time; `event` is `InspectionEvent.to_dict()`.

    `kind` is "imperfection", "condition", "unseen", or "other" for a class that stands for neither. `finding` is
    `finding_to_dict`, for the first two. `to_measure` names the size that a person has to measure, if any. `picture` is
    a JPEG, and `no_picture` says why there is none.
    """

    number: int
    event: Mapping[str, Any]
    offset_s: float
    kind: str
    finding: Mapping[str, Any] | None
    remedy: str
    to_measure: str
    picture: bytes | None
    no_picture: str

    @property
    def is_open(self) -> bool:
        """Whether the run broke off before the event had ended."""
        return bool(self.event["phase"] == EventPhase.STARTED.value)

    @property
    def is_defect(self) -> bool:
        """Whether the frames agreed on a defect."""
        return bool(self.event["state"] == LineState.DEFECT.value)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values, without the picture's bytes: `event.picture` is its sha256."""
        return {
            "number": self.number,
            "kind": self.kind,
            "offset_s": round(self.offset_s, 3),
            "finding": self.finding,
            "remedy": self.remedy,
            "to_measure": self.to_measure or None,
            "open": self.is_open,
            "event": dict(self.event),
        }


def indications_of(
    events: Sequence[Mapping[str, Any]], started_at: float, pictures: Pictures, explain: Explain | None = None
) -> tuple[Indication, ...]:
    """Return the events in order. The worst get the pictures, `MOST_THUMBNAILS` at most; none is ever left out."""
    worst = sorted(range(len(events)), key=lambda at: _urgency(events[at]), reverse=True)
    shown = set(worst[:MOST_THUMBNAILS])
    return tuple(
        _indication(number, event, started_at, _picture(event, pictures if number - 1 in shown else None, explain))
        for number, event in enumerate(events, 1)
    )


def _urgency(event: Mapping[str, Any]) -> tuple[bool, bool, float]:
    return event["picture"] is not None, event["state"] == LineState.DEFECT.value, event["confidence"] or 0.0


def _indication(
    number: int, event: Mapping[str, Any], started_at: float, album: tuple[bytes | None, str]
) -> Indication:
    label = label_named(event["label"])
    finding = finding_to_dict(label) if label.finding else None
    kind = "unseen" if event["label"] == UNSEEN else finding["kind"] if finding else "other"
    picture, why = album
    return Indication(
        number=number,
        event=event,
        offset_s=event["started_at"] - started_at,
        kind=kind,
        finding=finding,
        remedy="look at this stretch: nothing is known of it" if kind == "unseen" else label.remedy,
        to_measure=TO_MEASURE.get(finding["iso6520"] or "", "") if finding else "",
        picture=picture,
        no_picture=why,
    )


def _picture(event: Mapping[str, Any], pictures: Pictures | None, explain: Explain | None) -> tuple[bytes | None, str]:
    if event["picture"] is None:
        return None, "no picture was kept"
    if pictures is None:
        return None, f"picture {event['picture'][:12]} is not shown: {MOST_THUMBNAILS} worse ones are"
    try:
        image = decode(pictures(event["picture"]))
    except BeadwatchError as error:
        return None, f"the picture cannot be shown: {error}"
    explanation = explain(image, event["label"]) if explain and event["label"] != UNSEEN else None
    if explanation and explanation.region:
        mark = Mark("", explanation.heat, explanation.region.box)
        image = Image(overlaid(image, mark, THUMBNAIL_PX), image.sha256)
    return thumbnail(image, THUMBNAIL_PX), ""
