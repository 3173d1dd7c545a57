"""Tests of what the README and docs tell people to type."""
