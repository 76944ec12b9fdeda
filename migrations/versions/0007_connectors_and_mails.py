"""Connectors can be switched off; mails say why they were not sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.types import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MAIL = ("connector", "attempts", "tried_at", "error", "error_zh")


def upgrade() -> None:
    op.add_column("connector", sa.Column("disabled", sa.Boolean(), nullable=False, server_default="0"))
    for column in (
        sa.Column("connector", sa.String(200)),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("tried_at", UtcDateTime()),
        sa.Column("error", sa.Text()),
        sa.Column("error_zh", sa.Text()),
    ):
        op.add_column("mail", column)
    op.create_index("ix_mail_status", "mail", ["status", "created_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_mail_status", "mail")
    with op.batch_alter_table("mail") as mail:
        for name in MAIL:
            mail.drop_column(name)
    with op.batch_alter_table("connector") as connector:
        connector.drop_column("disabled")
