"""Why a delivery failed, in both languages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = ("webhook_delivery", "webhook_attempt")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("error_zh", sa.Text()))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "error_zh")
