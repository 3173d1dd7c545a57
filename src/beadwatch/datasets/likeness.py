"""From which likeness two pictures are near copies, for all that compares pictures and for the settings that change it.

Stands apart from what compares, so that reading a setting or `--help` loads no NumPy.
"""

NEAR = 0.65
"""Correlation of details from which a pair is one.

Below 0.62 the pairs of `weld-quality` show different welds; docs/datasets.md has how groups come out at other limits.
Frames of one camera that never moves reach 0.86 across welds: for those, 0.9.
"""
