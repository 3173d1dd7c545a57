"""Alerts with the notices that are to be sent of them, and second answers to inspected pictures."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "alerts",
        sa.Column("sequence", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(64), nullable=False, unique=True),
        sa.Column("event", sa.String(128), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
    )
    op.create_table(
        "alert_notices",
        sa.Column("alert", sa.Integer(), sa.ForeignKey("alerts.sequence"), primary_key=True),
        sa.Column("channel", sa.String(32), primary_key=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
    )
    op.create_table(
        "reinspections",
        sa.Column("inspection", sa.Integer(), sa.ForeignKey("inspections.sequence"), primary_key=True),
        sa.Column("model_version", sa.String(128), primary_key=True),
        sa.Column("changed", sa.Boolean(), nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
    )


def downgrade() -> None:
    """Take the step back."""
    op.drop_table("reinspections")
    op.drop_table("alert_notices")
    op.drop_table("alerts")
