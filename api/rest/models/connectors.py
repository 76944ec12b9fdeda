"""Shapes: connectors, secrets, operations, mails."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from api.rest.models.common import EXAMPLE_ID, EXAMPLE_INSTANCE, In, Out, Str, Whole
from engine.commands.connectors import KEY_PATTERN, LONGEST_SECRET
from engine.connectors.configuration import LONGEST, MOST

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
SecretName = Annotated[str, Field(pattern=KEY_PATTERN, examples=["erp-token"])]
Hosts = Annotated[
    list[Annotated[Str, Field(max_length=260)]],
    Field(
        max_length=MOST,
        description="Hosts inside your own network, or other ports than 80, 443 and 8443, that may be called.",
        examples=[["erp.lan", "erp.lan:9000"]],
    ),
]


class HttpAuth(In):
    """How an HTTP connector proves itself; `secret` is the name of a secret, never the secret."""

    kind: Literal["bearer", "basic", "header", "query"] = Field(
        description="bearer: Authorization: Bearer; basic: with `user`; header: in `header`; query: in `parameter`."
    )
    secret: SecretName
    user: Str | None = Field(default=None, max_length=200)
    header: Str | None = Field(default=None, max_length=60, examples=["X-Api-Key"])
    parameter: Str | None = Field(default=None, max_length=60, examples=["access_token"])


class HttpConfig(In):
    """Where calls of an HTTP connector go, and with what."""

    url: Str = Field(max_length=LONGEST, description="Diagrams add a path.", examples=["https://erp.example.com/api"])
    headers: dict[Str, Annotated[Str, Field(max_length=LONGEST)]] = Field(
        default={}, max_length=MOST, description="Sent with every call.", examples=[{"X-Client": "facet"}]
    )
    auth: HttpAuth | None = None
    allow: Hosts = []
    methods: list[Method] = Field(default=[], max_length=5, description="What diagrams may do; empty: everything.")
    timeout: Annotated[int, Field(ge=1, le=50, description="Seconds; 20 if left out."), Whole] | None = None


class MailAuth(In):
    """How a mail connector signs in."""

    kind: Literal["basic"] = "basic"
    user: Str = Field(min_length=1, max_length=200)
    secret: SecretName


class MailConfig(In):
    """The mail server of a mail connector."""

    host: Str = Field(max_length=255, examples=["smtp.example.com"])
    port: Annotated[int, Field(ge=1, le=65535), Whole] = 587
    sender: Str = Field(max_length=320, examples=["office@example.com"])
    security: Literal["starttls", "tls", "none"] = "starttls"
    auth: MailAuth | None = None
    allow: Hosts = []


class HttpConnector(In):
    """A connector for `http.get` and its kind."""

    kind: Literal["http"]
    name: Str = Field(default="", max_length=200, examples=["ERP"])
    config: HttpConfig


class MailConnector(In):
    """A connector for `mail.send`."""

    kind: Literal["mail"]
    name: Str = Field(default="", max_length=200, examples=["Office mail"])
    config: MailConfig


ConnectorChange = Annotated[HttpConnector | MailConnector, Field(discriminator="kind")]


class Connector(Out):
    """A connector. `config` is as it was saved; it names its secret."""

    key: str = Field(examples=["erp"])
    kind: Literal["http", "mail"]
    name: str = Field(examples=["ERP"])
    config: dict[str, Any] = Field(
        examples=[{"url": "https://erp.example.com/api", "auth": {"kind": "bearer", "secret": "erp-token"}}]
    )
    disabled: bool
    missing: str | None = Field(description="The secret that it names and that is not there.")
    created_at: datetime
    changed_at: datetime
    changed_by: str = Field(examples=["ada"])


class Use(Out):
    """A process of which the newest version names the connector."""

    key: str = Field(examples=["sales"])
    name: str
    name_zh: str
    elements: list[str] = Field(description="Names of the tasks.", examples=[["Book the measuring"]])


class TryConnector(In):
    """What a trial asks for."""

    path: Str = Field(
        default="", max_length=1000, description="Below the connector's address; GET.", examples=["/health"]
    )


class Trial(Out):
    """What came of a trial. Nothing of the answer is shown but its status and size."""

    outcome: Literal["works", "answered", "refused", "not-reached"] = Field(
        description="works: the other side said yes; answered: something else; refused: Facet did not call."
    )
    message: str = Field(examples=["It works: the other side answered 200 after 48 ms."])
    message_zh: str = Field(examples=["连接正常：对方在 48 毫秒后应答 200。"])
    milliseconds: int = Field(examples=[48])
    status: int | None = Field(description="HTTP status.", examples=[200])
    size: int | None = Field(description="Bytes of the answer's body.", examples=[1311])


class Secret(Out):
    """That there is a secret, never which."""

    name: str = Field(examples=["erp-token"])
    used_by: list[str] = Field(description="Keys of connectors.", examples=[["erp"]])
    changed_at: datetime = Field(description="When it was set last.")
    changed_by: str = Field(examples=["ada"])


class NewSecret(In):
    """A secret to be kept."""

    value: Str = Field(
        min_length=1, max_length=LONGEST_SECRET, description="One line. It is never given back.", examples=["…"]
    )


class Parameter(Out):
    """A parameter of an operation."""

    name: str = Field(examples=["path"])
    about: str
    about_zh: str
    required: bool


class Operation(Out):
    """What a service task can call: `facet:operation`."""

    name: str = Field(examples=["http.get"])
    about: str
    about_zh: str
    kind: str | None = Field(description="Kind of the connector that it goes through.", examples=["http"])
    parameters: list[Parameter]
    result: str
    result_zh: str


class ConnectorChoice(Out):
    """A connector that a diagram can name."""

    key: str = Field(examples=["erp"])
    kind: Literal["http", "mail"]
    name: str = Field(examples=["ERP"])
    methods: list[str] = Field(examples=[["GET", "POST"]])
    disabled: bool


class Operations(Out):
    """What diagrams can call, and by which connectors."""

    operations: list[Operation]
    connectors: list[ConnectorChoice]


MailStatus = Literal["kept", "due", "failed", "sent"]


class Mail(Out):
    """A mail of a process."""

    id: str = Field(examples=[EXAMPLE_ID])
    instance_id: str | None = Field(examples=[EXAMPLE_INSTANCE])
    definition_key: str | None
    business_key: str | None
    recipients: list[str] = Field(examples=[["wang.fang@example.com"]])
    subject: str
    status: MailStatus = Field(description="kept: there was no mail server; failed: `error` says why.")
    connector: str | None = Field(description="The mail connector; null: the installation's mail server.")
    attempts: int
    error: str | None
    error_zh: str | None
    created_at: datetime
    tried_at: datetime | None
    sent_at: datetime | None


class MailDetail(Out):
    """A mail with its text."""

    mail: Mail
    text: str = Field(description="Markdown, as the process wrote it.")
    html: str | None


class MailServer(Out):
    """The installation's mail server (settings `FACET_SMTP_…`). All null: there is none, mails are kept."""

    host: str | None = Field(examples=["smtp.example.com"])
    port: int | None
    sender: str | None
    user: str | None
    security: str | None
