"""What service tasks can call. An operation is a name in the diagram (`facet:operation`) and a function here.

Operations run outside transactions, in the worker; each call carries an idempotency key (the job's id) that stays the same
over retries. An operation raises BpmnError for a business error, PermanentFailure when trying again cannot help, anything
else for a passing failure.
"""

from engine.connectors.base import Call, Operation, PermanentFailure
from engine.connectors.records import number

OPERATIONS: dict[str, Operation] = {
    "records.number": number,
}
"""The operations that come with Facet, by name; `Services.operations` adds to them."""

__all__ = ["OPERATIONS", "Call", "Operation", "PermanentFailure"]
