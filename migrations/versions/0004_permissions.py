"""Permissions, and the names of masked variables beside each definition."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from lxml import etree

from engine.store.types import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}process"
_SENSITIVE = "{urn:facet:bpmn:1}sensitiveVariables"


def upgrade() -> None:
    op.create_table(
        "permission",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("subject_kind", sa.String(8), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("resource", sa.String(8), nullable=False),
        sa.Column("resource_id", sa.String(200), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("granted_by", sa.String(200), nullable=False),
        sa.Column("granted_at", UtcDateTime(), nullable=False),
        sa.UniqueConstraint("subject_kind", "subject", "resource", "resource_id", "action"),
    )
    op.add_column("definition", sa.Column("sensitive", sa.Text(), nullable=False, server_default=""))
    _read_what_is_deployed()


def _read_what_is_deployed() -> None:
    connection = op.get_bind()
    rows = connection.execute(
        sa.text(
            "SELECT d.id, d.key, r.content FROM definition d "
            "JOIN resource r ON r.deployment_id = d.deployment_id AND r.name = d.resource_name"
        )
    ).all()
    for id, key, content in rows:
        names = _sensitive(bytes(content), key)
        if names:
            text = sa.text("UPDATE definition SET sensitive = :names WHERE id = :id")
            connection.execute(text, {"names": f",{','.join(names)},", "id": id})


def _sensitive(content: bytes, key: str) -> list[str]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    for process in etree.fromstring(content, parser).iter(_BPMN):
        if process.get("id") == key:
            return sorted({part.strip() for part in process.get(_SENSITIVE, "").split(",") if part.strip()})
    return []


def downgrade() -> None:
    op.drop_column("definition", "sensitive")
    op.drop_table("permission")
