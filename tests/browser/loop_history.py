"""A plausible history of the loop, written through the stores and the channel as the loop and people write it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from beadwatch.datasets.sample import labelled
from beadwatch.datasets.snapshot import Record, make_snapshot
from beadwatch.domain.accounts import Role
from beadwatch.domain.feedback import Sender, feedback_from_dict, review_from_dict
from beadwatch.domain.labels import TIG
from beadwatch.domain.loop import LoopStep, StepKind
from beadwatch.domain.model_card import Interval
from beadwatch.lifecycle.collect import CollectResult
from beadwatch.lifecycle.drift.limits import DriftLimits
from beadwatch.lifecycle.drift.report import DriftReport, DriftVerdict, Finding, Kind, Part
from beadwatch.lifecycle.gate import GateEvidence, GateLimits, Override, Paired, PartEvidence, judge
from beadwatch.services.station import Station
from beadwatch.settings import load_settings
from beadwatch.storage.files import open_files
from beadwatch.storage.release_channel import ReleaseChannel
from tests.releases import bundle

NOW = datetime.now(UTC)
Figure = tuple[float, float, float]


@dataclass(frozen=True)
class Check:
    """A check for drift: how long ago, and what it found."""

    days_ago: float
    verdict: DriftVerdict
    pictures: int
    auc: Mapping[str, Figure]


@dataclass(frozen=True)
class Judged:
    """A verdict of the gate: differences of macro AUC on the frozen test part and on the new data."""

    days_ago: float
    challenger: str
    champion: str
    frozen: Figure
    fresh: Figure

    @property
    def passes(self) -> bool:
        """Whether the gate lets it pass, by its rule on the frozen part."""
        return self.frozen[1] > -GateLimits().macro_auc_margin


@dataclass(frozen=True)
class Moved:
    """A move of the champion: a verdict or an override publishes `version`, without either it is a way back."""

    days_ago: float
    version: str
    by: str
    why: str = ""
    verdict: Judged | None = None
    override: bool = False


SNAPSHOTS: list[tuple[float, int, int]] = [  # days ago, pictures, new ones
    (110, 820, 60), (90, 905, 85), (71, 960, 55), (50, 972, 12), (41, 1060, 88), (13, 1180, 120),
]  # fmt: skip
NO_DRIFT, DRIFT, TOO_LITTLE = DriftVerdict.NO_DRIFT, DriftVerdict.DRIFT, DriftVerdict.TOO_LITTLE
CHECKS = [
    Check(109.9, NO_DRIFT, 60, {"contamination": (0.93, 0.87, 0.97), "lack of fusion": (0.88, 0.79, 0.95)}),
    Check(89.9, NO_DRIFT, 145, {"contamination": (0.94, 0.90, 0.97), "lack of fusion": (0.84, 0.76, 0.91)}),
    Check(70.9, DRIFT, 200, {"contamination": (0.91, 0.86, 0.95), "lack of fusion": (0.61, 0.52, 0.69)}),
    Check(49.9, TOO_LITTLE, 12, {}),
    Check(40.9, DRIFT, 100, {"contamination": (0.78, 0.66, 0.88), "lack of fusion": (0.86, 0.78, 0.93)}),
    Check(12.9, NO_DRIFT, 220, {"contamination": (0.92, 0.88, 0.96), "lack of fusion": (0.89, 0.83, 0.94)}),
]
VERDICTS = [
    Judged(69, "tig-2", "tig-1", (0.006, -0.004, 0.017), (0.081, 0.031, 0.128)),
    Judged(39, "tig-3", "tig-2", (-0.041, -0.068, -0.012), (0.024, -0.011, 0.058)),
    Judged(11, "tig-4", "tig-1", (0.012, 0.001, 0.024), (0.037, 0.009, 0.066)),
]
BY_HAND = Judged(2, "tig-5", "tig-4", (0.003, -0.009, 0.015), (0.018, -0.006, 0.043))
MOVES = [
    Moved(118, "tig-1", "founder", "the first model", override=True),
    Moved(68.9, "tig-2", "the loop", verdict=VERDICTS[0]),
    Moved(38, "tig-3", "rosa", "the line waits for its new torch", verdict=VERDICTS[1], override=True),
    Moved(30, "tig-2", "ada", "misses pores on the new line"),
    Moved(24, "tig-1", "ada", "so did the one before"),
    Moved(10.9, "tig-4", "the loop", verdict=VERDICTS[2]),
    Moved(2, "tig-5", "max", verdict=BY_HAND),
]
AGREEMENT = {"ada": (41, 47), "bob": (19, 30), "carl": (3, 3)}  # pictures on which they agreed, and all


def seed(station: Station, folder: Path) -> None:
    """Write the whole history."""
    for days_ago, pictures, new in SNAPSHOTS:
        _note(station, StepKind.COLLECT, days_ago, f"{new} new pictures are in welds", _collected(pictures, new))
    for check in CHECKS:
        report = _report(check)
        figures = report.to_dict() | {"model": "tig-1", "snapshot": "ab" * 32}
        _note(station, StepKind.DRIFT, check.days_ago, "; ".join(report.reasons), figures)
    for judged in VERDICTS:
        says = "passes" if judged.passes else "is held"
        _note(station, StepKind.GATE, judged.days_ago, f"{judged.challenger} {says}", _verdict(judged))
    _release(folder)
    _feedback(station)


def _note(station: Station, kind: StepKind, days_ago: float, words: str, figures: Mapping[str, Any]) -> None:
    station.loop.append(LoopStep(kind, "tig", NOW - timedelta(days=days_ago), words, figures))


def label_of(number: int) -> str:
    """Return the class of a picture of the set: good welds first, then ever more of the others."""
    return TIG.label_names[0 if number < 700 or number % 5 == 0 else 1 + min(number // 7 % 9, 4)]


def classes_of(pictures: int) -> Counter[str]:
    """Return how many pictures of each class there are among so many."""
    return Counter(map(label_of, range(pictures)))


def _collected(pictures: int, new: int) -> dict[str, Any]:
    records = [Record(f"{n:064x}", f"{n}.png", labelled(label_of(n)), None, "made") for n in range(pictures)]
    snapshot = make_snapshot(records)
    return CollectResult(snapshot, True, snapshot.records[:new], (), (), (), (), (), (), (), (), {}, ()).to_dict()


def _report(check: Check) -> DriftReport:
    floor = DriftLimits().min_auc
    findings = tuple(
        Finding(
            Kind.PERFORMANCE, f"AUC of {name} against its limit", floor, value, max(floor - value, 0), floor, None,
            high < floor, f"AUC of {name} is {value:.3f}",
        )
        for name, (value, _, high) in check.auc.items()
    )  # fmt: skip
    reasons = tuple(each.words for each in findings if each.alarm) or ("none of 14 comparisons shows a difference",)
    figures = {f"auc/{name}": Interval(*figure) for name, figure in check.auc.items()}
    now = Part(check.pictures, check.pictures // 3, figures)
    return DriftReport("tig", check.verdict, reasons, (), Part(300, 90, {}), now, findings, (), (), DriftLimits())


def _verdict(judged: Judged) -> dict[str, Any]:
    def part(by: Figure) -> PartEvidence:
        pair = Paired(0.9, 0.9 + by[0], *by, groups=90)
        same = Paired(0.8, 0.8, 0.0, 0.0, 0.0, 40)
        each = dict.fromkeys(TIG.label_names, same)
        return PartEvidence(300, 90, pair, each, Paired(0.04, 0.04, 0.0, 0.0, 0.0, 90), each, same)

    evidence = GateEvidence(
        "tig", judged.champion, judged.challenger, TIG.label_names, part(judged.frozen), part(judged.fresh),
        1e-6, 1.0, 20.0, 20.0, 20.0, {"ada": Paired(0.9, 0.9, 0.0, 0.0, 0.0, 40)},
    )  # fmt: skip
    verdict = judge(evidence, GateLimits())
    assert verdict.passed == judged.passes, [each.words for each in verdict.checks if not each.passed]
    return verdict.to_dict()


def _release(folder: Path) -> None:
    moment = NOW
    channel = ReleaseChannel(open_files(str(load_settings().releases_url)), clock=lambda: moment)
    for move in MOVES:
        moment = NOW - timedelta(days=move.days_ago)
        verdict = _verdict(move.verdict) if move.verdict else {}
        if not move.verdict and not move.override:
            channel.rollback("tig", move.by, move.why)
            continue
        override = Override(move.by, move.why, moment).to_dict() if move.override else None
        channel.publish(bundle(folder, move.version), "tig", move.by, verdict, override)


def _feedback(station: Station) -> None:
    rosa = station.accounts.add("rosa", Role.REVIEWER, "north")
    number = 0
    for who, (agreed, sent) in AGREEMENT.items():
        account = station.accounts.add(who, Role.INSPECTOR, "north")
        for at in range(sent):
            number += 1
            label = TIG.label_names[1 + number % 3]
            said = label if at < agreed else TIG.label_names[1 + (number + 1) % 3]
            data = f"picture {number}".encode()
            body = {
                "id": f"{number:032x}", "sha256": sha256(data).hexdigest(), "task": "tig", "labels": [label],
                "answer": {
                    "model": "tig", "model_version": "tig-2", "labels": [said],
                    "scores": {name: float(name == said) for name in TIG.label_names},
                },
                "part_id": f"P{number}", "captured_at": "2026-01-02T03:04:05Z",
            }  # fmt: skip
            arrived = NOW - timedelta(days=number * 7 % 25)
            given = feedback_from_dict(body, Sender(account.id, None, "north"), arrived)
            station.feedback.append(given, data)
            if number % 4:
                review = {"verdict": "accepted" if number % 9 else "rejected"}
                station.feedback.review("north", given.id, review_from_dict(review, rosa.id, NOW))
