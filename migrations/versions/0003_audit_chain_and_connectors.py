"""The audit's chain; connectors, secrets, mails and webhooks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.types import Json, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = ("connector", "secret", "mail", "hook", "webhook", "webhook_delivery")
CHAIN = ("position", "salts", "commitments", "mac", "erased_by")


def upgrade() -> None:
    with op.batch_alter_table("audit") as audit:
        audit.add_column(sa.Column("position", sa.Integer()))
        audit.add_column(sa.Column("salts", Json()))
        audit.add_column(sa.Column("commitments", Json()))
        audit.add_column(sa.Column("mac", sa.String(64)))
        audit.add_column(sa.Column("erased_by", Json()))
        audit.create_unique_constraint("uq_audit_position", ["position"])
    op.create_index("ix_audit_command", "audit", ["command", "id"])
    _connectors()
    _webhooks()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_index("ix_audit_command", "audit")
    with op.batch_alter_table("audit") as audit:
        audit.drop_constraint("uq_audit_position", type_="unique")
        for column in CHAIN:
            audit.drop_column(column)


def _connectors() -> None:
    op.create_table(
        "connector",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("config", Json(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.String(200), nullable=False),
    )
    op.create_table(
        "secret",
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("ciphertext", sa.Text(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.String(200), nullable=False),
    )
    op.create_table(
        "mail",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("key", sa.String(255), unique=True),
        sa.Column("instance_id", sa.String(36)),
        sa.Column("recipients", Json(), nullable=False),
        sa.Column("subject", sa.String(998), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text()),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime()),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], ondelete="CASCADE"),
    )
    op.create_index("ix_mail_instance", "mail", ["instance_id", "id"])


def _webhooks() -> None:
    op.create_table(
        "hook",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("message", sa.String(255), nullable=False),
        sa.Column("business_key", sa.Text()),
        sa.Column("correlation", sa.Text()),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False, server_default="0"),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
    )
    op.create_table(
        "webhook",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("hosts", Json(), nullable=False),
        sa.Column("events", Json(), nullable=False),
        sa.Column("process", sa.String(200)),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False, server_default="0"),
        sa.Column("created_at", UtcDateTime(), nullable=False),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("webhook_id", sa.String(36), nullable=False),
        sa.Column("instance_id", sa.String(36)),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("payload", Json(), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("answer", sa.Integer()),
        sa.Column("error", sa.Text()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime()),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhook.id"], ondelete="CASCADE"),
    )
    op.create_index("ix_webhook_delivery_webhook", "webhook_delivery", ["webhook_id", "id"])
    op.create_index("ix_webhook_delivery_instance", "webhook_delivery", ["instance_id"])
