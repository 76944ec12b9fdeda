"""What service tasks can call. An operation is a name in the diagram (`facet:operation`) and a function here.

Operations run outside transactions, in the worker; each call carries an idempotency key (the job's id) that stays the same
over retries. An operation raises BpmnError for a business error, PermanentFailure when trying again cannot help, anything
else for a passing failure.
"""

from engine.connectors import http, mail
from engine.connectors.base import Call, Operation, PermanentFailure
from engine.connectors.records import number
from engine.connectors.smtp import MailServer
from engine.keys import Keys

OPERATIONS: dict[str, Operation] = {
    "records.number": number,
}
"""The operations that come with Facet, by name; `Services.operations` adds to them."""


def outside(keys: Keys, server: MailServer | None = None) -> dict[str, Operation]:
    """The operations that call the world outside; `server`: the installation's mail server."""
    return {**http.operations(keys), **mail.operations(keys, server)}


__all__ = ["OPERATIONS", "Call", "Operation", "PermanentFailure", "outside"]
