"""What whoever installs Facet may choose: environment variables ``FACET_*``, all of them optional.

`Settings()` reads them once; everything else takes what it needs as an argument. ``docs/settings.md`` is `page()`,
written by ``python -m engine.settings``.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from engine.variables import Limits

PREFIX: Final = "FACET_"


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError) as error:
        raise ValueError(f"there is no time zone {name!r}") from error
    return name


def _said(default: Any, english: str, chinese: str, **limits: Any) -> Any:
    """A field with what the documentation says of it in both languages."""
    return Field(default, description=english, json_schema_extra={"zh": chinese}, **limits)


class Settings(BaseSettings):
    """All settings with their defaults. Raises pydantic.ValidationError that names the variable and what is wrong."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True)

    # where things are
    data_dir: Path = _said(
        Path("data"),
        "Directory for the SQLite file, the generated secret and uploaded files; made if missing.",
        "数据目录：SQLite 文件、自动生成的密钥和上传的文件；不存在时自动创建。",
    )
    database_url: str = Field(
        default_factory=lambda chosen: f"sqlite:///{chosen['data_dir']}/facet.db",
        description="The database: `sqlite:///data/facet.db` (inside the data directory unless given) or "
        "`postgresql://user:password@host/name`.",
        json_schema_extra={
            "zh": "数据库地址：`sqlite:///data/facet.db`（默认位于数据目录）或 `postgresql://user:password@host/name`。"
        },
    )
    synchronous: Literal["FULL", "NORMAL"] = _said(
        "FULL",
        "SQLite only. FULL: nothing that was answered is lost when the power goes; NORMAL: faster, may lose the latest.",
        "仅 SQLite。FULL：断电也不丢失已答复的操作；NORMAL：更快，断电可能丢失最后片刻的操作。",
    )
    pool_size: int = _said(
        8, "Database connections that a process keeps open.", "每个进程保持的数据库连接数。", ge=1, le=200
    )

    # the web server
    host: str = _said(
        "127.0.0.1",
        "Address to listen on; `0.0.0.0` for every network of the machine.",
        "监听地址；`0.0.0.0` 表示本机所有网络。",
    )
    port: int = _said(8000, "Port to listen on.", "监听端口。", ge=1, le=65535)
    public_url: str = _said(
        "",
        "Address by which people reach Facet, for links in mails: `https://facet.example.com`. Unset: the above.",
        "用户访问 Facet 的地址，用于邮件中的链接，例如 `https://facet.example.com`。未设置：监听地址。",
    )
    workers: int = _said(
        1,
        "Web server processes. More than one needs PostgreSQL; then about one per core.",
        "Web 服务进程数。多于一个时需要 PostgreSQL，建议每个 CPU 核心一个。",
        ge=1,
        le=64,
    )
    trusted_proxies: str = _said(
        "127.0.0.1",
        "Addresses of reverse proxies, separated by commas, whose `X-Forwarded-*` headers are believed.",
        "可信反向代理的地址（逗号分隔），仅采信它们的 `X-Forwarded-*` 头。",
    )
    language: Literal["en", "zh"] = _said(
        "en",
        "Language for people whose browser asks for neither English nor Chinese.",
        "浏览器既非英文也非中文时使用的语言。",
    )
    zone: Annotated[str, AfterValidator(_zone)] = _said(
        "Asia/Shanghai",
        "Time zone in which times are shown and timers without a zone are meant, unless a user chose another.",
        "显示时间、解释未注明时区的定时器所用的时区；用户可另行选择。",
    )

    # signing in
    secret: SecretStr | None = _said(
        None,
        "Key that signs what leaves the server and comes back, 32 characters or more. Unset: made once and kept in "
        "`secret` in the data directory, readable by its owner only.",
        "签名密钥，至少 32 个字符。未设置：首次启动时生成，保存在数据目录的 `secret` 文件中，仅所有者可读。",
        min_length=32,
    )
    session_idle_minutes: int = _said(
        30, "Minutes without a request after which a session ends.", "无操作多少分钟后会话结束。", ge=1
    )
    session_absolute_minutes: int = _said(
        720,
        "Minutes after signing in when a session ends in any case.",
        "登录多少分钟后会话必定结束。",
        ge=1,
    )
    cookie_secure: Literal["auto", "always"] = _said(
        "auto",
        "Whether the session's cookie is marked Secure: `auto` when the page came over HTTPS.",
        "会话 Cookie 是否标记为 Secure：`auto` 表示通过 HTTPS 访问时标记。",
    )

    # signing in elsewhere: OpenID Connect
    oidc_issuer: str = _said(
        "",
        "Address of an OpenID Connect provider (its `issuer`); with it the sign-in page has a button. "
        "Redirect address to register there: `<FACET_PUBLIC_URL>/oidc/callback`.",
        "OpenID Connect 提供方的地址（`issuer`）；设置后登录页显示单点登录按钮。"
        "需在提供方登记的回调地址：`<FACET_PUBLIC_URL>/oidc/callback`。",
        pattern=r"^(https?://\S+)?$",
    )
    oidc_client_id: str = _said("", "Client id that the provider gave to Facet.", "提供方分配给 Facet 的客户端标识。")
    oidc_client_secret: SecretStr | None = _said(
        None, "Client secret; unset for a public client (PKCE only).", "客户端密钥；公共客户端（仅 PKCE）不设置。"
    )
    oidc_name: str = _said("Single sign-on", "What the button calls the provider.", "按钮上显示的提供方名称。")
    oidc_scopes: str = _said("openid profile email", "Scopes that are asked for.", "请求的 scope。")
    oidc_username_claim: str = _said(
        "preferred_username", "Claim that becomes the user name of a new person.", "用作新用户登录名的 claim。"
    )
    oidc_groups_claim: str = _said(
        "groups", "Claim with the person's groups (a list, or texts with spaces).", "包含用户所属组的 claim。"
    )
    oidc_groups: str = _said(
        "",
        "Which of the provider's groups are which of Facet's: `their-name=key, other=key2`. These groups follow the "
        "provider at every sign-in; others stay as they are here.",
        "提供方的组与本系统组的对应：`对方组名=本地组标识`，逗号分隔。这些组在每次登录时与提供方同步，其他组不变。",
    )
    oidc_create_users: bool = _said(
        True,
        "Whether somebody who signs in for the first time becomes a user. Otherwise administrators add people before.",
        "首次登录者是否自动成为用户；否则须由管理员预先添加。",
    )

    # how much one caller may ask
    token_requests_per_minute: int = _said(
        1200,
        "Requests per minute of one API token, per server process; 0: no limit.",
        "单个 API 令牌每分钟的请求数（按服务进程计）；0 表示不限。",
        ge=0,
    )
    public_requests_per_minute: int = _said(
        600,
        "Requests per minute to public pages from one address without a session, per server process; 0: no limit.",
        "未登录时单个地址每分钟访问公开页面的次数（按服务进程计）；0 表示不限。",
        ge=0,
    )
    hook_requests_per_minute: int = _said(
        600,
        "Calls per minute of one inbound webhook, and from one address to all of them, per server process; 0: no limit.",
        "单个入站 webhook 每分钟的调用次数，亦为单个地址调用全部入站 webhook 的上限（按服务进程计）；0 表示不限。",
        ge=0,
    )
    max_connections: int = _said(
        1000,
        "Connections and requests at the same time of one server process; beyond them it answers 503.",
        "单个服务进程同时处理的连接和请求数；超出时返回 503。",
        ge=10,
    )

    # the worker: timers, service calls, messages
    worker_threads: int = _said(
        2, "Jobs that one worker runs at the same time.", "每个工作进程同时执行的作业数。", ge=1, le=64
    )
    worker_poll_seconds: float = _said(
        1.0,
        "Seconds between two looks for due jobs; new jobs of the same process start at once.",
        "检查到期作业的间隔秒数；同一进程产生的新作业立即开始。",
        gt=0,
        le=3600,
    )
    lease_seconds: int = _said(
        60,
        "Seconds after which a job that its worker has not finished may be taken by another.",
        "工作进程未完成的作业，多少秒后可由其他进程接手。",
        ge=5,
    )
    retries: int = _said(
        3,
        "Attempts at a failing job before it becomes an incident, unless its diagram says otherwise.",
        "作业失败后的总尝试次数，用尽后成为事件（incident）；流程图可另行规定。",
        ge=1,
        le=100,
    )
    message_expiry_minutes: int = _said(
        1440,
        "Minutes that a message is held when nobody waits for it yet, unless its sender says otherwise.",
        "消息到达而尚无接收者时保留的分钟数；发送方可另行指定。",
        ge=0,
    )
    webhook_log_days: int = _said(
        30,
        "Days for which it is kept what outbound webhooks were told, and what they answered.",
        "出站 webhook 投递记录的保留天数。",
        ge=2,
        le=3660,
    )

    # mails that processes send
    smtp_host: str = _said(
        "",
        "Mail server. Unset: mails are kept and can be read in the administration, none is sent.",
        "邮件服务器。未设置：邮件仅保存，可在管理页面查看，不会发送。",
    )
    smtp_port: int = _said(587, "Port of the mail server.", "邮件服务器端口。", ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = _said(
        "starttls", "How the connection to the mail server is protected.", "与邮件服务器连接的加密方式。"
    )
    smtp_user: str = _said("", "User name at the mail server.", "邮件服务器用户名。")
    smtp_password: SecretStr | None = _said(None, "Password at the mail server.", "邮件服务器密码。")
    mail_from: str = _said("facet@localhost", "Sender of the mails.", "发件人地址。")

    # what one process instance may use
    max_steps: int = _said(
        20_000, "Steps of an instance between two stops.", "流程实例在两次停顿之间的最大步数。", ge=100
    )
    max_tokens: int = _said(10_000, "Tokens of an instance at the same time.", "流程实例同时存在的最大令牌数。", ge=10)
    max_cardinality: int = _said(
        5_000, "Repetitions of one multi-instance activity.", "单个多实例活动的最大重复次数。", ge=1
    )
    max_call_depth: int = _said(
        50, "Processes that call each other, one inside the other.", "流程逐层调用的最大层数。", ge=1, le=500
    )
    max_data_kb: int = _said(512, "Size of the variables of one scope, in kB.", "单个作用域变量的总大小（kB）。", ge=1)
    max_data_values: int = _said(
        50_000, "Values in the variables of one scope.", "单个作用域变量中的值的总数。", ge=100
    )
    max_data_depth: int = _said(32, "Levels of lists and objects in a variable.", "变量的最大嵌套层数。", ge=2, le=150)
    script_seconds: float = _said(1.0, "Seconds that a script may take.", "脚本的最长运行秒数。", gt=0, le=60)
    script_memory_mb: int = _said(64, "Memory that a script may take, in MB.", "脚本可用的内存（MB）。", ge=8, le=1024)

    # what people may upload
    upload_mb: int = _said(20, "Size of an attached file or photo, in MB.", "附件或照片的最大大小（MB）。", ge=1)
    upload_days: int = _said(
        15,
        "Days that an upload is kept which no form has named: for a case that never began, or taken out of a form again.",
        "上传后未被任何表单使用的文件（流程未发起，或已从表单中移除）保留的天数。",
        ge=1,
    )
    diagram_mb: int = _said(
        2, "Size of a file of a deployment, in MB.", "部署文件（流程图等）的最大大小（MB）。", ge=1, le=20
    )

    # where files are
    files_url: str = _said(
        "",
        "Where attached files are: a folder, `s3://bucket/prefix` (needs `facet[s3]`) or another address of fsspec. "
        "Unset: `attachments` in the data directory.",
        "附件存放位置：目录、`s3://bucket/prefix`（需安装 `facet[s3]`）或 fsspec 支持的其他地址。"
        "未设置：数据目录下的 `attachments`。",
        pattern=r"^[^@]*$",  # access data have settings of their own, which are masked
    )
    files_endpoint: str = _said(
        "",
        "Address of an S3-compatible store that is not Amazon's, such as `https://minio.example.com`.",
        "非 Amazon 的 S3 兼容存储的地址，例如 `https://minio.example.com`。",
        pattern=r"^(https?://\S+)?$",
    )
    files_region: str = _said("", "Region of the bucket, where the store asks for one.", "存储桶所在区域（如需要）。")
    files_key: str = _said(
        "",
        "Access key id of the bucket. Unset: as other programs for S3 find it (`AWS_…`, the machine's role).",
        "存储桶的 Access Key ID。未设置：按 S3 程序的通用方式查找（`AWS_…` 变量、主机角色）。",
    )
    files_secret: SecretStr | None = _said(None, "Secret access key of the bucket.", "存储桶的 Secret Access Key。")
    files_addressing: Literal["auto", "path", "virtual"] = _said(
        "auto",
        "Whether the bucket stands in the path or in the host name of S3's addresses; some stores know only one.",
        "S3 地址中存储桶位于路径（path）还是主机名（virtual）；部分存储只支持其一。",
    )
    files_grace_hours: int = _said(
        24,
        "Hours until the content of a file is removed that nobody has any more: long enough for a backup to be complete.",
        "文件不再被引用后，其内容保留多少小时再删除；应足以完成一次备份。",
        ge=1,
    )

    # watching it
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = _said(
        "INFO", "Least level of what is logged.", "最低日志级别。"
    )
    log_format: Literal["auto", "json", "console"] = _said(
        "auto",
        "`json`: one object per line; `console`: for reading; `auto`: console on a terminal, else json.",
        "`json`：每行一个对象；`console`：便于阅读；`auto`：终端上为 console，否则为 json。",
    )
    metrics: bool = _said(
        True, "Whether `/metrics` answers, for Prometheus.", "是否提供 `/metrics`（供 Prometheus 采集）。"
    )

    @property
    def data_limits(self) -> Limits:
        """What `engine.variables.check` is to hold variables to."""
        return Limits(size=self.max_data_kb * 1024, values=self.max_data_values, depth=self.max_data_depth)

    def secret_key(self) -> bytes:
        """The secret's bytes: `secret`, else the file's, which is made now if there is none. OSError: it cannot be."""
        if self.secret is not None:
            return self.secret.get_secret_value().encode()
        path = self.data_dir / "secret"
        if not path.exists():
            self.data_dir.mkdir(parents=True, exist_ok=True)
            _write_once(path, secrets.token_urlsafe(48))
        return path.read_bytes().strip()


def _write_once(path: Path, text: str) -> None:
    """A whole file or none, for its owner only; of two processes at once the first one's stays."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()


def misspelt(environment: Iterable[str]) -> dict[str, str | None]:
    """Variables that begin with ``FACET_`` but mean nothing, with the nearest name that does."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    strange = (name for name in environment if name.startswith(PREFIX) and name.upper() not in known)
    return {name: next(iter(get_close_matches(name, known, 1)), None) for name in strange}


# --- documentation ----------------------------------------------------------------------------------------------------

_HEAD: Final = """# Settings · 设置

Facet runs without any setting. Each is an environment variable; a wrong value stops the start with its name and reason.
`facet check` shows what is in force and names misspelt variables.

不做任何设置即可运行 Facet。每项设置是一个环境变量；值有误时启动会停止并说明原因。
`facet check` 显示当前生效的设置，并指出拼写有误的变量。

| Variable · 变量 | Default · 默认值 | Meaning · 含义 |
|---|---|---|
"""


def page() -> str:
    """The page of the documentation: Markdown, one row per setting, in both languages."""
    rows = []
    for name, given in Settings.model_fields.items():
        extra = given.json_schema_extra
        chinese = extra["zh"] if isinstance(extra, dict) else ""
        rows.append(f"| `{PREFIX}{name.upper()}` | {_default(name)} | {given.description}<br>{chinese} |\n")
    return _HEAD + "".join(rows)


def _default(name: str) -> str:
    value = getattr(Settings.model_construct(), name)
    if value is None or value == "":
        return "–"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


if __name__ == "__main__":
    Path("docs").mkdir(exist_ok=True)
    Path("docs/settings.md").write_text(page(), encoding="utf-8")
