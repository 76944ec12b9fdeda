"""Every table of Facet, as SQLAlchemy Core. The statements that use them live beside the nouns they serve.

Keys are UUIDv7 texts (`engine.ids.new_id`): they sort by creation, so pages of lists and inserts stay local in the
index. Times are UTC. JSON columns hold values encoded by `engine.variables` (exact decimals, tagged temporal values).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from engine.store.types import Json, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = String(36)
Key = String(200)


def _id() -> Column[str]:
    return Column("id", Id, primary_key=True)


# --- what can run -----------------------------------------------------------------------------------------------------

deployment = Table(
    "deployment",
    metadata,
    _id(),
    Column("name", String(200), nullable=False),
    Column("digest", String(64), nullable=False, index=True),
    Column("deployed_at", UtcDateTime, nullable=False),
    Column("deployed_by", Key),
)

resource = Table(
    "resource",
    metadata,
    _id(),
    Column("deployment_id", Id, ForeignKey("deployment.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(255), nullable=False),
    Column("kind", String(16), nullable=False),  # bpmn, dmn, form, calendar
    Column("content", LargeBinary, nullable=False),
    Column("digest", String(64), nullable=False),
    UniqueConstraint("deployment_id", "name"),
)

definition = Table(
    "definition",
    metadata,
    _id(),
    Column("key", Key, nullable=False),
    Column("version", Integer, nullable=False),
    Column("name", String(400), nullable=False),
    Column("name_zh", String(400), nullable=False, server_default=""),
    Column("deployment_id", Id, ForeignKey("deployment.id"), nullable=False),
    Column("resource_name", String(255), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("version_tag", String(100)),
    Column("starters", Json),  # group keys that may start it; null: everybody signed in
    Column("startable", Boolean, nullable=False),  # has a none start event
    Column("start_form", Key),
    Column("sensitive", Text, nullable=False, server_default=""),  # names of masked variables: ",iban,salary,"
    Column("suspended", Boolean, nullable=False, server_default="0"),
    Column("latest", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("key", "version"),
    Index("ix_definition_latest", "latest", "key"),
)

decision_definition = Table(
    "decision_definition",
    metadata,
    _id(),
    Column("key", Key, nullable=False),
    Column("version", Integer, nullable=False),
    Column("name", String(400), nullable=False),
    Column("deployment_id", Id, ForeignKey("deployment.id"), nullable=False),
    Column("resource_name", String(255), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("key", "version"),
)

calendar = Table(
    "calendar",
    metadata,
    Column("key", Key, primary_key=True),
    Column("data", Json, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)

# --- what runs --------------------------------------------------------------------------------------------------------

instance = Table(
    "instance",
    metadata,
    _id(),
    Column("definition_id", Id, ForeignKey("definition.id"), nullable=False),
    Column("definition_key", Key, nullable=False),
    Column("definition_version", Integer, nullable=False),
    Column("business_key", Key),
    Column("status", String(16), nullable=False),  # active, completed, terminated, cancelled
    Column("suspended", Boolean, nullable=False, server_default="0"),
    Column("revision", Integer, nullable=False),
    Column("state", Text),  # tokens, encoded by engine.runtime.codec; null when ended
    Column("variables", Json, nullable=False),  # the process scope
    Column("incidents", Integer, nullable=False, server_default="0"),  # open ones
    Column("initiator", Key),
    Column("parent_id", Id, ForeignKey("instance.id")),  # the calling instance
    Column("parent_token", Integer),
    Column("root_id", Id, nullable=False),
    Column("depth", Integer, nullable=False, server_default="0"),
    Column("start_key", String(255), unique=True),  # idempotency key of the start
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("end_element_id", String(255)),
    Column("end_reason", Text),
    Index("ix_instance_list", "definition_key", "status", "started_at"),
    Index("ix_instance_status", "status", "started_at"),
    Index("ix_instance_business_key", "business_key"),
    Index("ix_instance_initiator", "initiator", "started_at"),
    Index("ix_instance_parent", "parent_id"),
    Index("ix_instance_root", "root_id"),
)

task = Table(
    "task",
    metadata,
    _id(),
    Column("instance_id", Id, ForeignKey("instance.id", ondelete="CASCADE"), nullable=False),
    Column("root_id", Id, nullable=False),
    Column("token", Integer, nullable=False),
    Column("definition_id", Id, nullable=False),
    Column("definition_key", Key, nullable=False),
    Column("business_key", Key),
    Column("element_id", String(255), nullable=False),
    Column("name", String(400), nullable=False),
    Column("name_zh", String(400), nullable=False, server_default=""),
    Column("status", String(16), nullable=False),  # open, completed, cancelled
    Column("assignee", Key),
    Column("owner", Key),  # who delegated it and gets it back
    Column("delegation", String(16)),  # pending, resolved
    Column("candidate_users", Json, nullable=False),
    Column("candidate_groups", Json, nullable=False),
    Column("not_who_did", Json, nullable=False),  # usernames that may not work on it (four eyes)
    Column("form", Key),
    Column("priority", Integer, nullable=False, server_default="50"),
    Column("due_at", UtcDateTime),
    Column("follow_up_at", UtcDateTime),
    Column("draft", Json),
    Column("draft_by", Key),
    Column("draft_at", UtcDateTime),
    Column("revision", Integer, nullable=False, server_default="1"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("claimed_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("ended_by", Key),
    UniqueConstraint("instance_id", "token"),
    Index("ix_task_assignee", "assignee", "status", "created_at", "id"),
    Index("ix_task_status", "status", "created_at", "id"),
)
# every index is written with each task, so these hold only the rows that they are asked for
for _name, _asked, _columns in (
    ("ix_task_due", task.c.due_at, (task.c.status, task.c.due_at)),
    ("ix_task_ended_by", task.c.ended_by, (task.c.ended_by, task.c.ended_at)),
    ("ix_task_owner", task.c.owner, (task.c.owner, task.c.status, task.c.created_at, task.c.id)),
):
    Index(_name, *_columns, sqlite_where=_asked.is_not(None), postgresql_where=_asked.is_not(None))

# who may take an open, unassigned task: one row per candidate, so that the group inbox is an index scan
task_candidate = Table(
    "task_candidate",
    metadata,
    Column("task_id", Id, ForeignKey("task.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(8), primary_key=True),  # user, group
    Column("subject", Key, primary_key=True),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_task_candidate_subject", "kind", "subject", "created_at", "task_id"),
    sqlite_with_rowid=False,
)

job = Table(
    "job",
    metadata,
    _id(),
    Column("kind", String(24), nullable=False),  # timer, service, call, return, signal, start_timer, webhook, notify …
    Column("instance_id", Id, ForeignKey("instance.id", ondelete="CASCADE")),
    Column("definition_id", Id),
    Column("token", Integer),
    Column("wait", Integer),
    Column("element_id", String(255)),
    Column("payload", Json, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("retries", Integer, nullable=False),  # attempts left
    Column("retry_after", Integer),  # seconds between attempts; null: exponential
    Column("status", String(12), nullable=False),  # due, suspended (with its instance), failed
    Column("locked_by", String(100)),
    Column("locked_until", UtcDateTime),
    Column("error", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_job_due", "status", "due_at", "id"),
    Index("ix_job_instance", "instance_id", "token"),
)

external_task = Table(
    "external_task",
    metadata,
    _id(),
    Column("instance_id", Id, ForeignKey("instance.id", ondelete="CASCADE"), nullable=False),
    Column("token", Integer, nullable=False),
    Column("definition_key", Key, nullable=False),
    Column("business_key", Key),
    Column("element_id", String(255), nullable=False),
    Column("topic", Key, nullable=False),
    Column("data", Json, nullable=False),
    Column("priority", Integer, nullable=False, server_default="0"),
    Column("retries", Integer, nullable=False),
    Column("status", String(12), nullable=False),  # open, failed
    Column("worker_id", String(200)),
    Column("locked_until", UtcDateTime),
    Column("available_at", UtcDateTime, nullable=False),
    Column("error", Text),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("instance_id", "token"),
    Index("ix_external_task_topic", "topic", "status", "available_at"),
)

subscription = Table(
    "subscription",
    metadata,
    _id(),
    Column("kind", String(8), nullable=False),  # message, signal
    Column("name", String(255), nullable=False),
    Column("correlation", String(400)),  # the key that a message must carry; null for signals and start events
    Column("instance_id", Id, ForeignKey("instance.id", ondelete="CASCADE")),
    Column("token", Integer),
    Column("wait", Integer),
    Column("definition_id", Id, ForeignKey("definition.id")),  # start subscription
    Column("definition_key", Key),
    Column("element_id", String(255), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_subscription_match", "kind", "name", "correlation"),
    Index("ix_subscription_instance", "instance_id", "token"),
    Index("ix_subscription_definition", "definition_key"),
)

# messages on their way: thrown by an instance or sent from outside, held until somebody waits for them or they expire
outbox = Table(
    "outbox",
    metadata,
    _id(),
    Column("message_id", String(255), unique=True),  # idempotency key
    Column("name", String(255), nullable=False),
    Column("correlation", String(400)),
    Column("correlation_values", Json),  # keys and values, where they were given: may be variables of the receiver
    Column("business_key", Key),
    Column("payload", Json, nullable=False),
    Column("source_instance_id", Id),
    Column("status", String(12), nullable=False),  # held, delivered, expired
    Column("receiver_instance_id", Id),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("settled_at", UtcDateTime),
    Index("ix_outbox_held", "status", "name", "correlation"),
    Index("ix_outbox_expiry", "status", "expires_at"),
)

incident = Table(
    "incident",
    metadata,
    _id(),
    Column("instance_id", Id, ForeignKey("instance.id", ondelete="CASCADE"), nullable=False),
    Column("definition_key", Key, nullable=False),
    Column("token", Integer),
    Column("job_id", Id),
    Column("element_id", String(255)),
    Column("element_name", String(400)),
    Column("kind", String(40), nullable=False),  # error code
    Column("message", Text, nullable=False),
    Column("message_zh", Text, nullable=False, server_default=""),
    Column("status", String(12), nullable=False),  # open, resolved
    Column("created_at", UtcDateTime, nullable=False),
    Column("resolved_at", UtcDateTime),
    Column("resolved_by", Key),
    Index("ix_incident_status", "status", "created_at"),
    Index("ix_incident_instance", "instance_id", "status"),
)

# --- what happened ----------------------------------------------------------------------------------------------------

activity = Table(
    "activity",
    metadata,
    Column("instance_id", Id, ForeignKey("instance.id", ondelete="CASCADE"), primary_key=True),
    Column("token", Integer, primary_key=True),
    Column("scope", Integer, nullable=False),
    Column("element_id", String(255), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("name", String(400), nullable=False),
    Column("status", String(12), nullable=False),  # active, completed, cancelled, failed
    Column("iteration", Integer),
    Column("called_instance_id", Id),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("completed_order", String(36)),  # UUIDv7 of the completion: the order of completions over all instances
    sqlite_with_rowid=False,
)

variable_change = Table(
    "variable_change",
    metadata,
    _id(),
    Column("instance_id", Id, ForeignKey("instance.id", ondelete="CASCADE"), nullable=False),
    Column("scope", Integer, nullable=False),  # token of the scope; 0: the process
    Column("name", String(255), nullable=False),
    Column("value", Json),
    Column("token", Integer),  # the activity that wrote it
    Column("element_id", String(255)),
    Column("changed_by", Key),
    Column("changed_at", UtcDateTime, nullable=False),
    Index("ix_variable_change_instance", "instance_id", "id"),
)

decision_evaluation = Table(
    "decision_evaluation",
    metadata,
    _id(),
    Column("decision_key", Key, nullable=False),
    Column("decision_version", Integer, nullable=False),
    Column("instance_id", Id, ForeignKey("instance.id", ondelete="CASCADE")),
    Column("token", Integer),
    Column("element_id", String(255)),
    Column("inputs", Json, nullable=False),
    Column("output", Json),
    Column("detail", Json, nullable=False),  # per decision evaluated: name, matched rules, output
    Column("evaluated_by", Key),
    Column("evaluated_at", UtcDateTime, nullable=False),
    Index("ix_decision_evaluation_instance", "instance_id"),
    Index("ix_decision_evaluation_key", "decision_key", "evaluated_at"),
)

audit = Table(
    "audit",
    metadata,
    _id(),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Key, nullable=False),
    Column("on_behalf_of", Key),
    Column("command", String(60), nullable=False),
    Column("instance_id", Id),
    Column("task_id", Id),
    Column("subject", String(400)),
    Column("request_id", String(64)),
    Column("source", String(100)),  # address of the client, or "worker", "cli"
    Column("detail", Json, nullable=False),
    # the chain, written by the worker when it seals the entry (engine.audit); null until then
    Column("position", Integer, unique=True),  # 1, 2, 3 … without gaps
    Column("salts", Json),  # part → salt of its commitment; removed with what is erased
    Column("commitments", Json),  # part → HMAC of its value: what the MAC covers instead of personal data
    Column("mac", String(64)),  # over the entry and the MAC before it
    Column("erased_by", Json),  # part → id of the audit entry of the erasure
    Index("ix_audit_instance", "instance_id", "id"),
    Index("ix_audit_actor", "actor", "id"),
    Index("ix_audit_command", "command", "id"),
)

comment = Table(
    "comment",
    metadata,
    _id(),
    Column("instance_id", Id, ForeignKey("instance.id", ondelete="CASCADE"), nullable=False),
    Column("task_id", Id, ForeignKey("task.id", ondelete="CASCADE")),
    Column("author", Key, nullable=False),
    Column("text", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_comment_instance", "instance_id", "id"),
)

content = Table(  # what stands in the file store; several attachments may have the same content
    "content",
    metadata,
    Column("place", String(100), primary_key=True),  # its address there, never used again
    Column("digest", String(64), nullable=False),  # SHA-256 in hex
    Column("size", BigInteger, nullable=False),  # bytes
    Column("stored_at", UtcDateTime, nullable=False),
    Column("unused_at", UtcDateTime),  # since when no attachment has been seen to have it
    Column("doomed_at", UtcDateTime),  # it is being removed: nobody may take it any more
    Index("ix_content_digest", "digest"),
    Index("ix_content_unused", "unused_at"),
)

attachment = Table(
    "attachment",
    metadata,
    _id(),
    Column("instance_id", Id, ForeignKey("instance.id", ondelete="CASCADE")),
    Column("task_id", Id, ForeignKey("task.id", ondelete="SET NULL")),
    Column("name", String(255), nullable=False),
    Column("media_type", String(100), nullable=False),
    Column("size", BigInteger, nullable=False),  # bytes
    Column("digest", String(64), nullable=False),  # SHA-256 of the content
    Column("place", String(100), ForeignKey("content.place"), nullable=False),
    Column("field", String(400)),  # of the form's field that it is for: `lines.photo`; null: it is for the whole case
    Column("named", Boolean, nullable=False, server_default="0"),  # a form that was accepted names it
    Column(
        "located", Boolean, nullable=False, server_default="0"
    ),  # it may say where it was taken: the field asked for it
    Column("uploaded_by", Key, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_attachment_instance", "instance_id", "id"),
    Index("ix_attachment_task", "task_id"),
    Index("ix_attachment_place", "place"),
)

# --- who --------------------------------------------------------------------------------------------------------------

user = Table(
    "user_account",
    metadata,
    _id(),
    Column("username", Key, nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("email", String(320)),
    Column("password_hash", Text),
    Column("language", String(8)),  # en, zh; null: the browser's
    Column("zone", String(64)),  # IANA zone; null: the installation's
    Column("theme", String(8)),
    Column("disabled", Boolean, nullable=False, server_default="0"),
    Column("created_at", UtcDateTime, nullable=False),
)

group = Table(
    "user_group",
    metadata,
    Column("key", Key, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("name_zh", String(200), nullable=False, server_default=""),
    Column("head", Key),  # username; escalations go there
    Column("role", String(16)),  # what its members may do in Facet itself: staff, owner, manager, admin
)

membership = Table(
    "membership",
    metadata,
    Column("user_id", Id, ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True),
    Column("group_key", Key, ForeignKey("user_group.key", ondelete="CASCADE"), primary_key=True),
    Index("ix_membership_group", "group_key"),
)

# what somebody may do beside what a role gives (engine.policy)
grant = Table(
    "permission",
    metadata,
    _id(),
    Column("subject_kind", String(8), nullable=False),  # user, group
    Column("subject", Key, nullable=False),  # username or group key
    Column("resource", String(8), nullable=False),  # PROCESS, SYSTEM
    Column("resource_id", Key, nullable=False),  # process key or *
    Column("action", String(16), nullable=False),  # START, READ_INSTANCE …
    Column("granted_by", Key, nullable=False),
    Column("granted_at", UtcDateTime, nullable=False),
    UniqueConstraint("subject_kind", "subject", "resource", "resource_id", "action"),
)

# whom an OpenID Connect provider knows, and who that is here
identity = Table(
    "identity",
    metadata,
    _id(),
    Column("user_id", Id, ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("issuer", String(400), nullable=False),
    Column("subject", String(255), nullable=False),  # the provider's own id of the person: never reused (OIDC Core 2)
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("issuer", "subject"),
)

session = Table(
    "session",
    metadata,
    Column("digest", String(64), primary_key=True),  # SHA-256 of the cookie's value
    Column("user_id", Id, ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("csrf", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("address", String(100)),
    Column("agent", String(300)),
)

token = Table(
    "api_token",
    metadata,
    _id(),
    Column("user_id", Id, ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", String(200), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("scopes", Json, nullable=False),  # empty: everything the user may
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("used_at", UtcDateTime),
)

sign_in_attempt = Table(
    "sign_in_attempt",
    metadata,
    _id(),
    Column("username", Key, nullable=False),
    Column("address", String(100), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_sign_in_attempt_who", "username", "address", "at"),
    Index("ix_sign_in_attempt_address", "address", "at"),
)

# numbers without gaps per series and day (JC-20260302-0001): the `records.number` operation
counter = Table(
    "counter",
    metadata,
    Column("series", String(200), primary_key=True),
    Column("value", Integer, nullable=False),
)

# what may be said once only, over all instances: the fields with `x-unique`; digests, so that nothing personal is kept
unique_value = Table(
    "unique_value",
    metadata,
    Column("register", Key, primary_key=True),
    Column("digest", String(64), primary_key=True),  # SHA-256 of the value, see `engine.commands.unique`
    Column("instance_id", Id, ForeignKey("instance.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("taken_at", UtcDateTime, nullable=False),
)

# --- the world outside --------------------------------------------------------------------------------------------------

# what service tasks may call, by name: addresses and secrets belong to administrators, diagrams only name them
connector = Table(
    "connector",
    metadata,
    Column("key", Key, primary_key=True),
    Column("kind", String(16), nullable=False),  # http, mail
    Column("name", String(200), nullable=False),
    Column("config", Json, nullable=False),  # address, headers, hosts …; never a secret
    Column("disabled", Boolean, nullable=False, server_default="0"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("changed_by", Key, nullable=False),
)

secret = Table(
    "secret",
    metadata,
    Column("name", Key, primary_key=True),
    Column("ciphertext", Text, nullable=False),  # Fernet, by a key that is derived from FACET_SECRET
    Column("changed_at", UtcDateTime, nullable=False),
    Column("changed_by", Key, nullable=False),
)

# mails on their way, and those that an installation without a mail server kept
mail = Table(
    "mail",
    metadata,
    _id(),
    Column("key", String(255), unique=True),  # idempotency key
    Column("instance_id", Id, ForeignKey("instance.id", ondelete="CASCADE")),
    Column("recipients", Json, nullable=False),
    Column("subject", String(998), nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text),
    Column("status", String(12), nullable=False),  # kept (no mail server), due, failed, sent
    Column("created_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("connector", Key),  # the mail connector that sends it; null: the installation's mail server
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("tried_at", UtcDateTime),
    Column("error", Text),  # why the last attempt failed
    Column("error_zh", Text),
    Index("ix_mail_instance", "instance_id", "id"),
    Index("ix_mail_status", "status", "created_at", "id"),
)

# who may send messages in by webhook
hook = Table(
    "hook",
    metadata,
    Column("key", Key, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("message", String(255), nullable=False),  # name of the message that a call becomes
    Column("business_key", Text),  # FEEL over the body; null: none
    Column("correlation", Text),  # FEEL over the body, a context; null: none
    Column("secret", Text, nullable=False),  # encrypted
    Column("old_secret", Text),  # encrypted; still good until old_until
    Column("old_until", UtcDateTime),
    Column("disabled", Boolean, nullable=False, server_default="0"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("received_at", UtcDateTime),  # the last message, to the minute
    Column("refused_at", UtcDateTime),  # the last one that was refused, to the minute
    Column("refusal", String(40)),  # why: engine.hooks.REASONS
)

# who is told what happens
webhook = Table(
    "webhook",
    metadata,
    _id(),
    Column("name", String(200), nullable=False),
    Column("url", Text, nullable=False),
    Column("hosts", Json, nullable=False),  # hosts inside one's own network that an administrator allowed
    Column("events", Json, nullable=False),  # instance.ended, task.created …
    Column("process", Key),  # only of this process; null: of all
    Column("secret", Text, nullable=False),  # encrypted
    Column("old_secret", Text),  # encrypted; signed with as well until old_until
    Column("old_until", UtcDateTime),
    Column("disabled", Boolean, nullable=False, server_default="0"),
    Column("created_at", UtcDateTime, nullable=False),
)

webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    _id(),
    Column("webhook_id", Id, ForeignKey("webhook.id", ondelete="CASCADE"), nullable=False),
    Column("instance_id", Id),
    Column("event", String(40), nullable=False),
    Column("payload", Json, nullable=False),
    Column("status", String(12), nullable=False),  # due, delivered, failed
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("answer", Integer),  # HTTP status of the last attempt
    Column("error", Text),
    Column("error_zh", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
    Column("next_at", UtcDateTime),  # of the next attempt, after one that failed
    Index("ix_webhook_delivery_webhook", "webhook_id", "created_at", "id"),
    Index("ix_webhook_delivery_status", "status", "created_at", "id"),
    Index("ix_webhook_delivery_created", "created_at", "id"),
    Index("ix_webhook_delivery_instance", "instance_id"),
)

# what came of each attempt
webhook_attempt = Table(
    "webhook_attempt",
    metadata,
    Column("delivery_id", Id, ForeignKey("webhook_delivery.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("milliseconds", Integer, nullable=False),
    Column("answer", Integer),  # HTTP status; null: there was no answer
    Column("error", Text),
    Column("error_zh", Text),
    sqlite_with_rowid=False,
)
