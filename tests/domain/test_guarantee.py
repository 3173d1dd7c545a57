"""The arithmetic of the promise against exact fractions, and no card that claims more than its counts carry."""

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beadwatch.domain.errors import BundleError
from beadwatch.domain.guarantee import Guarantee, chance_of_at_most, groups_needed


def exactly(bad: int, groups: int, alpha: float) -> float:
    share = Fraction(alpha)
    terms = [math.comb(groups, k) * share**k * (1 - share) ** (groups - k) for k in range(bad + 1)]
    return float(sum(terms))


@given(st.integers(0, 12), st.integers(1, 90), st.sampled_from([0.01, 0.05, 0.2, 0.5]))
@settings(max_examples=60, deadline=None)
def test_p_value_is_the_exact_binomial_one(bad: int, groups: int, alpha: float) -> None:
    assert chance_of_at_most(bad, groups, alpha) == pytest.approx(exactly(min(bad, groups), groups, alpha), rel=1e-9)


def test_no_welds_prove_nothing() -> None:
    assert chance_of_at_most(0, 0, 0.05) == 1.0


@pytest.mark.parametrize(
    ("bad", "alpha", "delta", "needed"),
    [(0, 0.05, 0.10, 45), (1, 0.05, 0.10, 77), (2, 0.05, 0.10, 105), (0, 0.02, 0.05, 149), (0, 0.5, 0.5, 1)],
)
def test_groups_needed(bad: int, alpha: float, delta: float, needed: int) -> None:
    assert groups_needed(bad, alpha, delta) == needed
    assert exactly(bad, needed, alpha) <= delta < exactly(bad, needed - 1, alpha)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ((0.0, 0.1, 50, 0, True), "alpha 0.0"),
        ((0.05, 1.0, 50, 0, True), "delta 1.0"),
        ((0.05, math.nan, 50, 0, True), "delta nan"),
        ((0.05, 0.1, 50, 51, False, "why"), "contradict"),
        ((0.05, 0.1, 50, -1, False, "why"), "contradict"),
        ((0.05, 0.1, 44, 0, True), "do not certify"),
        ((0.05, 0.1, 76, 1, True), "do not certify"),
        ((0.05, 0.1, 10, 0, False), "must say why not"),
    ],
)
def test_claim_that_its_counts_do_not_carry_is_refused(fields: tuple[float, ...], says: str) -> None:
    with pytest.raises(BundleError, match=says):
        Guarantee(*fields)  # type: ignore[arg-type]


def test_promise_in_words() -> None:
    assert Guarantee(0.05, 0.1, 120, 1, certified=True).in_words == (
        "certified at 90% confidence: at most 5% of the welds accepted are bad (1 of 120 held-out welds were)"
    )
    words = Guarantee(0.05, 0.1, 27, 0, certified=False, reason="27 held-out welds, 45 are needed").in_words
    assert words == "not certified how many accepted welds are bad: 27 held-out welds, 45 are needed"
