"""Quiet when nothing drifted, loud when something did, silent about what is too little to say."""

import json
from dataclasses import replace

import numpy as np
import pytest

from beadwatch.domain.errors import DatasetError
from beadwatch.lifecycle.drift.check import check_drift
from beadwatch.lifecycle.drift.limits import DriftLimits
from beadwatch.lifecycle.drift.report import DriftVerdict
from beadwatch.lifecycle.observations import Observations
from tests.lifecycle.drawn import draw

LIMITS = DriftLimits(permutations=999)
REFERENCE = draw(0)


def without_labels(drawn: Observations) -> Observations:
    return replace(drawn, truth=None)


def alarms(reference: Observations, current: Observations, limits: DriftLimits = LIMITS) -> set[str]:
    return {each.name for each in check_drift(reference, current, limits).findings if each.alarm}


@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize("seed", range(1, 6))
def test_no_drift_is_quiet(seed: int, labelled: bool) -> None:
    current = draw(seed, groups=30)
    report = check_drift(REFERENCE, current if labelled else without_labels(current), LIMITS)
    assert (report.verdict, report.drifted) == (DriftVerdict.NO_DRIFT, False)
    assert report.reasons[0].startswith("none of ")


@pytest.mark.parametrize(
    ("drift", "labelled", "seen"),
    [
        ({"darker": 40.0}, False, "brightness"),
        ({"darker": 40.0}, True, "brightness"),
        ({"turned": 3.0}, False, "embedding"),
        ({"flipped": 0.7}, True, "AUC of spatters"),
        ({"flipped": 0.7}, True, "calibration error"),
        ({"flipped": 0.9}, True, "AUC of spatters against its limit"),
    ],
)
def test_a_drift_is_seen_and_named(drift: dict[str, float], labelled: bool, seen: str) -> None:
    current = draw(1, groups=90, **drift)  # type: ignore[arg-type]
    report = check_drift(REFERENCE, current if labelled else without_labels(current), LIMITS)
    assert report.drifted
    found = next(each for each in report.findings if each.name == seen)
    assert found.alarm
    assert found.words in report.reasons


def test_wrong_labels_say_nothing_about_the_pictures() -> None:
    current = draw(1, groups=40, flipped=0.7)
    assert not alarms(without_labels(REFERENCE), without_labels(current))
    assert {name.partition(" of ")[0] for name in alarms(REFERENCE, current)} <= {"AUC", "recall", "calibration error"}


def test_recall_falls_where_scores_do() -> None:
    current = draw(1, groups=60)
    assert current.truth is not None
    timid = replace(current, scores=np.where(current.truth, 0.45 * current.scores, current.scores))
    assert {"recall of porosity", "recall of spatters", "score of spatters"} <= alarms(REFERENCE, timid)
    strict = replace(LIMITS, thresholds=dict.fromkeys(REFERENCE.task.label_names, 0.01))
    assert not {name for name in alarms(REFERENCE, timid, strict) if name.startswith("recall")}


def test_scores_without_confidence_lower_the_expected_accuracy() -> None:
    current = draw(1, groups=40)
    unsure = replace(current, scores=0.5 + 0.4 * (current.scores - 0.5), truth=None)
    assert "expected accuracy" in alarms(without_labels(REFERENCE), unsure)
    surer = replace(current, scores=(current.scores > 0.5).astype(np.float64), truth=None)
    assert "expected accuracy" not in alarms(without_labels(REFERENCE), surer)


@pytest.mark.parametrize(("groups", "pictures"), [(5, 1), (1, 5), (3, 100), (15, 1)])
def test_a_few_pictures_or_groups_never_alarm(groups: int, pictures: int) -> None:
    current = draw(1, groups=groups, pictures=pictures, darker=200.0, turned=50.0, flipped=1.0)
    report = check_drift(REFERENCE, current, LIMITS)
    assert (report.verdict, report.drifted) == (DriftVerdict.TOO_LITTLE, False)
    assert f"{groups * pictures} pictures of {groups} groups" in report.reasons[0]
    assert check_drift(current, REFERENCE, LIMITS).verdict is DriftVerdict.TOO_LITTLE


def test_five_pictures_of_a_class_never_alarm() -> None:
    current = draw(1, groups=40)
    assert current.truth is not None
    rare = np.zeros(len(current), dtype=bool)
    rare[np.flatnonzero(current.truth[:, 0])[::4][:5]] = True
    truth = current.truth.copy()
    truth[:, 2] = rare
    current = replace(current, truth=truth)
    report = check_drift(REFERENCE, current, LIMITS)
    counted = next(each for each in report.classes if each.label == "spatters")
    assert (counted.current_pictures, counted.enough) == (5, False)
    assert any(note.startswith("not enough to say about spatters: 5 labelled") for note in report.notes)
    assert report.current.figures["auc/spatters"].value < 0.75
    assert not any("spatters" in each.name for each in report.findings if each.kind.value == "performance")


def test_a_floor_is_alarming_only_when_the_whole_interval_is_below() -> None:
    current = draw(1, groups=90, flipped=0.4)
    value = check_drift(REFERENCE, current, LIMITS).current.figures["auc/porosity"]
    assert value.low < value.value < value.high < 0.99
    name = "AUC of porosity against its limit"
    for floor, alarming in (
        (value.value - 0.01, False),
        (value.value + 0.01, False),
        (value.high, False),
        (0.99, True),
    ):
        limits = replace(LIMITS, class_min_auc={"porosity": floor})
        assert (name in alarms(REFERENCE, current, limits)) is alarming
    new = replace(REFERENCE, truth=None)  # labels of the current set are enough for a floor
    report = check_drift(new, current, replace(LIMITS, class_min_auc={"porosity": 0.99}))
    assert name in {each.name for each in report.findings if each.alarm}
    assert "only the current set has labels: they cannot be compared" in report.notes
    assert not any(figure.startswith(("auc", "ece")) for figure in report.reference.figures)


def test_a_test_that_ignores_groups_would_cry_wolf() -> None:
    by_group = by_picture = 0
    for seed in range(12):
        reference, current = draw(2 * seed + 100, groups=20, pictures=12), draw(2 * seed + 101, groups=10, pictures=12)
        old, new = (without_labels(replace(each, groups=each.names)) for each in (reference, current))
        by_group += check_drift(without_labels(reference), without_labels(current), LIMITS).drifted
        by_picture += check_drift(old, new, LIMITS).drifted
    assert by_group <= 1
    assert by_picture >= 8


def test_a_difference_that_does_not_matter_is_no_drift() -> None:
    current = draw(1, groups=400, pictures=1, darker=9.0)
    reference = draw(0, groups=400, pictures=1)
    assert "brightness" in alarms(reference, current, replace(LIMITS, min_effect=0.0))
    assert not alarms(reference, current, replace(LIMITS, min_effect=0.1))


def test_the_same_input_gives_the_same_report() -> None:
    current = draw(1, groups=20, darker=20.0)
    assert check_drift(REFERENCE, current, LIMITS).to_dict() == check_drift(REFERENCE, current, LIMITS).to_dict()


def test_groups_that_stand_on_both_sides_are_left_out() -> None:
    current = draw(1, groups=20)
    mixed = replace(current, groups=np.where(current.groups == "1-3", "0-3", current.groups))
    report = check_drift(REFERENCE, mixed, LIMITS)
    assert report.current.pictures == 76
    assert report.notes[0] == "4 current pictures of groups that stand in the reference too are left out"


def test_large_sets_are_thinned_by_whole_groups() -> None:
    report = check_drift(draw(0, groups=90), draw(1, groups=20), replace(LIMITS, max_pictures=202))
    assert (report.reference.pictures, report.reference.groups) == (200, 50)
    assert report.notes[0] == "200 of 360 pictures of the reference were compared, in whole groups"


def test_pictures_that_are_most_unlike_come_first() -> None:
    current = draw(1, groups=20)
    embeddings = current.embeddings.copy()
    embeddings[7] = -50.0
    report = check_drift(REFERENCE, replace(current, embeddings=embeddings), LIMITS)
    assert (report.unlike[0].name, report.unlike[0].group) == ("1-7.jpg", "1-1")
    assert [each.distance for each in report.unlike] == sorted((each.distance for each in report.unlike), reverse=True)
    assert report.unlike[0].nearest in REFERENCE.names


def test_another_model_is_refused() -> None:
    current = draw(1, groups=20)
    with pytest.raises(DatasetError, match="embeddings of length 6 and 4"):
        check_drift(REFERENCE, replace(current, embeddings=current.embeddings[:, :4]), LIMITS)
    other = replace(current.task, labels=current.task.labels[:2])
    assert current.truth is not None
    fewer = replace(current, task=other, scores=current.scores[:, :2], truth=current.truth[:, :2])
    with pytest.raises(DatasetError, match="other classes"):
        check_drift(REFERENCE, fewer, LIMITS)


@pytest.mark.parametrize("current", [draw(1, groups=40, darker=60.0), draw(1, groups=3)])
def test_a_report_is_json_without_gaps(current: Observations) -> None:
    report = check_drift(REFERENCE, current, LIMITS)
    told = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert told["drifted"] is report.drifted
    assert told["verdict"] == report.verdict.value
    assert told["reasons"] == list(report.reasons)
    assert len(told["findings"]) == len(report.findings)
    assert told["limits"]["alpha"] == 0.01
