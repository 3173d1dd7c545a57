"""Which classes there are, and the strongest verdict that each may carry."""

import pytest

from beadwatch.domain.imperfections import Condition, Imperfection
from beadwatch.domain.labels import SURFACE, TASKS, TIG, ClassLabel, Disposition, Task, TaskKind, label_named

ALL_LABELS = [label for task in TASKS.values() for label in task.labels]
NUMBERS = {
    "good weld": None,
    "burn through": "510",
    "contamination": "300",
    "lack of fusion": "401",
    "lack of shielding gas": None,
    "high travel speed": None,
    "background": None,
    "bad welding": None,
    "crack": "100",
    "excess reinforcement": "502",
    "good welding": None,
    "porosity": "2011",
    "spatters": "602",
}
VERDICTS = {
    "good weld": Disposition.ACCEPT,
    "good welding": Disposition.ACCEPT,
    "burn through": Disposition.REJECT,
    "lack of fusion": Disposition.REJECT,
    "crack": Disposition.REJECT,
    "bad welding": Disposition.REJECT,
    "contamination": Disposition.REVIEW,
    "lack of shielding gas": Disposition.REVIEW,
    "high travel speed": Disposition.REVIEW,
    "background": Disposition.REVIEW,
    "excess reinforcement": Disposition.REVIEW,
    "porosity": Disposition.REVIEW,
    "spatters": Disposition.REVIEW,
}
MILLIMETRE_LIMITS = ("porosity", "excess reinforcement", "contamination")


def test_every_class_is_in_the_tables_here() -> None:
    names = {label.name for label in ALL_LABELS}
    assert names == set(NUMBERS) == set(VERDICTS)


@pytest.mark.parametrize(("name", "number"), NUMBERS.items())
def test_class_has_the_iso_number_of_the_design_or_none(name: str, number: str | None) -> None:
    finding = label_named(name).finding
    assert (finding.iso6520 if isinstance(finding, Imperfection) else None) == number


@pytest.mark.parametrize("name", ["good weld", "good welding", "bad welding", "background"])
def test_no_finding_is_invented(name: str) -> None:
    assert label_named(name).finding is None


@pytest.mark.parametrize("name", ["lack of shielding gas", "high travel speed"])
def test_condition_is_no_imperfection(name: str) -> None:
    assert isinstance(label_named(name).finding, Condition)


@pytest.mark.parametrize(("name", "verdict"), VERDICTS.items())
def test_strongest_verdict_of_a_class(name: str, verdict: Disposition) -> None:
    assert label_named(name).verdict is verdict


@pytest.mark.parametrize("name", MILLIMETRE_LIMITS)
def test_defect_with_a_limit_in_millimetres_says_why_it_is_only_reviewed(name: str) -> None:
    assert "millimetres" in label_named(name).why


@pytest.mark.parametrize("label", ALL_LABELS, ids=lambda label: label.name)
def test_class_says_why_and_a_finding_has_cause_and_remedy(label: ClassLabel) -> None:
    assert label.why
    assert label.finding is None or (label.cause and label.remedy)


@pytest.mark.parametrize(
    ("task", "kind", "names"),
    [
        (
            TIG,
            TaskKind.SINGLE_LABEL,
            "good weld, burn through, contamination, lack of fusion, lack of shielding gas, high travel speed",
        ),
        (
            SURFACE,
            TaskKind.MULTI_LABEL,
            "background, bad welding, crack, excess reinforcement, good welding, porosity, spatters",
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Task) else "",
)
def test_task_has_its_kind_and_its_classes_in_order(task: Task, kind: TaskKind, names: str) -> None:
    assert TASKS[task.name] is task
    assert task.kind is kind
    assert ", ".join(task.label_names) == names


@pytest.mark.parametrize("task", [TIG, SURFACE], ids=lambda task: task.name)
def test_exactly_one_class_of_a_task_is_good(task: Task) -> None:
    assert sum(label.is_good for label in task.labels) == 1


def test_only_a_good_weld_and_no_weld_exclude_other_findings() -> None:
    assert {label.name for label in ALL_LABELS if label.excludes_others} == {"good weld", "good welding", "background"}


def test_unknown_class_is_left_to_a_person() -> None:
    label = label_named("moon rock")
    assert (label.name, label.verdict, label.finding) == ("moon rock", Disposition.REVIEW, None)
    assert not label.is_good
