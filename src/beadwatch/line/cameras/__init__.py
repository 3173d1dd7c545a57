"""Cameras and recordings as sources of frames."""
