"""Messages keep the names and values that they are correlated by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.types import Json

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("correlation_values", Json()))


def downgrade() -> None:
    op.drop_column("outbox", "correlation_values")
