"""Tests of the loop around the models."""
