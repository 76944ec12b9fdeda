"""Trying a connector on behalf of an administrator: the call outside any transaction, then its line in the audit."""

from __future__ import annotations

from engine import policy
from engine.actor import Actor
from engine.bus import run
from engine.commands.connectors import TryConnector
from engine.connectors.registry import load
from engine.connectors.trial import Trial, attempt, attempt_server
from engine.errors import Conflict
from engine.work import Services

MAIL_SERVER = "mail-server"
"""Stands in the audit for the installation's own mail server."""


def try_connector(
    services: Services,
    actor: Actor,
    key: str,
    path: str = "",
    *,
    request_id: str | None = None,
    source: str | None = None,
) -> Trial:
    """Tries a connector, whether it is switched on or not. Forbidden but for administrators, NotFound."""
    policy.check_admin(actor)
    trial = attempt(load(services.database, services.keys, key), path)
    run(services, TryConnector(key, trial.outcome, trial.status), actor, request_id=request_id, source=source)
    return trial


def try_mail_server(
    services: Services, actor: Actor, *, request_id: str | None = None, source: str | None = None
) -> Trial:
    """Tries the installation's mail server. Forbidden but for administrators, Conflict where there is none."""
    policy.check_admin(actor)
    if services.mail_server is None:
        raise Conflict(
            "There is no mail server: FACET_SMTP_HOST is not set.", "没有邮件服务器：未设置 FACET_SMTP_HOST。"
        )
    trial = attempt_server(services.mail_server)
    run(services, TryConnector(MAIL_SERVER, trial.outcome), actor, request_id=request_id, source=source)
    return trial
