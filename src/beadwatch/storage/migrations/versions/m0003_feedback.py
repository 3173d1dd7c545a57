"""Feedback from inspectors, its classes, and its reviews."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "feedback",
        sa.Column("sequence", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("team", sa.String(64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("task", sa.String(64), nullable=False),
        sa.Column("disagrees", sa.Boolean(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.UniqueConstraint("team", "id", name="uq_feedback_team_id"),
    )
    op.create_table(
        "feedback_labels",
        sa.Column("feedback", sa.Integer(), sa.ForeignKey("feedback.sequence"), primary_key=True),
        sa.Column("label", sa.String(128), primary_key=True),
    )
    op.create_table(
        "feedback_reviews",
        sa.Column("sequence", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("feedback", sa.Integer(), sa.ForeignKey("feedback.sequence"), nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("account_id", sa.String(128), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
    )
    for table, column in (
        ("feedback", "received_at"),
        ("feedback", "sha256"),
        ("feedback", "task"),
        ("feedback", "disagrees"),
        ("feedback_labels", "label"),
        ("feedback_reviews", "feedback"),
    ):
        op.create_index(f"ix_{table}_{column}", table, [column])


def downgrade() -> None:
    """Take the step back."""
    for table in ("feedback_reviews", "feedback_labels", "feedback"):
        op.drop_table(table)
