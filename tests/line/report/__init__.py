"""Tests of the line."""
