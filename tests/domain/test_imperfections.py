"""ISO 6520-1 numbers: those of the design, their variants, and what conditions are likely to cause."""

import pytest

from beadwatch.domain import imperfections as iso
from beadwatch.domain.imperfections import Condition, Imperfection


@pytest.mark.parametrize(
    ("imperfection", "number", "variants"),
    [
        (iso.CRACK, "100", ["104"]),
        (iso.POROSITY, "2011", ["2017"]),
        (iso.SOLID_INCLUSION, "300", ["304", "3041"]),
        (iso.LACK_OF_FUSION, "401", ["4011", "4012", "4013"]),
        (iso.EXCESS_WELD_METAL, "502", ["503"]),
        (iso.BURN_THROUGH, "510", []),
        (iso.SPATTER, "602", []),
    ],
    ids=lambda value: value.name if isinstance(value, Imperfection) else "",
)
def test_imperfection_has_its_number_and_variants(imperfection: Imperfection, number: str, variants: list[str]) -> None:
    assert imperfection.iso6520 == number
    assert [variant.iso6520 for variant in imperfection.variants] == variants


@pytest.mark.parametrize(
    ("condition", "numbers"),
    [
        (iso.NO_SHIELDING_GAS, {"610", "2011", "2017"}),
        (iso.HIGH_TRAVEL_SPEED, {"5011", "5012", "511", "402"}),
    ],
    ids=lambda value: value.name if isinstance(value, Condition) else "",
)
def test_condition_lists_what_it_is_likely_to_cause(condition: Condition, numbers: set[str]) -> None:
    assert {imperfection.iso6520 for imperfection in condition.likely_to_cause} == numbers


def test_condition_has_no_number_of_its_own() -> None:
    assert not hasattr(iso.NO_SHIELDING_GAS, "iso6520")


def test_one_number_is_never_given_to_two_different_names() -> None:
    named: dict[str, set[str]] = {}
    for value in vars(iso).values():
        if isinstance(value, Imperfection):
            for each in (value, *value.variants):
                named.setdefault(each.iso6520, set()).add(each.name)
    assert {number: names for number, names in named.items() if len(names) > 1} == {}
