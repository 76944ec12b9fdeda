"""JSON over HTTP without losing a digit: fractions are Decimals on the way in and have all digits on the way out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse

from engine.errors import InvalidInput
from engine.variables import plain_dumps, plain_loads


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
        return b"" if content is None else plain_dumps(as_tree(content))

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
    """Dataclasses become objects, sequences and sets lists; values stay what they are."""
    if isinstance(value, Mapping):
        return {key: as_tree(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [as_tree(entry) for entry in value]
    if isinstance(value, frozenset | set):
        return sorted(as_tree(entry) for entry in value)
    if is_dataclass(value) and not isinstance(value, type) and type(value).__module__.startswith(_OURS):
        return {name: as_tree(getattr(value, name)) for name in _names(type(value))}
    return value


_OURS = ("engine.queries", "engine.commands", "engine.bpmn.model", "api.")
"""Packages whose dataclasses are answers; those of FEEL are values."""


@lru_cache(maxsize=256)  # one entry per class
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))
