"""The gate's truth table: one figure moved at a time, and what becomes of the verdict."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from beadwatch.domain.errors import ReleaseError
from beadwatch.lifecycle.gate import GateEvidence, GateLimits, GateVerdict, Override, Paired, PartEvidence, judge

NAN, INF = float("nan"), float("inf")
LIMITS = GateLimits()
CLASSES = ("crack", "good")


def pair(champion: float = 0.9, by: float = 0.0, spread: float = 0.01, groups: int = 20) -> Paired:
    return Paired(champion, champion + by, by, by - spread, by + spread, groups)


def part(auc: Paired, ece: float = 0.05, **recall: Paired) -> PartEvidence:
    recalls = {name: pair() for name in CLASSES} | recall
    error = Paired(0.05, ece, ece - 0.05, -0.01, 0.01, 20)
    return PartEvidence(200, 20, auc, recalls, error, {name: pair() for name in CLASSES}, pair())


def ranked(crack: Paired) -> PartEvidence:
    """Return the figures of a frozen part with another AUC of cracks."""
    return replace(part(pair()), auc={"crack": crack, "good": pair()})


def evidence(frozen: PartEvidence | None = None, new: PartEvidence | None = None, **changes: Any) -> GateEvidence:
    """Return evidence that passes, but for what is replaced: the same on the frozen part, better on the new data."""
    made = GateEvidence(
        task="surface", champion="surface-1", challenger="surface-2", classes=CLASSES,
        frozen=frozen or part(pair()), new=new or part(pair(0.8, 0.05)),
        parity_scores=1e-6, parity_agreement=1.0, latency_ms=10.0, champion_cost=2.0, challenger_cost=2.0,
        without={"ada": pair(0.8, 0.05), "bob": pair(0.8, 0.05)},
    )  # fmt: skip
    return replace(made, **changes)


def failed(verdict: GateVerdict) -> list[str]:
    return [check.name for check in verdict.checks if not check.passed]


RECALL, AUC = "no loss: recall of crack", "no loss: macro AUC"
CLASS_AUC, BALANCED = "no loss: AUC of crack", "no loss: balanced accuracy"
PORES = ["no loss: recall of pores", "no loss: AUC of pores"]
FLOOR, NEW_FLOOR = "macro AUC, frozen test part", "macro AUC, new data"
BETTER = "better on new data, or equal and cheaper"
ECE, NEW_ECE = "calibration error, frozen test part", "calibration error, new data"
NEW_BETTER = evidence(new=replace(part(pair(0.8, 0.05)), ece=Paired(0.5, 0.23, -0.27, -0.4, -0.1, 18)))
NEW_PERHAPS = evidence(new=replace(part(pair(0.8, 0.05)), ece=Paired(0.3, 0.23, -0.07, -0.2, 0.0, 18)))
OTHERS = "borne out by others"
PARITY, AGREEMENT, LATENCY = "parity: difference of a score", "parity: same classes", "latency in ms"

TABLE: list[tuple[str, GateEvidence, list[str]]] = [
    ("all is well", evidence(), []),
    # recall of a class, where both raise as many false alarms: the difference itself
    ("recall a little lower", evidence(part(pair(), crack=pair(by=-0.09))), []),
    ("recall at the margin", evidence(part(pair(), crack=pair(by=-0.1))), [RECALL]),
    ("recall lost", evidence(part(pair(), crack=pair(by=-0.2))), [RECALL]),
    ("recall's interval is no matter", evidence(part(pair(), crack=pair(spread=0.5, groups=90))), []),
    ("recall better", evidence(part(pair(), crack=pair(by=0.09))), []),
    ("no recall of a class", evidence(part(pair(), crack=Paired())), [RECALL]),
    ("recall without its interval", evidence(part(pair(), crack=replace(pair(), low=None))), [RECALL]),
    ("recall is no number", evidence(part(pair(), crack=replace(pair(), difference=NAN))), [RECALL]),
    ("recall's interval is endless", evidence(part(pair(), crack=replace(pair(), low=-INF))), [RECALL]),
    ("a class nobody measured", evidence(classes=("crack", "good", "pores")), PORES),
    # AUC of a class
    ("AUC of a class a little lower", evidence(ranked(pair(by=-0.08))), []),
    ("its interval at the margin", evidence(ranked(pair(by=-0.09, spread=0.011))), [CLASS_AUC]),
    ("its interval reaches below", evidence(ranked(pair(by=-0.03, spread=0.08))), [CLASS_AUC]),
    ("few groups: the interval is no matter", evidence(ranked(pair(by=-0.03, spread=0.5, groups=9))), []),
    ("as many groups as it takes", evidence(ranked(pair(by=-0.03, spread=0.5, groups=10))), [CLASS_AUC]),
    ("few groups: but the difference is", evidence(ranked(pair(by=-0.1, groups=9))), [CLASS_AUC]),
    ("no AUC of a class", evidence(ranked(Paired())), [CLASS_AUC]),
    # balanced accuracy with the thresholds that ship
    ("thresholds a little worse", evidence(replace(part(pair()), balanced=pair(by=-0.03))), []),
    ("thresholds worse", evidence(replace(part(pair()), balanced=pair(by=-0.04))), [BALANCED]),
    ("nothing known of the thresholds", evidence(replace(part(pair()), balanced=Paired())), [BALANCED]),
    # macro AUC on the frozen part
    ("AUC a little lower", evidence(part(pair(by=-0.005))), []),
    ("AUC lost", evidence(part(pair(by=-0.02))), [AUC]),
    ("no AUC", evidence(part(Paired())), [AUC, FLOOR]),
    ("AUC is no number", evidence(part(replace(pair(), challenger=NAN))), [AUC, FLOOR]),
    ("AUC endless", evidence(part(replace(pair(), challenger=INF))), [AUC, FLOOR]),
    # the floor
    ("at the floor", evidence(part(pair(0.75)), part(pair(0.70, 0.05))), []),
    ("below the floor on the frozen part", evidence(part(pair(0.74))), [FLOOR]),
    ("below the floor on the new data", evidence(new=part(pair(0.6, 0.1))), [NEW_FLOOR]),
    ("below it on both", evidence(part(pair(0.7)), part(pair(0.6, 0.1))), [FLOOR, NEW_FLOOR]),
    ("nothing known of the new data", evidence(new=part(Paired())), [NEW_FLOOR, BETTER]),
    # better, or equal and cheaper
    ("equal and as dear", evidence(new=part(pair())), [BETTER]),
    ("equal and cheaper", evidence(new=part(pair()), challenger_cost=1.9), []),
    ("equal and dearer", evidence(new=part(pair()), challenger_cost=2.1), [BETTER]),
    ("equal within the limit, cheaper", evidence(new=part(pair(by=-0.005)), challenger_cost=1.0), []),
    ("worse and cheaper", evidence(new=part(pair(by=-0.006)), challenger_cost=1.0), [BETTER]),
    ("better by no more than equal", evidence(new=part(pair(by=0.005))), [BETTER]),
    ("better and dearer", evidence(challenger_cost=9.0), []),
    ("better at an unknown cost", evidence(challenger_cost=None), [BETTER]),
    ("better than an unknown cost", evidence(champion_cost=NAN), [BETTER]),
    ("better, but the interval is missing", evidence(new=part(replace(pair(by=0.05), low=None))), [BETTER]),
    # calibration, parity, latency
    ("calibrated at the limit", evidence(part(pair(), ece=0.15)), []),
    ("badly calibrated", evidence(part(pair(), ece=0.16)), [ECE]),
    ("badly calibrated on the new data", evidence(new=part(pair(0.8, 0.05), ece=0.16)), [NEW_ECE]),
    ("badly calibrated on the new data, and surely less so than the champion", NEW_BETTER, []),
    ("badly calibrated on the new data, and perhaps less so", NEW_PERHAPS, [NEW_ECE]),
    # who says so
    ("others bear it out", evidence(without={"ada": pair(0.8, 0.02), "bob": pair(0.8, -0.05)}), []),
    ("without eve the challenger is worse", evidence(without={"bob": pair(), "eve": pair(0.9, -0.06)}), [OTHERS]),
    ("one person alone", evidence(without={"ada": Paired()}), []),
    ("a difference that is no number", evidence(without={"ada": Paired(0.8, NAN, NAN, NAN, NAN, 3)}), [OTHERS]),
    ("calibration is no number", evidence(part(pair(), ece=NAN)), [ECE]),
    ("another answer after export", evidence(parity_scores=0.0011), [PARITY]),
    ("parity at the limit", evidence(parity_scores=0.001, parity_agreement=0.99), []),
    ("other classes after export", evidence(parity_agreement=0.98), [AGREEMENT]),
    ("no parity", evidence(parity_scores=None, parity_agreement=None), [PARITY, AGREEMENT]),
    ("parity is no number", evidence(parity_scores=NAN, parity_agreement=NAN), [PARITY, AGREEMENT]),
    ("slow", evidence(latency_ms=100.1), [LATENCY]),
    ("as slow as it may be", evidence(latency_ms=100.0), []),
    ("latency not measured", evidence(latency_ms=None), [LATENCY]),
    ("latency below all", evidence(latency_ms=-INF), [LATENCY]),
]


@pytest.mark.parametrize(("shown", "wanted"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_truth_table(shown: GateEvidence, wanted: list[str]) -> None:
    verdict = judge(shown, LIMITS)
    assert failed(verdict) == wanted
    assert verdict.passed is verdict.released is (not wanted)
    assert all(check.words for check in verdict.checks)


def test_every_rule_is_judged_even_when_all_is_missing() -> None:
    nothing = PartEvidence(0, 0, Paired(), {}, Paired())
    none = dict.fromkeys(
        ("parity_scores", "parity_agreement", "latency_ms", "champion_cost", "challenger_cost"), None
    )  # fmt: skip
    verdict = judge(evidence(nothing, nothing, without={}, **none), LIMITS)
    assert len(verdict.checks) == len(judge(evidence(), LIMITS).checks) == 2 * len(CLASSES) + 11
    assert not any(check.passed for check in verdict.checks)
    assert all("no figure for" in check.words for check in verdict.checks if check.name != OTHERS)


def test_no_classes_and_no_checks_are_no_pass() -> None:
    assert not GateVerdict(evidence(), LIMITS, ()).passed


def test_words_say_which_rule_was_used_and_why() -> None:
    few, many = (judge(evidence(ranked(pair(by=0.1, groups=count))), LIMITS).checks[1] for count in (5, 20))
    assert "only 5 groups, too few for an interval, which takes 10" in few.words
    assert "the lower end of its interval over 20 groups, +0.090, is above -0.100" in many.words
    assert "from 0.900 to 1.000" in many.words


def test_so_many_people_are_needed() -> None:
    alone, limits = evidence(without={"ada": Paired()}), GateLimits(min_people=2)
    assert failed(judge(alone, limits)) == [OTHERS]
    assert failed(judge(replace(alone, without={"ada": pair(), "bob": pair()}), limits)) == []


def test_words_name_whose_labels_to_look_at() -> None:
    verdict = judge(evidence(without={"bob": pair(), "eve": pair(0.9, -0.3)}), LIMITS)
    (check,) = (check for check in verdict.checks if not check.passed)
    assert "eve (-0.300): look at those labels" in check.words
    assert "bob" not in check.words


def test_limits_are_obeyed_and_checked() -> None:
    assert failed(judge(evidence(), replace(LIMITS, max_latency_ms=5))) == [LATENCY]
    assert failed(judge(evidence(), replace(LIMITS, macro_auc_floor=0.95))) == [FLOOR, NEW_FLOOR]
    for wrong in (NAN, INF, -0.1):
        with pytest.raises(ReleaseError, match="recall_margin"):
            GateLimits(recall_margin=wrong)


def test_an_override_releases_and_is_shown_but_does_not_make_it_pass() -> None:
    verdict = judge(evidence(latency_ms=500.0), LIMITS)
    override = Override("rosa", "the line is slow anyway", datetime(2026, 1, 2, tzinfo=UTC))
    forced = verdict.overridden(override)
    assert (forced.passed, forced.released, verdict.released) == (False, True, False)
    assert forced.checks == verdict.checks
    assert forced.to_dict()["override"] == {
        "name": "rosa", "reason": "the line is slow anyway", "at": "2026-01-02T00:00:00+00:00",
    }  # fmt: skip
    with pytest.raises(ReleaseError, match="by rosa already"):
        forced.overridden(override)


@pytest.mark.parametrize(("name", "reason"), [("", "x"), (" ", "x"), ("rosa", ""), ("rosa", "\n")])
def test_an_override_without_name_or_reason_is_none(name: str, reason: str) -> None:
    with pytest.raises(ReleaseError, match="a name and a reason"):
        Override(name, reason, datetime(2026, 1, 2, tzinfo=UTC))


def test_the_whole_verdict_is_json_with_all_figures() -> None:
    told = json.loads(json.dumps(judge(evidence(latency_ms=NAN), LIMITS).to_dict(), allow_nan=False))
    assert (told["task"], told["champion"], told["challenger"]) == ("surface", "surface-1", "surface-2")
    assert (told["passed"], told["released"], told["override"]) == (False, False, None)
    assert told["evidence"]["latency_ms"] is None
    assert told["evidence"]["new"]["macro_auc"]["difference"] == 0.05
    assert told["limits"]["macro_auc_floor"] == 0.75
    assert {check["name"]: check["passed"] for check in told["checks"]}[LATENCY] is False
