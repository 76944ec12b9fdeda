"""The helper process: `python -m engine.uploads.helper SECONDS BYTES`. Reads uploads from its standard input, one by one,
and answers each with one byte. It has no database, no secret and no file to write."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import engine.scripts
from engine.bpmn import LintContext
from engine.calendars import defaults, load
from engine.commands.deployment_files import decision_ids, decision_outputs, examine, form_infos, read_files
from engine.runtime.environment import DEFAULT_ZONE, Environment

try:
    import resource
except ImportError:  # a system without such limits: the clock alone bounds the helper
    resource = None  # type: ignore[assignment]

_LENGTH: Final = 8


def look(files: Mapping[str, bytes]) -> None:
    """Everything that a deployment does with files before it stores them. Whatever it finds is not its business here."""
    read = read_files(files)
    calendars = {**defaults(), **{key: load(data) for key, data in read.calendars.items()}}
    context = LintContext(
        forms=form_infos(read),
        decisions=decision_ids(read),
        decision_outputs=decision_outputs(read),
        calendars=set(calendars),
        check_script=engine.scripts.check,
    )
    environment = Environment(now=datetime.now(DEFAULT_ZONE), zone=DEFAULT_ZONE, calendars=calendars)
    examine(read, context, environment)


def main(seconds: int, memory: int) -> None:
    """Answers until the input ends or a limit ends the process."""
    incoming, outgoing = sys.stdin.buffer, sys.stdout.buffer
    if resource is not None:
        _limit(resource.RLIMIT_AS, memory)
        _limit(resource.RLIMIT_FSIZE, 0)
        _limit(resource.RLIMIT_CORE, 0)
    while head := incoming.read(_LENGTH):
        _allow(seconds)
        files = pickle.loads(incoming.read(int.from_bytes(head, "big")))
        try:
            look(files)
        except MemoryError:
            return
        except Exception as error:  # a fault of the reader's: the deployment meets it again, and tells it
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
        outgoing.write(b"1")
        outgoing.flush()


def _allow(seconds: int) -> None:
    """Processor time for one more upload; going beyond ends the process."""
    if resource is None:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + seconds + 1)


def _limit(what: int, value: int) -> None:
    """Lowers the soft limit; the hard one stays, since the next upload gets time of its own."""
    hard = resource.getrlimit(what)[1]
    try:
        resource.setrlimit(what, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))
    except (OSError, ValueError):  # not every system has every limit
        return


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
