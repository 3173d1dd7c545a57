"""The page says what the report says, to everybody, and loads nothing."""

import re
from dataclasses import replace

import numpy as np
import pytest

from beadwatch.lifecycle.drift.check import check_drift
from beadwatch.lifecycle.drift.limits import DriftLimits
from beadwatch.lifecycle.drift.page import drift_page
from tests.lifecycle.drawn import draw

LIMITS = DriftLimits(permutations=999)
REFERENCE = draw(0)
DRIFTED = check_drift(REFERENCE, draw(1, groups=40, darker=60.0, turned=3.0), LIMITS)


@pytest.mark.parametrize(
    ("report", "word", "shape"),
    [
        (DRIFTED, "Drift", "reject"),
        (check_drift(REFERENCE, draw(1, groups=40), LIMITS), "No drift", "accept"),
        (check_drift(REFERENCE, draw(1, groups=3), LIMITS), "Not enough to say", "review"),
    ],
    ids=["drift", "none", "too little"],
)
def test_the_verdict_is_a_word_and_a_shape(report, word: str, shape: str) -> None:  # type: ignore[no-untyped-def]
    page = drift_page(report, "January", "June")
    assert f'class="verdict {shape}"' in page
    assert f"<b>{word}</b>" in page
    assert "<h1>Drift from January to June</h1>" in page
    for reason in report.reasons:
        assert reason[1:] in page


def test_every_comparison_stands_in_the_table_and_every_distribution_has_a_chart() -> None:
    page = drift_page(DRIFTED, "January", "June")
    for each in DRIFTED.findings:
        assert f'<th scope="row">{each.name}</th>' in page
    assert page.count("<svg class=") == sum(each.spread is not None for each in DRIFTED.findings)
    assert page.count('<td class="text">alarm</td>') == sum(each.alarm for each in DRIFTED.findings) >= 2
    assert "<h3>brightness: alarm</h3>" in page
    assert 'aria-label="brightness: median' in page
    auc = DRIFTED.current.figures["auc/porosity"]
    assert f"{auc.value:.3f} ({auc.low:.3f} to {auc.high:.3f})" in page


def test_names_of_others_are_escaped_and_nothing_is_loaded() -> None:
    current = draw(1, groups=40)
    evil = replace(current, names=np.full(len(current), "<script>alert(1)</script>"))
    page = drift_page(check_drift(REFERENCE, evil, LIMITS), "<b>", "&")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"(src|href)=['\"]?(?!data:)", page)
