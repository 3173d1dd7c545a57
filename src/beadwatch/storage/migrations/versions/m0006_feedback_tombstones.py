"""Feedback that was deleted: that it was there, so that it does not come back by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "feedback_tombstones",
        sa.Column("team", sa.String(64), primary_key=True),
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=True),
    )
    op.create_index("ix_feedback_tombstones_sha256", "feedback_tombstones", ["sha256"])


def downgrade() -> None:
    """Take the step back."""
    op.drop_table("feedback_tombstones")
