"""Cells that a spreadsheet would run are marked, numbers and other text are not, and every text comes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beadwatch.domain.csv_cells import plain_cell, safe_cell


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ('=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")'),
        ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("-", "'-"),
        ("-inf", "'-inf"),
        ("+1_0", "'+1_0"),
        ("'=1", "''=1"),
        ("-0.5", "-0.5"),
        ("+3e-7", "+3e-7"),
        (-0.5, -0.5),
        (-1, -1),
        (None, None),
        ("", ""),
        ("'", "'"),
        ("weld.png", "weld.png"),
        ("a=b", "a=b"),
        ("'quoted'", "'quoted'"),
    ],
)
def test_formulas_are_marked_and_nothing_else(value: object, written: object) -> None:
    assert safe_cell(value) == written


@given(st.text(st.sampled_from("'=+-@\t\r\n1a."), max_size=6))
def test_every_text_comes_back_and_none_starts_a_formula(text: str) -> None:
    written = safe_cell(text)
    assert isinstance(written, str)
    assert plain_cell(written) == text
    if written[:1] in set("=+-@\t\r\n") - {""}:
        float(written)
