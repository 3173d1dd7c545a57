"""Labelled pictures: reading them from the layouts people have, and splitting them by group. Knows no networks."""
