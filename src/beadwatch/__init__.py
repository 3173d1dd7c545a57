"""Beadwatch inspects welds with computer vision, and learns from the inspectors who correct it.

Importing this package does nothing: the rooms below it are imported by whoever needs them.
"""

__version__ = "0.1.0"
