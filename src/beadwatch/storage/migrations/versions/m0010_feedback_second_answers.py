"""Second answers to pictures that phones judged and sent as feedback."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "feedback_second_answers",
        sa.Column("feedback", sa.Integer(), sa.ForeignKey("feedback.sequence"), primary_key=True),
        sa.Column("model_version", sa.String(128), primary_key=True),
        sa.Column("changed", sa.Boolean(), nullable=True),
        sa.Column("disposition", sa.String(16), nullable=True),
        sa.Column("gravity", sa.Integer(), nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
    )
    op.create_index("ix_feedback_second_answers_model_version", "feedback_second_answers", ["model_version"])


def downgrade() -> None:
    """Take the step back."""
    op.drop_table("feedback_second_answers")
