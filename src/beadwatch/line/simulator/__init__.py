"""Drawn weld pools for demos, load and fault tests. No evidence for accuracy."""
