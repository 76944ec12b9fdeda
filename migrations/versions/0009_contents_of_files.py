"""Contents of files have rows of their own: what nobody names any more can be removed. Attachments know their form's field.

Going back, contents that were stored since stay under an address that the older version does not look at.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.types import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "content",
        sa.Column("place", sa.String(100), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("stored_at", UtcDateTime(), nullable=False),
        sa.Column("unused_at", UtcDateTime()),
        sa.Column("doomed_at", UtcDateTime()),
    )
    op.create_index("ix_content_digest", "content", ["digest"])
    op.create_index("ix_content_unused", "content", ["unused_at"])
    op.execute(
        "INSERT INTO content (place, digest, size, stored_at) "
        "SELECT digest, digest, max(size), min(created_at) FROM attachment GROUP BY digest"
    )
    op.add_column("attachment", sa.Column("place", sa.String(100)))
    op.execute("UPDATE attachment SET place = digest")
    op.drop_index("ix_attachment_digest", "attachment")
    with op.batch_alter_table("attachment") as table:
        table.alter_column("place", existing_type=sa.String(100), nullable=False)
        table.alter_column("size", existing_type=sa.Integer(), type_=sa.BigInteger(), existing_nullable=False)
        table.add_column(sa.Column("field", sa.String(400)))
        table.add_column(sa.Column("named", sa.Boolean(), nullable=False, server_default="0"))
        table.add_column(sa.Column("located", sa.Boolean(), nullable=False, server_default="0"))
        table.create_foreign_key("fk_attachment_place", "content", ["place"], ["place"])
    op.create_index("ix_attachment_place", "attachment", ["place"])
    op.execute(sa.text("UPDATE attachment SET named = :yes").bindparams(yes=True))


def downgrade() -> None:
    op.drop_index("ix_attachment_place", "attachment")
    with op.batch_alter_table("attachment") as table:
        table.drop_constraint("fk_attachment_place", type_="foreignkey")
        table.alter_column("size", existing_type=sa.BigInteger(), type_=sa.Integer(), existing_nullable=False)
        for column in ("located", "named", "field", "place"):
            table.drop_column(column)
    op.create_index("ix_attachment_digest", "attachment", ["digest"])
    op.drop_table("content")
