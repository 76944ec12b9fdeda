"""Webhooks for tests of what uses them: an inbound hook `bank`, and an outbound one with a delivery that was not tried yet."""

from __future__ import annotations

from engine import bus
from engine.actor import SYSTEM
from engine.commands.hooks import SaveHook
from engine.commands.webhooks import CreateWebhook, SendTestEvent, Target
from tests.support import World


def make_webhooks(world: World) -> tuple[str, str]:
    """Ids of the outbound webhook and of its delivery."""
    bus.run(world.services, SaveHook("bank", "Ping", "Bank", business_key="body.order"), SYSTEM)
    target = Target("CRM", "https://crm.example/in", ("instance.ended", "task.created"))
    webhook, _ = bus.run(world.services, CreateWebhook(target), SYSTEM)
    return webhook, bus.run(world.services, SendTestEvent(webhook), SYSTEM)
