"""Facts → rows: the sole writer of history, task, job and subscription rows.

What begins and ends within one turn is written once, in its final form. Every kind of row is written with at most one
statement, whatever the number of facts, so that a completed task costs a fixed, small number of statements.
"""

from engine.record.collect import collect
from engine.record.held import correlation_key, deliveries, fits_variables, lock_message_names, message_key
from engine.record.page import Page, Row, Subject, clean, deliver_job, job_row, signal_job
from engine.record.write import write

__all__ = [
    "Page",
    "Row",
    "Subject",
    "clean",
    "collect",
    "correlation_key",
    "deliver_job",
    "deliveries",
    "fits_variables",
    "job_row",
    "lock_message_names",
    "message_key",
    "signal_job",
    "write",
]
