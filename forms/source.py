"""From a file's bytes to one plain JSON Schema: bounded, without duplicates, its `$ref`s and shorthands written out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from forms.errors import FormError

MAX_BYTES = 200_000
MAX_DEPTH = 40
MAX_NODES = 20_000
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_FORBIDDEN = ("$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$id", "$anchor", "patternProperties")


def text_of(content: bytes | str | Mapping[str, Any], file: str) -> str:
    """The form's text; a mapping is written as JSON. Raises `FormError` (`size`, `json`)."""
    if isinstance(content, Mapping):
        try:
            content = json.dumps(content, ensure_ascii=False)
        except (TypeError, ValueError, RecursionError) as error:
            raise FormError("json", f"The form is not JSON: {error}.", "表单不是有效的 JSON。", file=file) from None
    try:
        data = content if isinstance(content, bytes) else content.encode()
        text = data.decode("utf-8-sig")
    except UnicodeError:
        raise FormError("json", "The form is not UTF-8 text.", "表单不是 UTF-8 文本。", file=file) from None
    if len(data) > MAX_BYTES:
        kilo = MAX_BYTES // 1000
        raise FormError("size", f"The form is larger than {kilo} kB.", f"表单超过 {kilo} kB。", file=file)
    return text


def parse(text: str, file: str) -> dict[str, Any]:
    """The JSON object, numbers with a fraction as `Decimal`; duplicate keys and NaN are refused. Raises `FormError`."""
    try:
        found = json.loads(text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_no_duplicates)
    except RecursionError:
        raise FormError("json", "The form is nested too deeply.", "表单嵌套过深。", file=file) from None
    except ValueError as error:
        raise FormError(
            "json", f"The form is not JSON: {error}.", f"表单不是有效的 JSON:{error}。", file=file
        ) from None
    if not isinstance(found, dict):
        raise FormError("json", "A form is a JSON object.", "表单必须是 JSON 对象。", file=file)
    _measure(found, file, "", 0, [0])
    return found


def check_schema(text: str, file: str) -> None:
    """Holds the text against the meta-schema of JSON Schema 2020-12; raises `FormError` (`schema`) with the place."""
    errors = Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(json.loads(text))
    worst = best_match(errors)
    if worst is not None:
        where = pointer(*worst.absolute_path)
        said = worst.message if len(worst.message) <= 200 else worst.message[:200] + " …"
        raise FormError(
            "schema",
            f"Not JSON Schema 2020-12 at {where or '/'}: {said}.",
            f"{where or '/'} 处不符合 JSON Schema 2020-12。",
            file=file,
            pointer=where,
        )


def pointer(*steps: object) -> str:
    """RFC 6901."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def write_out(schema: dict[str, Any], file: str) -> dict[str, Any]:
    """The same schema with every local `$ref` replaced by what it points to. Raises `FormError` (`ref`)."""
    return _Inliner(schema, file).visit(schema, "", ())  # type: ignore[no-any-return]


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(
            f"the key '{next(name for name in names if names.count(name) > 1)}' stands twice in one object"
        )
    return found


def _measure(node: Any, file: str, at: str, depth: int, count: list[int]) -> None:
    """Depth and number of nodes, and keywords that would let a schema reach out of itself."""
    count[0] += 1
    if depth > MAX_DEPTH or count[0] > MAX_NODES:
        raise FormError(
            "size",
            "The form is nested too deeply or has too many parts.",
            "表单嵌套过深或内容过多。",
            file=file,
            pointer=at,
        )
    if isinstance(node, str) and not _storable(node):
        raise FormError(
            "json",
            "A text of the form holds characters that no page can show.",
            "表单文字中含有无法显示的字符。",
            file=file,
            pointer=at,
        )
    if isinstance(node, dict):
        for name, each in node.items():
            if not _storable(name):
                raise FormError(
                    "json",
                    "A key of the form holds characters that no page can show.",
                    "表单的键含有无法显示的字符。",
                    file=file,
                    pointer=at,
                )
            if name in _FORBIDDEN and not at.endswith("/properties"):
                raise FormError(
                    "schema", f"A form cannot use '{name}'.", f"表单中不能使用“{name}”。", file=file, pointer=at
                )
            _measure(each, file, at + pointer(name), depth + 1, count)
    elif isinstance(node, list):
        for index, each in enumerate(node):
            _measure(each, file, f"{at}/{index}", depth + 1, count)


def _storable(text: str) -> bool:
    """Half surrogates and NUL can be written in JSON and nowhere else."""
    return (text.isascii() and "\0" not in text) or not any(
        char == "\0" or "\ud800" <= char <= "\udfff" for char in text
    )


class _Inliner:
    def __init__(self, root: dict[str, Any], file: str) -> None:
        self.root = root
        self.file = file
        self.nodes = 0

    def visit(self, node: Any, at: str, trail: tuple[str, ...]) -> Any:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise FormError(
                "size",
                "The form becomes too large when its $refs are written out.",
                "展开 $ref 后表单过大。",
                file=self.file,
                pointer=at,
            )
        if isinstance(node, list):
            return [self.visit(each, f"{at}/{index}", trail) for index, each in enumerate(node)]
        if not isinstance(node, dict):
            return node
        if isinstance(node.get("$ref"), str):
            node, trail = self._follow(node, at, trail)
        return {name: self.visit(each, at + pointer(name), trail) for name, each in node.items() if name != "$defs"}

    def _follow(self, node: dict[str, Any], at: str, trail: tuple[str, ...]) -> tuple[dict[str, Any], tuple[str, ...]]:
        """The target with what stands beside the `$ref` laid over it, so that a form can give a shared field its own
        title.
        """
        while isinstance(node.get("$ref"), str):
            ref = node["$ref"]
            target = self._target(ref, at)
            if ref in trail or len(trail) > MAX_DEPTH:
                raise FormError(
                    "ref",
                    f"The $ref '{ref}' leads back to itself.",
                    f"$ref“{ref}”循环引用。",
                    file=self.file,
                    pointer=at,
                )
            trail = (*trail, ref)
            node = {**target, **{name: each for name, each in node.items() if name != "$ref"}}
        return node, trail

    def _target(self, ref: str, at: str) -> dict[str, Any]:
        found: Any = self.root
        if ref.startswith("#/$defs/"):
            for step in ref[2:].split("/"):
                found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
            if isinstance(found, dict):
                return found
        raise FormError(
            "ref",
            f"The $ref '{ref}' points to nothing in this form's $defs.",
            f"$ref“{ref}”在本表单的 $defs 中不存在。",
            file=self.file,
            pointer=at,
        )
