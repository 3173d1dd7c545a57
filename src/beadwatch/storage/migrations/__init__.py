"""Alembic migrations: the ordered steps that make a database what `tables` expects."""
