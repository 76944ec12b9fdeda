"""Values that may be said once only, over all instances."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.types import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unique_value",
        sa.Column("register", sa.String(200), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("instance_id", sa.String(36), nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], ondelete="CASCADE"),
    )
    op.create_index("ix_unique_value_instance_id", "unique_value", ["instance_id"])


def downgrade() -> None:
    op.drop_table("unique_value")
