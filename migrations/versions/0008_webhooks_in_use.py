"""Webhooks in use: secrets that overlap, what came in last, and every attempt of a delivery."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.types import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_webhook_delivery_status": ("status", "created_at", "id"),
    "ix_webhook_delivery_created": ("created_at", "id"),
}


def upgrade() -> None:
    for table in ("hook", "webhook"):
        op.add_column(table, sa.Column("old_secret", sa.Text()))
        op.add_column(table, sa.Column("old_until", UtcDateTime()))
    op.add_column("hook", sa.Column("received_at", UtcDateTime()))
    op.add_column("hook", sa.Column("refused_at", UtcDateTime()))
    op.add_column("hook", sa.Column("refusal", sa.String(40)))
    op.add_column("webhook_delivery", sa.Column("next_at", UtcDateTime()))
    op.drop_index("ix_webhook_delivery_webhook", "webhook_delivery")
    op.create_index("ix_webhook_delivery_webhook", "webhook_delivery", ["webhook_id", "created_at", "id"])
    for name, columns in INDEXES.items():
        op.create_index(name, "webhook_delivery", list(columns))
    op.create_table(
        "webhook_attempt",
        sa.Column("delivery_id", sa.String(36), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Integer()),
        sa.Column("error", sa.Text()),
        sa.ForeignKeyConstraint(["delivery_id"], ["webhook_delivery.id"], ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("webhook_attempt")
    for name in INDEXES:
        op.drop_index(name, "webhook_delivery")
    op.drop_index("ix_webhook_delivery_webhook", "webhook_delivery")
    op.create_index("ix_webhook_delivery_webhook", "webhook_delivery", ["webhook_id", "id"])
    op.drop_column("webhook_delivery", "next_at")
    for column in ("refusal", "refused_at", "received_at"):
        op.drop_column("hook", column)
    for table in ("webhook", "hook"):
        op.drop_column(table, "old_until")
        op.drop_column(table, "old_secret")
