"""The engine put together from the settings: what the web server, the worker and the command line start with."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from engine.connectors import outside
from engine.connectors.smtp import MailServer
from engine.files import open_files
from engine.keys import Keys
from engine.runtime.environment import Limits
from engine.scripts import ScriptEnvironment
from engine.scripts.environment import ScriptLimits
from engine.settings import Settings
from engine.store.database import Database
from engine.store.migrate import prepare
from engine.uploads import UploadInspector
from engine.work import Services


def open_database(settings: Settings) -> Database:
    """The database of the settings; nothing is opened until it is used."""
    return Database(settings.database_url, synchronous=settings.synchronous, pool_size=settings.pool_size)


def open_services(settings: Settings) -> Services:
    """The engine's services on a database that is ready (`engine.store.migrate.prepare`).

    Call it after forking: the sandbox of scripts keeps processes of its own. `close_services` in the end.
    """
    database = open_database(settings)
    prepare(database)
    keys, server = Keys(settings.secret_key()), mail_server(settings)
    return Services(
        database,
        keys=keys,
        operations=outside(keys, server),
        mail_server=server,
        zone=ZoneInfo(settings.zone),
        limits=Limits(steps=settings.max_steps, tokens=settings.max_tokens, cardinality=settings.max_cardinality),
        data_limits=settings.data_limits,
        call_depth=settings.max_call_depth,
        default_retries=settings.retries,
        message_expiry_seconds=settings.message_expiry_minutes * 60,
        delivery_days=settings.webhook_log_days,
        scripts=ScriptEnvironment(
            ScriptLimits(seconds=settings.script_seconds, memory=settings.script_memory_mb * 1024 * 1024)
        ),
        inspector=UploadInspector(),
        files=open_files(settings),
        files_grace=timedelta(hours=settings.files_grace_hours),
        uploads_kept=timedelta(days=settings.upload_days),
    )


def mail_server(settings: Settings) -> MailServer | None:
    """The mail server of the settings, if they name one."""
    if not settings.smtp_host:
        return None
    password = settings.smtp_password
    return MailServer(
        settings.smtp_host,
        settings.smtp_port,
        settings.mail_from,
        settings.smtp_user or None,
        password.get_secret_value() if password is not None else None,
        settings.smtp_security,
    )


def close_services(services: Services) -> None:
    """Ends the helper processes and closes the database's connections."""
    if isinstance(services.scripts, ScriptEnvironment):
        services.scripts.close()
    if isinstance(services.inspector, UploadInspector):
        services.inspector.close()
    services.database.close()
