"""The first schema: what can run, what runs, what happened, who."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.types import Json, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "deployment",
    "resource",
    "definition",
    "decision_definition",
    "calendar",
    "instance",
    "task",
    "task_candidate",
    "job",
    "external_task",
    "subscription",
    "outbox",
    "incident",
    "activity",
    "variable_change",
    "decision_evaluation",
    "audit",
    "comment",
    "attachment",
    "user_account",
    "user_group",
    "membership",
    "session",
    "api_token",
    "sign_in_attempt",
    "counter",
)
"""In the order of their creation: each refers to earlier ones only."""


def upgrade() -> None:
    _what_can_run()
    _what_runs()
    _what_happened()
    _who()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _what_can_run() -> None:
    op.create_table(
        "deployment",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("deployed_at", UtcDateTime(), nullable=False),
        sa.Column("deployed_by", sa.String(200)),
    )
    op.create_index("ix_deployment_digest", "deployment", ["digest"])
    op.create_table(
        "resource",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("deployment_id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["deployment_id"], ["deployment.id"], ondelete="CASCADE"),
        sa.UniqueConstraint("deployment_id", "name"),
    )
    op.create_table(
        "definition",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(400), nullable=False),
        sa.Column("name_zh", sa.String(400), nullable=False, server_default=""),
        sa.Column("deployment_id", sa.String(36), nullable=False),
        sa.Column("resource_name", sa.String(255), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("version_tag", sa.String(100)),
        sa.Column("starters", Json()),
        sa.Column("startable", sa.Boolean(), nullable=False),
        sa.Column("start_form", sa.String(200)),
        sa.Column("suspended", sa.Boolean(), nullable=False, server_default="0"),
        sa.Column("latest", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["deployment_id"], ["deployment.id"]),
        sa.UniqueConstraint("key", "version"),
    )
    op.create_index("ix_definition_latest", "definition", ["latest", "key"])
    op.create_table(
        "decision_definition",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(400), nullable=False),
        sa.Column("deployment_id", sa.String(36), nullable=False),
        sa.Column("resource_name", sa.String(255), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["deployment_id"], ["deployment.id"]),
        sa.UniqueConstraint("key", "version"),
    )
    op.create_table(
        "calendar",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("data", Json(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
    )


def _what_runs() -> None:
    op.create_table(
        "instance",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("definition_id", sa.String(36), nullable=False),
        sa.Column("definition_key", sa.String(200), nullable=False),
        sa.Column("definition_version", sa.Integer(), nullable=False),
        sa.Column("business_key", sa.String(200)),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("suspended", sa.Boolean(), nullable=False, server_default="0"),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text()),
        sa.Column("variables", Json(), nullable=False),
        sa.Column("incidents", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("initiator", sa.String(200)),
        sa.Column("parent_id", sa.String(36)),
        sa.Column("parent_token", sa.Integer()),
        sa.Column("root_id", sa.String(36), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("start_key", sa.String(255)),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("end_element_id", sa.String(255)),
        sa.Column("end_reason", sa.Text()),
        sa.ForeignKeyConstraint(["definition_id"], ["definition.id"]),
        sa.ForeignKeyConstraint(["parent_id"], ["instance.id"]),
        sa.UniqueConstraint("start_key"),
    )
    op.create_index("ix_instance_list", "instance", ["definition_key", "status", "started_at"])
    op.create_index("ix_instance_business_key", "instance", ["business_key"])
    op.create_index("ix_instance_status", "instance", ["status", "started_at"])
    op.create_index("ix_instance_initiator", "instance", ["initiator", "started_at"])
    op.create_index("ix_instance_parent", "instance", ["parent_id"])
    op.create_index("ix_instance_root", "instance", ["root_id"])
    op.create_table(
        "task",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("instance_id", sa.String(36), nullable=False),
        sa.Column("root_id", sa.String(36), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("definition_id", sa.String(36), nullable=False),
        sa.Column("definition_key", sa.String(200), nullable=False),
        sa.Column("business_key", sa.String(200)),
        sa.Column("element_id", sa.String(255), nullable=False),
        sa.Column("name", sa.String(400), nullable=False),
        sa.Column("name_zh", sa.String(400), nullable=False, server_default=""),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("assignee", sa.String(200)),
        sa.Column("owner", sa.String(200)),
        sa.Column("delegation", sa.String(16)),
        sa.Column("candidate_users", Json(), nullable=False),
        sa.Column("candidate_groups", Json(), nullable=False),
        sa.Column("not_who_did", Json(), nullable=False),
        sa.Column("form", sa.String(200)),
        sa.Column("priority", sa.Integer(), nullable=False, server_default="50"),
        sa.Column("due_at", UtcDateTime()),
        sa.Column("follow_up_at", UtcDateTime()),
        sa.Column("draft", Json()),
        sa.Column("draft_by", sa.String(200)),
        sa.Column("draft_at", UtcDateTime()),
        sa.Column("revision", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("claimed_at", UtcDateTime()),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("ended_by", sa.String(200)),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], ondelete="CASCADE"),
        sa.UniqueConstraint("instance_id", "token"),
    )
    op.create_index("ix_task_status", "task", ["status", "created_at", "id"])
    op.create_index("ix_task_assignee", "task", ["assignee", "status", "created_at", "id"])
    _partial_index("ix_task_due", "task", ["status", "due_at"], "due_at IS NOT NULL")
    _partial_index("ix_task_ended_by", "task", ["ended_by", "ended_at"], "ended_by IS NOT NULL")
    _partial_index("ix_task_owner", "task", ["owner", "status", "created_at", "id"], "owner IS NOT NULL")
    op.create_table(
        "task_candidate",
        sa.Column("task_id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(8), primary_key=True),
        sa.Column("subject", sa.String(200), primary_key=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_task_candidate_subject", "task_candidate", ["kind", "subject", "created_at", "task_id"])
    op.create_table(
        "job",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("instance_id", sa.String(36)),
        sa.Column("definition_id", sa.String(36)),
        sa.Column("token", sa.Integer()),
        sa.Column("wait", sa.Integer()),
        sa.Column("element_id", sa.String(255)),
        sa.Column("payload", Json(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("retries", sa.Integer(), nullable=False),
        sa.Column("retry_after", sa.Integer()),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("locked_by", sa.String(100)),
        sa.Column("locked_until", UtcDateTime()),
        sa.Column("error", sa.Text()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], ondelete="CASCADE"),
    )
    op.create_index("ix_job_instance", "job", ["instance_id", "token"])
    op.create_index("ix_job_due", "job", ["status", "due_at", "id"])
    op.create_table(
        "external_task",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("instance_id", sa.String(36), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("definition_key", sa.String(200), nullable=False),
        sa.Column("business_key", sa.String(200)),
        sa.Column("element_id", sa.String(255), nullable=False),
        sa.Column("topic", sa.String(200), nullable=False),
        sa.Column("data", Json(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("retries", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("worker_id", sa.String(200)),
        sa.Column("locked_until", UtcDateTime()),
        sa.Column("available_at", UtcDateTime(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], ondelete="CASCADE"),
        sa.UniqueConstraint("instance_id", "token"),
    )
    op.create_index("ix_external_task_topic", "external_task", ["topic", "status", "available_at"])
    op.create_table(
        "subscription",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("correlation", sa.String(400)),
        sa.Column("instance_id", sa.String(36)),
        sa.Column("token", sa.Integer()),
        sa.Column("wait", sa.Integer()),
        sa.Column("definition_id", sa.String(36)),
        sa.Column("definition_key", sa.String(200)),
        sa.Column("element_id", sa.String(255), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["definition_id"], ["definition.id"]),
    )
    op.create_index("ix_subscription_match", "subscription", ["kind", "name", "correlation"])
    op.create_index("ix_subscription_instance", "subscription", ["instance_id", "token"])
    op.create_index("ix_subscription_definition", "subscription", ["definition_key"])
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("message_id", sa.String(255)),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("correlation", sa.String(400)),
        sa.Column("business_key", sa.String(200)),
        sa.Column("payload", Json(), nullable=False),
        sa.Column("source_instance_id", sa.String(36)),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("receiver_instance_id", sa.String(36)),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime()),
        sa.Column("settled_at", UtcDateTime()),
        sa.UniqueConstraint("message_id"),
    )
    op.create_index("ix_outbox_held", "outbox", ["status", "name", "correlation"])
    op.create_index("ix_outbox_expiry", "outbox", ["status", "expires_at"])
    op.create_table(
        "incident",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("instance_id", sa.String(36), nullable=False),
        sa.Column("definition_key", sa.String(200), nullable=False),
        sa.Column("token", sa.Integer()),
        sa.Column("job_id", sa.String(36)),
        sa.Column("element_id", sa.String(255)),
        sa.Column("element_name", sa.String(400)),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("message_zh", sa.Text(), nullable=False, server_default=""),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("resolved_at", UtcDateTime()),
        sa.Column("resolved_by", sa.String(200)),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], ondelete="CASCADE"),
    )
    op.create_index("ix_incident_instance", "incident", ["instance_id", "status"])
    op.create_index("ix_incident_status", "incident", ["status", "created_at"])


def _partial_index(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def _what_happened() -> None:
    op.create_table(
        "activity",
        sa.Column("instance_id", sa.String(36), primary_key=True),
        sa.Column("token", sa.Integer(), primary_key=True),
        sa.Column("scope", sa.Integer(), nullable=False),
        sa.Column("element_id", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("name", sa.String(400), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("iteration", sa.Integer()),
        sa.Column("called_instance_id", sa.String(36)),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("completed_order", sa.String(36)),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "variable_change",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("instance_id", sa.String(36), nullable=False),
        sa.Column("scope", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("value", Json()),
        sa.Column("token", sa.Integer()),
        sa.Column("element_id", sa.String(255)),
        sa.Column("changed_by", sa.String(200)),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], ondelete="CASCADE"),
    )
    op.create_index("ix_variable_change_instance", "variable_change", ["instance_id", "id"])
    op.create_table(
        "decision_evaluation",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("decision_key", sa.String(200), nullable=False),
        sa.Column("decision_version", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.String(36)),
        sa.Column("token", sa.Integer()),
        sa.Column("element_id", sa.String(255)),
        sa.Column("inputs", Json(), nullable=False),
        sa.Column("output", Json()),
        sa.Column("detail", Json(), nullable=False),
        sa.Column("evaluated_by", sa.String(200)),
        sa.Column("evaluated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], ondelete="CASCADE"),
    )
    op.create_index("ix_decision_evaluation_key", "decision_evaluation", ["decision_key", "evaluated_at"])
    op.create_index("ix_decision_evaluation_instance", "decision_evaluation", ["instance_id"])
    op.create_table(
        "audit",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("on_behalf_of", sa.String(200)),
        sa.Column("command", sa.String(60), nullable=False),
        sa.Column("instance_id", sa.String(36)),
        sa.Column("task_id", sa.String(36)),
        sa.Column("subject", sa.String(400)),
        sa.Column("request_id", sa.String(64)),
        sa.Column("source", sa.String(100)),
        sa.Column("detail", Json(), nullable=False),
    )
    op.create_index("ix_audit_actor", "audit", ["actor", "id"])
    op.create_index("ix_audit_instance", "audit", ["instance_id", "id"])
    op.create_table(
        "comment",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("instance_id", sa.String(36), nullable=False),
        sa.Column("task_id", sa.String(36)),
        sa.Column("author", sa.String(200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], ondelete="CASCADE"),
    )
    op.create_index("ix_comment_instance", "comment", ["instance_id", "id"])
    op.create_table(
        "attachment",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("instance_id", sa.String(36)),
        sa.Column("task_id", sa.String(36)),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("uploaded_by", sa.String(200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], ondelete="CASCADE"),
    )
    op.create_index("ix_attachment_instance", "attachment", ["instance_id", "id"])
    op.create_index("ix_attachment_task", "attachment", ["task_id"])
    op.create_index("ix_attachment_digest", "attachment", ["digest"])


def _who() -> None:
    op.create_table(
        "user_account",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("username", sa.String(200), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("email", sa.String(320)),
        sa.Column("password_hash", sa.Text()),
        sa.Column("language", sa.String(8)),
        sa.Column("zone", sa.String(64)),
        sa.Column("theme", sa.String(8)),
        sa.Column("disabled", sa.Boolean(), nullable=False, server_default="0"),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.UniqueConstraint("username"),
    )
    op.create_table(
        "user_group",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("name_zh", sa.String(200), nullable=False, server_default=""),
        sa.Column("head", sa.String(200)),
        sa.Column("role", sa.String(16)),
    )
    op.create_table(
        "membership",
        sa.Column("user_id", sa.String(36), primary_key=True),
        sa.Column("group_key", sa.String(200), primary_key=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["group_key"], ["user_group.key"], ondelete="CASCADE"),
    )
    op.create_index("ix_membership_group", "membership", ["group_key"])
    op.create_table(
        "session",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("user_id", sa.String(36), nullable=False),
        sa.Column("csrf", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("address", sa.String(100)),
        sa.Column("agent", sa.String(300)),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], ondelete="CASCADE"),
    )
    op.create_index("ix_session_user_id", "session", ["user_id"])
    op.create_table(
        "api_token",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("user_id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("scopes", Json(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime()),
        sa.Column("used_at", UtcDateTime()),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], ondelete="CASCADE"),
        sa.UniqueConstraint("digest"),
    )
    op.create_index("ix_api_token_user_id", "api_token", ["user_id"])
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("username", sa.String(200), nullable=False),
        sa.Column("address", sa.String(100), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_sign_in_attempt_who", "sign_in_attempt", ["username", "address", "at"])
    op.create_index("ix_sign_in_attempt_address", "sign_in_attempt", ["address", "at"])
    op.create_table(
        "counter",
        sa.Column("series", sa.String(200), primary_key=True),
        sa.Column("value", sa.Integer(), nullable=False),
    )
