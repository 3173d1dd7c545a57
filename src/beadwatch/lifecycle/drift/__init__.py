"""Drift: whether what a model sees and says now is still what it was judged on. `check.check_drift` is the way in."""
