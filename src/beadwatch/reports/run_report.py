"""All that is said about a run, computed once; pages, PDF and JSON are made from it.

Knows what the run store, the record of frames and the model card say. Decides nothing that the states do not say: a
weld that was good throughout is not accepted by it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from beadwatch.domain.line import LineState
from beadwatch.domain.model_card import Interval, ModelCard
from beadwatch.reports.figures import Delays, Watched, delays_of, watched_of
from beadwatch.reports.indications import Explain, Indication, Pictures, indications_of
from beadwatch.reports.part_map import PartMap, part_map_of
from beadwatch.reports.stretches import Extent, cut
from beadwatch.reports.strip import Strip, strip_of
from beadwatch.reports.words import share as share_in_words
from beadwatch.storage.run_store import StoredRun

_KEY_METRICS = ("accuracy", "macro_recall", "macro_f1", "macro_auc", "macro_average_precision", "ece")


@dataclass(frozen=True, slots=True)
class Standing:
    """The run in one word. `shape` is one of the shapes of `report_page`."""

    shape: str
    word: str
    why: str


@dataclass(frozen=True, slots=True)
class CardSummary:
    """What stands on the model's card about how good it is. `promise` is about the welds it accepts."""

    name: str
    version: str
    protocol: str
    samples: int
    groups: int
    figures: Mapping[str, Interval]
    promise: str


@dataclass(frozen=True, slots=True)
class RunReport:
    """`run` is `RunInfo.to_dict()`. `ended_at` is None where the run ended without closing, or still goes on."""

    run: Mapping[str, Any]
    ended_at: float | None
    standing: Standing
    watched: Watched
    strip: Strip | None
    part: PartMap | None
    indications: tuple[Indication, ...]
    delays: Delays | None
    counters: Mapping[str, int]
    card: CardSummary | None

    @property
    def is_closed(self) -> bool:
        """Whether the run came to its end and said so."""
        return self.ended_at is not None

    @property
    def ending(self) -> str:
        """What is to be said where the run did not close; empty where it did."""
        if self.is_closed:
            return ""
        return "ended without closing, or still going on: computed from the frames on disk"

    def of_kind(self, *kinds: str) -> tuple[Indication, ...]:
        """Return the indications of some kinds, in order."""
        return tuple(each for each in self.indications if each.kind in kinds)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values: everything but pictures and the strip, which the Parquet files have."""
        return {
            "kind": "run report",
            "run": dict(self.run),
            "ended_at": self.ended_at,
            "closed": self.is_closed,
            "standing": {"word": self.standing.word, "why": self.standing.why},
            "watched": self.watched.to_dict(),
            "delays": asdict(self.delays) if self.delays else None,
            "counters": dict(self.counters),
            "layers": self.part.layers if self.part else 0,
            "indications": [each.to_dict() for each in self.indications],
            "card": asdict(self.card) if self.card else None,
        }


def run_report(
    run: StoredRun,
    events: Sequence[Mapping[str, Any]],
    frames: pl.DataFrame,
    pictures: Pictures,
    card: ModelCard | None = None,
    explain: Explain | None = None,
) -> RunReport:
    """Compute the report. `events` are as `RunStore.events` gives them, `frames` as `read_frames`.

    `pictures` returns the bytes of a sha256, or raises one of our errors. `explain` says where a picture shows a class.
    """
    started_at = float(run.info["started_at"])
    stretches = cut(frames, _extent(run, events, frames))
    watched = watched_of(stretches, frames, started_at)
    indications = indications_of(events, started_at, pictures, explain)
    counters = (run.summary or {}).get("counters")
    return RunReport(
        run=run.info,
        ended_at=run.ended_at,
        standing=_standing(run, watched, indications),
        watched=watched,
        strip=strip_of(stretches, frames),
        part=part_map_of(stretches, frames),
        indications=indications,
        delays=delays_of(frames),
        counters=dict(counters) if isinstance(counters, Mapping) else {},
        card=_summary(card) if card else None,
    )


def _extent(run: StoredRun, events: Sequence[Mapping[str, Any]], frames: pl.DataFrame) -> Extent:
    """Return from when to when the run watched: its end, or the last that is known of it."""
    started_at = float(run.info["started_at"])
    last_frame = started_at if frames.is_empty() else float(frames["captured_at"][-1])
    later = [event for event in events if event["ended_at"] > last_frame]
    last = max(later, key=lambda event: float(event["ended_at"]), default=None)
    ends = [last_frame, run.ended_at or last_frame, last["ended_at"] if last else last_frame]
    return Extent(started_at, max(ends), last["end"]["along_mm"] if last else None)


def _standing(run: StoredRun, watched: Watched, indications: Sequence[Indication]) -> Standing:
    told = _in_words(watched, indications)
    simulated = bool(run.info["simulated"])
    defect, unseen, review, good = (
        watched.share(state).seconds > 0
        for state in (LineState.DEFECT, LineState.UNKNOWN, LineState.REVIEW, LineState.GOOD)
    )
    found = {each.event["state"] for each in indications}
    if defect or LineState.DEFECT.value in found:
        shape, word = "reject", "Defect"
    elif unseen or LineState.UNKNOWN.value in found or (good and run.ended_at is None):
        shape, word = "review", "Not all seen"
    elif review or LineState.REVIEW.value in found:
        shape, word = "review", "Review"
    elif good:
        shape, word = "accept", "Good"
    else:
        shape, word = "review", "No weld seen"
    return Standing(shape, f"Simulated: {word.lower()}" if simulated else word, f"{told} A person decides.")


def _in_words(watched: Watched, indications: Sequence[Indication]) -> str:
    defects = sum(each.is_defect for each in indications)
    others = sum(not each.is_defect and each.kind != "unseen" for each in indications)
    parts = [
        f"{defects} defect{'s' * (defects != 1)} indicated",
        f"{others} other indication{'s' * (others != 1)}",
    ]
    parts += [
        f"{share_in_words(share.share)} of the time {words}"
        for state, words in ((LineState.GOOD, "good"), (LineState.UNKNOWN, "nobody saw"))
        if (share := watched.share(state)).seconds > 0 or state is LineState.GOOD
    ]
    return ", ".join(parts) + "."


def _summary(card: ModelCard) -> CardSummary:
    values = card.metrics.values
    wanted = [name for name in _KEY_METRICS if name in values] + [name for name in values if name.startswith("recall/")]
    return CardSummary(
        name=card.name,
        version=card.version,
        protocol=card.metrics.protocol,
        samples=card.metrics.samples,
        groups=card.metrics.groups,
        figures={name: values[name] for name in wanted or values},
        promise=card.calibration.promise,
    )
