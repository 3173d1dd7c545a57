"""The JSON object of an inspection: its keys, its exact scores, and imperfections kept apart from conditions."""

import json
from typing import Any

import pytest

from beadwatch.domain.inspection import Inspection, finding_to_dict
from beadwatch.domain.labels import TIG, Disposition, label_named
from beadwatch.domain.prediction import Decision, Prediction
from beadwatch.domain.region import Region

KEYS = (
    "path", "sha256", "task", "model", "model_version", "label", "labels", "confidence", "scores", "distance",
    "disposition", "reasons", "imperfections", "regions", "latency_ms", "seen_in_training",
)  # fmt: skip
SCORES = (0.1234567890123456, 0.2, 0.3, 0.15, 0.05, 1e-17)


def inspection(*labels: str, **changes: Any) -> Inspection:
    whole: dict[str, Any] = {
        "path": "a/weld №1.png",
        "sha256": "ab" * 32,
        "model": "tig",
        "model_version": "7",
        "prediction": Prediction(TIG, SCORES, 0.25),
        "decision": Decision(Disposition.REJECT, labels[0] if labels else "contamination", labels, ("first", "second")),
        "latency_ms": 1.23456,
        "seen_in_training": False,
    }
    return Inspection(**(whole | changes))


def test_keys_come_in_the_documented_order() -> None:
    assert tuple(inspection("burn through").to_dict()) == KEYS


def test_values_are_those_of_the_inspection() -> None:
    body = inspection("burn through", "contamination", seen_in_training=True).to_dict()
    assert body == body | {
        "path": "a/weld №1.png", "sha256": "ab" * 32, "task": "tig", "model": "tig", "model_version": "7",
        "label": "burn through", "labels": ["burn through", "contamination"], "confidence": 0.2, "distance": 0.25,
        "disposition": "reject", "reasons": ["first", "second"], "latency_ms": 1.23, "seen_in_training": True,
    }  # fmt: skip


def test_object_survives_json_unchanged() -> None:
    body = inspection("burn through", "lack of shielding gas").to_dict()
    assert json.loads(json.dumps(body, allow_nan=False)) == body


def test_scores_are_never_rounded() -> None:
    scores = json.loads(json.dumps(inspection("burn through").to_dict()))["scores"]
    assert scores == dict(zip(TIG.label_names, SCORES, strict=True))


def test_regions_are_listed_in_shares_of_the_picture() -> None:
    region = Region("burn through", (0.25, 0.5, 0.75, 1.0), (0.4, 0.7))
    assert inspection("burn through", regions=(region,)).to_dict()["regions"] == [
        {"label": "burn through", "box": [0.25, 0.5, 0.75, 1.0], "peak": [0.4, 0.7]}
    ]


def test_label_without_being_held_present_still_has_a_confidence() -> None:
    body = inspection().to_dict()
    assert (body["labels"], body["imperfections"], body["confidence"]) == ([], [], 0.3)


@pytest.mark.parametrize("name", ["burn through", "contamination", "lack of fusion", "crack", "porosity", "spatters"])
def test_imperfection_has_a_number(name: str) -> None:
    finding = finding_to_dict(label_named(name))
    assert (finding["label"], finding["kind"]) == (name, "imperfection")
    assert finding["iso6520"].isdigit()
    assert "likely_to_cause" not in finding


@pytest.mark.parametrize("name", ["lack of shielding gas", "high travel speed"])
def test_condition_has_no_number_but_likely_effects(name: str) -> None:
    finding = finding_to_dict(label_named(name))
    assert (finding["label"], finding["kind"], finding["iso6520"]) == (name, "condition", None)
    assert all(effect["iso6520"].isdigit() for effect in finding["likely_to_cause"])
    assert "variants" not in finding


@pytest.mark.parametrize("name", ["good weld", "good welding", "bad welding", "background", "moon rock"])
def test_class_that_stands_for_no_finding_is_not_among_the_imperfections(name: str) -> None:
    decision = Decision(Disposition.REVIEW, "good weld", (name,), ())
    assert inspection(decision=decision).to_dict()["imperfections"] == []
    with pytest.raises(ValueError, match=name):
        finding_to_dict(label_named(name))


def test_imperfections_and_conditions_are_listed_beside_each_other_but_told_apart() -> None:
    findings = inspection("lack of fusion", "high travel speed", "good weld").to_dict()["imperfections"]
    assert [(one["label"], one["kind"], one["iso6520"]) for one in findings] == [
        ("lack of fusion", "imperfection", "401"),
        ("high travel speed", "condition", None),
    ]
    assert [variant["iso6520"] for variant in findings[0]["variants"]] == ["4011", "4012", "4013"]
