"""The line: runs, events in order, and up to which of them each sink has everything."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "line_runs",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("line", sa.String(64), nullable=False),
        sa.Column("started_at", sa.Float(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("ended_at", sa.Float(), nullable=True),
        sa.Column("summary", sa.JSON(), nullable=True),
    )
    op.create_table(
        "line_events",
        sa.Column("sequence", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("message_id", sa.String(128), nullable=False, unique=True),
        sa.Column("event_id", sa.String(96), nullable=False),
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("line", sa.String(64), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
    )
    op.create_table(
        "sink_cursors",
        sa.Column("line", sa.String(64), primary_key=True),
        sa.Column("sink", sa.String(512), primary_key=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
    )
    for table, column in (
        ("line_runs", "line"),
        ("line_runs", "started_at"),
        ("line_events", "event_id"),
        ("line_events", "run_id"),
        ("line_events", "line"),
    ):
        op.create_index(f"ix_{table}_{column}", table, [column])


def downgrade() -> None:
    """Take the step back."""
    for table in ("sink_cursors", "line_events", "line_runs"):
        op.drop_table(table)
