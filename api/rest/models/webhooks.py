"""Shapes: inbound hooks, outbound webhooks, deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from api.rest.models.common import EXAMPLE_ID, EXAMPLE_INSTANCE, In, Out, Str

EXAMPLE_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
Event = Literal["instance.started", "instance.ended", "task.created", "task.ended", "incident.raised"]
State = Literal["due", "delivered", "failed"]


class Received(Out):
    """What became of the message."""

    receivers: int = Field(description="1: it reached the one who waited, or started a process.", examples=[1])
    held: bool = Field(description="Nobody waits for it yet: it is kept for a while (FACET_MESSAGE_EXPIRY_MINUTES).")


class HookChange(In):
    """An inbound hook, as it is to be."""

    name: Str = Field(default="", max_length=200, description="For people; empty: the key.", examples=["Bank"])
    message: Str = Field(min_length=1, max_length=255, description="Name of the BPMN message.", examples=["payment"])
    business_key: Str | None = Field(
        default=None, max_length=2000, description="FEEL over `body`: whom it is for.", examples=["body.order"]
    )
    correlation: Str | None = Field(
        default=None, max_length=2000, description="FEEL over `body`: a context of names and values.", examples=[None]
    )
    disabled: bool = Field(default=False, description="Calls are answered as if it were not there.")


class HookSecret(Out):
    """The secret that the other system signs with, shown this once."""

    secret: str | None = Field(description="Null when the hook was there before.", examples=[EXAMPLE_SECRET])


class Hook(Out):
    """An inbound hook."""

    key: str = Field(description="Calls go to `/hooks/{key}`.", examples=["bank"])
    name: str = Field(examples=["Bank"])
    message: str = Field(examples=["payment"])
    business_key: str | None
    correlation: str | None
    disabled: bool
    created_at: datetime
    changed_at: datetime
    old_until: datetime | None = Field(description="Until when the secret before the present one is good.")
    received_at: datetime | None = Field(description="The last message, to the minute.")
    refused_at: datetime | None = Field(description="The last call that was refused, to the minute.")
    refusal: str | None = Field(
        description="Why: missing, id, time, old, early, signature, secret, body or expression.", examples=["old"]
    )


class Renewal(In):
    """How a secret is renewed."""

    at_once: bool = Field(default=False, description="The old secret ends now, and not in 24 hours.")


class NewSecret(Out):
    """The new secret, shown this once."""

    secret: str = Field(examples=[EXAMPLE_SECRET])


class WebhookChange(In):
    """An outbound webhook, as it is to be."""

    name: Str = Field(min_length=1, max_length=200, examples=["CRM"])
    url: Str = Field(min_length=1, max_length=2000, examples=["https://crm.example.com/facet"])
    events: list[Event] = Field(min_length=1, max_length=10, examples=[["instance.ended"]])
    process: Str | None = Field(default=None, max_length=200, description="Only of this one; null: of all.")
    inside: bool = Field(
        default=False, description="The address may lie inside the network, be without TLS, use any port."
    )


class WebhookMade(Out):
    """A new webhook, and the secret to check its signatures with, shown this once."""

    id: str = Field(examples=[EXAMPLE_ID])
    secret: str = Field(examples=[EXAMPLE_SECRET])


class Webhook(Out):
    """An outbound webhook."""

    id: str = Field(examples=[EXAMPLE_ID])
    name: str
    url: str
    inside: bool
    events: list[str]
    process: str | None
    disabled: bool = Field(description="Paused: nothing is sent, and what happens is not kept for it.")
    created_at: datetime
    old_until: datetime | None = Field(description="Until when messages are signed by the secret before as well.")
    last: str | None = Field(description="State of the newest delivery: due, delivered or failed.")
    last_at: datetime | None


class Delivery(Out):
    """One event for one webhook."""

    id: str = Field(description="The header webhook-id, the same in every attempt.", examples=[EXAMPLE_ID])
    webhook_id: str
    webhook_name: str
    instance_id: str | None = Field(examples=[EXAMPLE_INSTANCE])
    event: str = Field(examples=["instance.ended"])
    status: str = Field(description="due, delivered or failed", examples=["delivered"])
    attempts: int
    answer: int | None = Field(description="HTTP status of the last attempt; null: no answer.", examples=[200])
    error: str | None
    error_zh: str | None
    created_at: datetime
    settled_at: datetime | None
    next_at: datetime | None = Field(description="When it is tried again.")


class Attempt(Out):
    """One attempt at a delivery."""

    number: int
    at: datetime
    milliseconds: int
    answer: int | None
    error: str | None
    error_zh: str | None


class DeliveryDetail(Out):
    """A delivery with what was sent and every attempt, the newest first."""

    delivery: Delivery
    payload: dict[str, Any] = Field(description="Empty when its case was erased.")
    tries: list[Attempt]
