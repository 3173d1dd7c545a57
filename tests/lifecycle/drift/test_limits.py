"""Limits that make no sense are refused by name."""

import json
from typing import Any

import pytest

from beadwatch.domain.errors import SettingsError
from beadwatch.lifecycle.drift.limits import DriftLimits


@pytest.mark.parametrize(
    "wrong",
    [
        {"alpha": 0.0},
        {"alpha": 0.5},
        {"min_auc": 1.2},
        {"min_effect": -0.1},
        {"min_fall": float("nan")},
        {"class_min_auc": {"crack": 75.0}},
        {"thresholds": {"crack": -1.0}},
        {"min_pictures": 5},
        {"min_groups": 1},
        {"min_class_pictures": 1},
        {"min_class_groups": 2},
        {"max_pictures": 30},
        {"permutations": 100},
    ],
)
def test_a_wrong_limit_is_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=next(iter(wrong))):
        DriftLimits(**wrong)


def test_the_floor_holds_for_each_class_unless_it_has_its_own() -> None:
    limits = DriftLimits(class_min_auc={"crack": 0.9})
    assert [limits.auc_floor(label) for label in ("crack", "porosity")] == [0.9, 0.75]
    assert json.loads(json.dumps(limits.to_dict()))["class_min_auc"] == {"crack": 0.9}
