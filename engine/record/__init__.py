"""Facts → rows: the sole writer of history, task, job and subscription rows.

What begins and ends within one turn is written once, in its final form. Every kind of row is written with at most one
statement, whatever the number of facts, so that a completed task costs a fixed, small number of statements.
"""

from engine.record.collect import collect
from engine.record.page import Page, Row, Subject, deliver_job, job_row, signal_job
from engine.record.write import write

__all__ = ["Page", "Row", "Subject", "collect", "deliver_job", "job_row", "signal_job", "write"]
