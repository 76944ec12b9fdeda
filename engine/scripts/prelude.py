"""The Python that stands before and after a script in the sandbox."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Final

from engine.scripts.names import READY

MARK: Final = "\x02facet\x02"
"""Begins the text of an exception that carries a message to the host instead of a sentence."""

PRELUDE: Final = """
import json as _facet_json
from collections import deque as _facet_deque
from decimal import Decimal as _facet_decimal, getcontext as _facet_context
from datetime import date as _facet_date, datetime as _facet_datetime, time as _facet_time
from datetime import timedelta as _facet_timedelta, timezone as _facet_timezone
_facet_context().prec = 34
_facet_number = (float, _facet_decimal)
_facet_leaves = (str, int, float, _facet_decimal, _facet_date, _facet_time, _facet_timedelta)
def _facet_num(value):
    if type(value) is float and value - value == 0:
        return _facet_decimal(str(value))
    return value
def _facet_dec(value):
    return _facet_decimal(value) if type(value) is int else value
def _facet_div(left, right):
    if isinstance(left, int) and isinstance(right, int):
        if right == 0:
            raise ZeroDivisionError("division by zero")
        return _facet_decimal(left) / _facet_decimal(right)
    return _facet_num(left / right)
def _facet_span(days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0):
    total = (((days + weeks * 7) * 24 + hours) * 60 + minutes) * 60 + seconds
    rest = int(round(total * 1000000 + milliseconds * 1000 + microseconds))
    return _facet_timedelta(days=rest // 86400000000, microseconds=rest % 86400000000)
def _facet_tell(*what):
    return Exception("\\x02facet\\x02" + _facet_json.dumps(what))
def BpmnError(code, message=""):
    return _facet_tell("bpmn", str(code), str(message))
_facet_is, _facet_len, _facet_text, _facet_type = isinstance, len, str, type
_facet_dict, _facet_int, _facet_lists = dict, int, (list, tuple, _facet_deque)
def _facet_keep(value, name, depth, used):
    used[0] += 1
    if used[0] > NODES:
        raise _facet_tell("nodes", name)
    if depth > DEPTH:
        raise _facet_tell("depth", name)
    if _facet_is(value, _facet_dict):
        kept = {}
        for key in value:
            if not _facet_is(key, _facet_text):
                raise _facet_tell("key", name, _facet_text(_facet_type(key).__name__), _facet_text(key)[:80])
            _facet_use(_facet_len(key), name, used)
            kept[key] = _facet_keep(value[key], name, depth + 1, used)
        return kept
    if _facet_is(value, _facet_lists):
        return [_facet_keep(item, name, depth + 1, used) for item in value]
    if _facet_is(value, _facet_int):
        if not -LARGE < value < LARGE:
            raise _facet_tell("number", name)
    elif _facet_is(value, _facet_text):
        _facet_use(_facet_len(value), name, used)
    elif _facet_is(value, _facet_decimal):
        _facet_use(_facet_len(_facet_text(value)), name, used)
    elif _facet_is(value, (_facet_datetime, _facet_time)):
        _facet_use(_facet_len(_facet_text(value.tzinfo)), name, used)
    elif value is not None and not _facet_is(value, _facet_leaves) and not _facet_is(value, _facet_host):
        raise _facet_tell("type", name, _facet_text(_facet_type(value).__name__))
    return value
def _facet_use(size, name, used):
    used[1] += size
    if used[1] > BYTES:
        raise _facet_tell("bytes", name)
"""
"""Helpers that the rewritten script calls. `_facet_host` is given from outside.

`_facet_keep` uses its own names for built-ins: a script may call a variable `len`. `check` refuses to bind `_facet…`.
"""

_LARGE: Final = 10**1000
"""Whole numbers of more digits than this are refused."""


def before(attributes: Iterable[str], ready: Collection[str], *, nodes: int, depth: int, size: int) -> str:
    """Everything that stands before the script: helpers, one accessor pair per attribute, the names without import."""
    values = {"NODES": str(nodes), "DEPTH": str(depth), "BYTES": str(size), "LARGE": f"10 ** {len(str(_LARGE)) - 1}"}
    helpers = re.sub(r"\b(NODES|DEPTH|BYTES|LARGE)\b", lambda match: values[match[1]], PRELUDE)
    lines = [helpers, *(_accessors(name) for name in sorted(attributes))]
    lines.extend(f"{name} = {READY[name]}\n" for name in sorted(ready))
    return "".join(lines)


def _accessors(name: str) -> str:
    """Read and write of `.name`: the key of a mapping, else the attribute."""
    return (
        f"def _facet_get_{name}(owner):\n"
        f"    if isinstance(owner, dict):\n"
        f'        if "{name}" not in owner:\n'
        f'            raise AttributeError("there is no field {name}")\n'
        f'        return owner["{name}"]\n'
        f"    return owner.{name}\n"
        f"def _facet_set_{name}(owner, value):\n"
        f"    if isinstance(owner, dict):\n"
        f'        owner["{name}"] = value\n'
        f"    else:\n"
        f"        owner.{name} = value\n"
    )


def after(kept: Iterable[str]) -> str:
    """Everything that stands behind the script: its names, checked and copied, as the value of the whole.

    Copied here, inside the limits of the sandbox: a few lines can make a value that shares its parts a billion times,
    which would only be unfolded on its way to the host.
    """
    lines = ["_facet_used = [0, 0]", "_facet_out = {}"]
    for name in sorted(kept):
        label = "=" if name == "_facet_result" else name
        lines.append("try:")
        lines.append(f'    _facet_out["{label}"] = _facet_keep({name}, "{label}", 0, _facet_used)')
        lines.append("except NameError:")
        lines.append("    pass")
    return "\n".join([*lines, "_facet_out"])
