"""What somebody may deploy who was granted DEPLOY on single processes only."""

from __future__ import annotations

from sqlalchemy import or_, select

from engine import policy
from engine.commands.deployment_files import Read
from engine.store import tables as t
from engine.work import Work


def check_may_deploy(work: Work, read: Read) -> None:
    """Forbidden unless the actor holds DEPLOY on every process of the files. Calendars, and decisions that another process
    brought, concern everybody: they need DEPLOY on all."""
    actor = work.actor
    if policy.everywhere(actor, policy.DEPLOY):
        return
    for _, process in read.processes:
        policy.check(actor, policy.DEPLOY, process.id)
    if read.calendars or not read.processes:
        raise policy.refused(policy.DEPLOY)
    keys = [key for model in read.models.values() for key in model.decisions]
    d, p = t.decision_definition.c, t.definition.c
    held = sorted(policy.processes(actor, policy.DEPLOY))
    own = select(p.deployment_id).where(p.key.in_(held))
    shared = select(p.deployment_id).where(p.key.not_in(held))
    foreign = or_(d.deployment_id.not_in(own), d.deployment_id.in_(shared))
    if keys and work.connection.execute(select(d.id).where(d.key.in_(keys), foreign).limit(1)).first() is not None:
        raise policy.refused(policy.DEPLOY)
