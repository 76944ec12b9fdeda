"""JSON over HTTP without losing a digit: fractions are Decimals on the way in and have all digits on the way out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import msgspec
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse

from engine.errors import InvalidInput
from engine.variables import plain_loads, to_plain

_encode: Final = msgspec.json.Encoder(decimal_format="number").encode


class ExactRequest(Request):
    """A request whose JSON body keeps its decimals exact."""

    async def json(self) -> Any:
        """The body as `engine.variables.plain_loads` reads it. JSONDecodeError for what is no JSON."""
        if not hasattr(self, "_json"):
            body = await self.body()
            try:
                self._json = plain_loads(body)
            except InvalidInput as error:
                raise json.JSONDecodeError(error.message, body.decode("utf-8", "replace")[:200], 0) from error
        return self._json


class Json(JSONResponse):
    """An answer made of dataclasses, mappings, lists and values of processes. Times are ISO 8601, decimals numbers.

    Without content (204) it has no body.
    """

    def render(self, content: Any) -> bytes:
        return b"" if content is None else _encode(as_tree(content))

    def __init__(
        self,
        content: Any = None,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
        background: BackgroundTask | None = None,
    ) -> None:
        super().__init__(content, status_code, headers, media_type, background)


def as_tree(value: Any) -> Any:
    """Objects, lists, texts and exact numbers: dataclasses become objects, sequences and sets lists, times ISO 8601 text."""
    kind: Any = type(value)
    if kind in _AS_THEY_ARE:
        return value
    if kind is datetime:
        return value.isoformat()
    if kind is dict:
        return {key: as_tree(entry) for key, entry in value.items()}
    if kind is list or kind is tuple:
        return [as_tree(entry) for entry in value]
    names = _names(kind)
    if names is not None:
        return {name: as_tree(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        return {key: as_tree(entry) for key, entry in value.items()}
    if isinstance(value, Set):
        return sorted(as_tree(entry) for entry in value)
    return to_plain(value)


_AS_THEY_ARE: Final = frozenset({str, int, bool, type(None)})
_OURS: Final = ("engine.queries", "engine.commands", "engine.connectors", "engine.bpmn.model", "api.")
"""Packages whose dataclasses are answers; those of FEEL are values."""


@lru_cache(maxsize=256)  # one entry per class
def _names(kind: type) -> tuple[str, ...] | None:
    """The fields of a dataclass that is an answer; None for every other class."""
    if not is_dataclass(kind) or not kind.__module__.startswith(_OURS):
        return None
    return tuple(field.name for field in fields(kind))
