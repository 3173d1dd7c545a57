"""The reports on a run of the line: what was watched, what was found and where, and what is left to a person."""
