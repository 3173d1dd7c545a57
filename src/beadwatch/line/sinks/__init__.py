"""Receivers of what the line says, one module each."""
