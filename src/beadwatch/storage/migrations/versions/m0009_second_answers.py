"""The disposition of a second answer in a column of its own, and an index by version: to list the gravest first."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Apply the step."""
    op.add_column("reinspections", sa.Column("disposition", sa.String(16), nullable=True))
    op.create_index("ix_reinspections_model_version", "reinspections", ["model_version"])
    table = sa.table("reinspections", sa.column("disposition", sa.String), sa.column("body", sa.JSON))
    found = table.c.body["inspection"]["disposition"].as_string()
    op.execute(sa.update(table).values(disposition=found))


def downgrade() -> None:
    """Take the step back."""
    op.drop_index("ix_reinspections_model_version", "reinspections")
    with op.batch_alter_table("reinspections") as table:
        table.drop_column("disposition")
