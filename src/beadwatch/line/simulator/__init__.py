"""A camera that draws a TIG weld by a script: for demonstrations and tests, never evidence."""
