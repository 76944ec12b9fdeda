"""What is declared about an input column: by the column itself, or by the input that it reads."""

from __future__ import annotations

from engine.dmn.env import Env
from engine.dmn.model import ItemDefinition, TableInput
from engine.dmn.types import ALIASES

_DEEPEST = 20


def column_type(column: TableInput, env: Env) -> tuple[tuple[ItemDefinition, ...], str | None]:
    """The item definitions that a column's values conform to, outermost first, and the FEEL type at the bottom.

    The base is `"list"` for collections, `"context"` for structures, None where nothing is declared.
    """
    own: str | None = column.expression.type_ref
    read = env.types.item_at(env.kinds, column.expression.text)
    # The input's own item definition says more (allowed values) than a column's plain base type.
    if isinstance(read, ItemDefinition) and env.types.item(own) is None:
        return _chain(read, env)
    return _chain(env.types.item(own) or own or (read if isinstance(read, str) else None), env)


def _chain(declared: ItemDefinition | str | None, env: Env) -> tuple[tuple[ItemDefinition, ...], str | None]:
    items: list[ItemDefinition] = []
    while isinstance(declared, ItemDefinition) and len(items) < _DEEPEST:
        items.append(declared)
        if declared.is_collection or declared.has_components:
            return tuple(items), "list" if declared.is_collection else "context"
        declared = env.types.item(declared.type_ref) or declared.type_ref
    name = ALIASES.get(declared, declared) if isinstance(declared, str) else None
    return tuple(items), None if name == "Any" else name
