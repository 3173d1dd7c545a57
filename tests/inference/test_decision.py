"""The truth table of `decide`: what follows from scores, distance and thresholds, and that nothing bad is accepted."""

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beadwatch.domain.appearance import Appearance, AppearanceLimits
from beadwatch.domain.guarantee import Guarantee
from beadwatch.domain.labels import SURFACE, TIG, Disposition, Task
from beadwatch.domain.model_card import Calibration
from beadwatch.domain.prediction import Decision, Prediction
from beadwatch.inference.decision import decide, distrusted

ACCEPT, REJECT, REVIEW = Disposition.ACCEPT, Disposition.REJECT, Disposition.REVIEW
THRESHOLD, ACCEPT_FROM, FAR = 0.5, 0.8, 0.4


def calibration(task: Task, **thresholds: float) -> Calibration:
    named = {name.replace("_", " "): value for name, value in thresholds.items()}
    return Calibration(1.0, dict.fromkeys(task.label_names, THRESHOLD) | named, ACCEPT_FROM, FAR)


def decided(task: Task, distance: float = 0.1, **scores: float) -> Decision:
    named = {name.replace("_", " "): score for name, score in scores.items()}
    assert set(named) <= set(task.label_names)
    prediction = Prediction(task, tuple(named.get(name, 0.0) for name in task.label_names), distance)
    return decide(prediction, calibration(task))


@pytest.mark.parametrize(
    ("task", "scores", "disposition", "label", "labels"),
    [
        pytest.param(TIG, {"good_weld": 0.9}, ACCEPT, "good weld", ["good weld"], id="tig: sure and good"),
        pytest.param(TIG, {"good_weld": 0.8}, ACCEPT, "good weld", ["good weld"], id="tig: just good enough"),
        pytest.param(TIG, {"good_weld": 0.79}, REVIEW, "good weld", ["good weld"], id="tig: not good enough"),
        pytest.param(TIG, {"good_weld": 0.4}, REVIEW, "good weld", [], id="tig: nothing present"),
        pytest.param(TIG, {"burn_through": 0.9}, REJECT, "burn through", ["burn through"], id="tig: burn through"),
        pytest.param(TIG, {"lack_of_fusion": 0.9}, REJECT, "lack of fusion", ["lack of fusion"], id="tig: no fusion"),
        pytest.param(TIG, {"contamination": 1.0}, REVIEW, "contamination", ["contamination"], id="tig: contamination"),
        pytest.param(
            TIG, {"high_travel_speed": 1.0}, REVIEW, "high travel speed", ["high travel speed"], id="tig: speed"
        ),
        pytest.param(
            TIG,
            {"lack_of_shielding_gas": 1.0},
            REVIEW,
            "lack of shielding gas",
            ["lack of shielding gas"],
            id="tig: gas",
        ),
        pytest.param(
            TIG,
            {"good_weld": 0.5, "burn_through": 0.5},
            REJECT,
            "burn through",
            ["good weld", "burn through"],
            id="tig: a finding as likely as a good weld counts",
        ),
        pytest.param(SURFACE, {"good_welding": 0.8}, ACCEPT, "good welding", ["good welding"], id="surface: good"),
        pytest.param(SURFACE, {"good_welding": 0.7}, REVIEW, "good welding", ["good welding"], id="surface: unsure"),
        pytest.param(SURFACE, {}, REVIEW, "background", [], id="surface: nothing at all"),
        pytest.param(SURFACE, {"crack": 0.5}, REJECT, "crack", ["crack"], id="surface: crack at its threshold"),
        pytest.param(SURFACE, {"crack": 0.49}, REVIEW, "crack", [], id="surface: crack below its threshold"),
        pytest.param(SURFACE, {"bad_welding": 0.9}, REJECT, "bad welding", ["bad welding"], id="surface: bad"),
        pytest.param(SURFACE, {"background": 0.9}, REVIEW, "background", ["background"], id="surface: no weld"),
        pytest.param(SURFACE, {"porosity": 1.0}, REVIEW, "porosity", ["porosity"], id="surface: porosity"),
        pytest.param(SURFACE, {"spatters": 1.0}, REVIEW, "spatters", ["spatters"], id="surface: spatters"),
        pytest.param(
            SURFACE,
            {"excess_reinforcement": 1.0},
            REVIEW,
            "excess reinforcement",
            ["excess reinforcement"],
            id="surface: excess reinforcement",
        ),
        pytest.param(
            SURFACE,
            {"porosity": 0.9, "spatters": 0.95, "excess_reinforcement": 0.8},
            REVIEW,
            "spatters",
            ["spatters", "porosity", "excess reinforcement"],
            id="surface: many dimensional defects are still no reject",
        ),
        pytest.param(
            SURFACE,
            {"porosity": 0.99, "crack": 0.6},
            REJECT,
            "crack",
            ["porosity", "crack"],
            id="surface: a crack matters more than likelier pores",
        ),
        pytest.param(
            SURFACE,
            {"good_welding": 0.95, "porosity": 0.5},
            REVIEW,
            "porosity",
            ["good welding", "porosity"],
            id="surface: a finding keeps a good weld from being accepted",
        ),
        pytest.param(
            SURFACE,
            {"good_welding": 0.9, "crack": 0.8},
            REVIEW,
            "crack",
            ["good welding", "crack"],
            id="surface: a crack in a weld that looks better than that",
        ),
        pytest.param(
            SURFACE,
            {"good_welding": 0.8, "crack": 0.9},
            REJECT,
            "crack",
            ["crack", "good welding"],
            id="surface: a crack likelier than a good weld",
        ),
        pytest.param(
            SURFACE,
            {"good_welding": 0.8, "crack": 0.8},
            REJECT,
            "crack",
            ["crack", "good welding"],
            id="surface: a crack exactly as likely as a good weld",
        ),
        pytest.param(
            SURFACE,
            {"background": 0.9, "crack": 0.8},
            REVIEW,
            "crack",
            ["background", "crack"],
            id="surface: a crack where there is no weld",
        ),
        pytest.param(
            SURFACE,
            {"background": 0.7, "crack": 0.8},
            REJECT,
            "crack",
            ["crack", "background"],
            id="surface: a crack likelier than no weld",
        ),
        pytest.param(
            SURFACE,
            {"good_welding": 0.9, "background": 0.95},
            REVIEW,
            "background",
            ["background", "good welding"],
            id="surface: a good weld where there is no weld",
        ),
    ],
)
def test_truth_table(
    task: Task, scores: dict[str, float], disposition: Disposition, label: str, labels: list[str]
) -> None:
    decision = decided(task, **scores)
    assert (decision.disposition, decision.label, list(decision.labels)) == (disposition, label, labels)
    assert all(decision.reasons)
    assert decision.reasons


@pytest.mark.parametrize("distance", [FAR + 1e-9, 1.0, 2.0, math.inf, math.nan])
@pytest.mark.parametrize(
    ("task", "scores"),
    [
        (TIG, {"good_weld": 1.0}),
        (TIG, {"burn_through": 1.0}),
        (SURFACE, {"crack": 1.0}),
        (SURFACE, {"good_welding": 1}),
    ],
    ids=["good tig", "bad tig", "crack", "good surface"],
)
def test_picture_unlike_all_that_is_known_is_reviewed_whatever_the_scores(
    task: Task, scores: dict[str, float], distance: float
) -> None:
    decision = decided(task, distance=distance, **scores)
    assert decision.disposition is REVIEW
    assert decision.labels == ()
    assert "unlike the pictures" in decision.reasons[0]


def test_largest_distance_allowed_may_still_be_decided() -> None:
    assert decided(TIG, distance=FAR, good_weld=0.9).disposition is ACCEPT


def test_contradiction_is_the_first_reason() -> None:
    reasons = decided(SURFACE, good_welding=0.9, crack=0.8, porosity=0.6).reasons
    assert reasons[0] == "the answer contradicts itself: crack beside good welding 0.90"
    assert [reason.split(" 0.")[0] for reason in reasons[1:]] == ["crack", "porosity"]


def test_reason_says_what_is_missing_to_accept() -> None:
    assert decided(TIG, good_weld=0.79).reasons == ("not sure: good weld 0.79 is below the 0.80 that it needs",)


def test_reason_says_what_is_missing_to_hold_a_finding_present() -> None:
    assert decided(TIG, burn_through=0.4).reasons == ("not sure: burn through 0.40 is below the 0.50 that it needs",)


def test_each_class_has_its_own_threshold() -> None:
    scores = tuple(0.4 if name in {"crack", "porosity"} else 0.0 for name in SURFACE.label_names)
    decision = decide(Prediction(SURFACE, scores, 0.1), calibration(SURFACE, crack=0.3, porosity=0.41))
    assert (decision.disposition, decision.labels) == (REJECT, ("crack",))


def test_good_class_needs_the_accept_threshold_and_not_only_its_own() -> None:
    scores = tuple(0.7 if name == "good welding" else 0.0 for name in SURFACE.label_names)
    strict, lax = calibration(SURFACE), Calibration(1.0, calibration(SURFACE, good_welding=0.9).thresholds, 0.6, FAR)
    assert decide(Prediction(SURFACE, scores, 0.1), strict).disposition is REVIEW
    assert decide(Prediction(SURFACE, scores, 0.1), lax).disposition is ACCEPT


LIMITS = AppearanceLimits(min_contrast=5.0, min_detail=0.1, max_detail=2.3)
SURE = Prediction(TIG, (1.0, 0.0, 0.0, 0.0, 0.0, 0.0), 0.1)


@pytest.mark.parametrize(
    ("appearance", "disposition", "says"),
    [
        (Appearance(4.9, 1.0), REVIEW, "nearly blank"),
        (Appearance(40.0, 0.05), REVIEW, "without detail"),
        (Appearance(40.0, 3.5), REVIEW, "noise"),
        (Appearance(math.nan, math.nan), REVIEW, "nearly blank"),
        (Appearance(40.0, 0.5), ACCEPT, "no imperfection seen"),
        (None, ACCEPT, "no imperfection seen"),
    ],
)
def test_picture_that_shows_too_little_is_reviewed_whatever_the_scores(
    appearance: Appearance | None, disposition: Disposition, says: str
) -> None:
    decision = decide(SURE, replace(calibration(TIG), appearance=LIMITS), appearance)
    assert decision.disposition is disposition
    assert says in decision.reasons[0]
    assert decision.labels == (("good weld",) if disposition is ACCEPT else ())


def test_card_without_limits_takes_any_picture() -> None:
    assert decide(SURE, calibration(TIG), Appearance(0.0, 0.0)).disposition is ACCEPT


@pytest.mark.parametrize(
    ("guarantee", "says"),
    [
        (None, "not certified how many"),
        (Guarantee(0.05, 0.1, 27, 0, certified=False, reason="27 welds, 45 are needed"), "27 welds, 45 are needed"),
        (Guarantee(0.05, 0.1, 45, 0, certified=True), "at most 5% of the welds accepted are bad"),
    ],
    ids=["none", "not certified", "certified"],
)
def test_who_reads_accept_reads_what_is_certified(guarantee: Guarantee | None, says: str) -> None:
    decision = decide(SURE, replace(calibration(TIG), guarantee=guarantee))
    assert decision.disposition is ACCEPT
    assert says in decision.reasons[1]


def test_model_that_never_accepts_says_so() -> None:
    decision = decide(SURE, replace(calibration(TIG), accept_threshold=1.0))
    assert decision.disposition is REVIEW
    assert decision.reasons[0].startswith("good weld 1.00, but this model never accepts: not certified")


def test_scores_that_look_the_same_are_told_apart() -> None:
    prediction = Prediction(TIG, (0.9982, 0.0, 0.0, 0.0, 0.0, 0.0), 0.1)
    (reason,) = decide(prediction, replace(calibration(TIG), accept_threshold=0.9991)).reasons
    assert reason == "not sure: good weld 0.9982 is below the 0.9991 that it needs"


@pytest.mark.parametrize(
    ("scores", "miss_cost", "disposition", "label"),
    [
        ({"crack": 0.06}, 20.0, REVIEW, "crack"),
        ({"crack": 0.06}, None, REJECT, "crack"),
        ({"crack": 0.5}, 20.0, REJECT, "crack"),
        ({"crack": 0.06, "bad welding": 0.9}, 20.0, REJECT, "bad welding"),
        ({"crack": 0.06, "porosity": 0.9}, 20.0, REVIEW, "porosity"),
        ({"crack": 0.06, "good welding": 0.9}, 20.0, REVIEW, "crack"),
    ],
)
def test_an_alarm_for_the_cost_of_a_miss_is_no_reject(
    scores: dict[str, float], miss_cost: float | None, disposition: Disposition, label: str
) -> None:
    low = replace(calibration(SURFACE, crack=0.05), miss_cost=miss_cost)
    prediction = Prediction(SURFACE, tuple(scores.get(name, 0.0) for name in SURFACE.label_names), 0.1)
    decision = decide(prediction, low)
    assert (decision.disposition, decision.label) == (disposition, label)
    if scores == {"crack": 0.06} and miss_cost:
        assert decision.reasons[0] == "crack is possible, not likely: a miss costs 20 false alarms"


shares = st.floats(0.0, 1.0)
anything = st.floats()


@given(st.data(), st.sampled_from([TIG, SURFACE]))
@settings(max_examples=300, deadline=None)
def test_every_answer_gets_a_decision_and_none_is_accepted_against_a_limit(data: st.DataObject, task: Task) -> None:
    count = len(task.labels)
    prediction = Prediction(
        task, tuple(data.draw(st.lists(shares, min_size=count, max_size=count))), data.draw(anything)
    )
    thresholds = data.draw(st.lists(shares, min_size=count, max_size=count))
    limits = Calibration(
        1.0,
        dict(zip(task.label_names, thresholds, strict=True)),
        data.draw(shares),
        data.draw(st.floats(0.0, 2.0)),
        miss_cost=data.draw(st.none() | st.floats(0.01, 1000.0)),
        appearance=data.draw(st.none() | st.just(LIMITS)),
    )
    appearance = data.draw(st.none() | st.builds(Appearance, anything, anything))
    decision = decide(prediction, limits, appearance)
    scores = prediction.by_label()
    assert decision.label in scores
    assert all(decision.reasons)
    assert decision.reasons
    assert set(decision.labels) <= set(scores)
    if decision.disposition is ACCEPT:
        assert prediction.distance <= limits.max_distance
        assert scores[decision.label] >= limits.accept_threshold
        assert limits.accept_threshold < 1.0
        findings = [label.name for label in task.labels if not label.is_good]
        assert all(scores[name] < limits.thresholds[name] for name in findings)
        assert limits.appearance is None or appearance is None or limits.appearance.fault_of(appearance) is None
    if decision.disposition is REJECT and limits.miss_cost is not None:
        assert scores[decision.label] >= 0.5


def random_case(dice: random.Random, task: Task) -> tuple[Prediction, Calibration]:
    steps = [0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0]
    thresholds = {name: dice.choice(steps) for name in task.label_names}
    scores = tuple(dice.choice(steps) for _ in task.label_names)
    distance = dice.choice([0.0, 0.3, FAR, 0.5, math.nan])
    return Prediction(task, scores, distance), Calibration(1.0, thresholds, dice.choice(steps), FAR)


@pytest.mark.parametrize("task", [TIG, SURFACE], ids=lambda task: task.name)
def test_whatever_the_scores_the_rules_hold(task: Task) -> None:
    dice, seen = random.Random(11), set()
    for _ in range(3000):
        prediction, limits = random_case(dice, task)
        scores, decision = prediction.by_label(), decide(prediction, limits)
        seen.add(decision.disposition)
        bad = {
            label.name
            for label in task.labels
            if not label.is_good and scores[label.name] >= limits.thresholds[label.name]
        }
        rejecting = {label.name for label in task.labels if label.verdict is REJECT}
        if bad or math.isnan(prediction.distance):
            assert decision.disposition is not ACCEPT
        if decision.disposition is REJECT:
            assert decision.label in bad & rejecting
        if not bad & rejecting:
            assert decision.disposition is not REJECT
        if decision.disposition is ACCEPT:
            assert scores[decision.label] >= limits.accept_threshold
        assert decision.label in scores
    assert seen == {ACCEPT, REJECT, REVIEW}


@pytest.mark.parametrize("scores", [{"good_weld": 0.9}, {"burn_through": 0.9}, {"good_weld": 0.4}], ids=str)
def test_whatever_a_withdrawn_model_says_is_for_review(scores: dict[str, float]) -> None:
    before = decided(TIG, **scores)
    after = distrusted(before, "withdrawn: misses cracks")
    assert after == replace(before, disposition=REVIEW, reasons=("withdrawn: misses cracks", *before.reasons))
