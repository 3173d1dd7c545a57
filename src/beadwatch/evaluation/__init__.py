"""Evaluation: answers with their truth, whatever gave them, to figures, a verdict on the figures, and a report."""
