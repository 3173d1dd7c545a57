"""Model versions that were withdrawn or restored."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "model_withdrawals",
        sa.Column("sequence", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("task", sa.String(64), nullable=False),
        sa.Column("version", sa.String(128), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_model_withdrawals_task", "model_withdrawals", ["task"])


def downgrade() -> None:
    """Take the step back."""
    op.drop_table("model_withdrawals")
