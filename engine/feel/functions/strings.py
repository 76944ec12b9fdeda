"""String functions (DMN 1.5, table 10.3.4.3)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from engine.feel.context import Refused, Run
from engine.feel.functions.pattern import compile_pattern, replacement_of
from engine.feel.functions.signature import define
from engine.feel.values import KINDS, Builtin, Value


def _substring(_run: Run, text: str, start: Decimal, length: Decimal | None = None) -> str:
    """Counted from 1, from -1 at the end; characters are code points."""
    position = int(start)
    if position == 0 or abs(position) > len(text):
        raise ValueError("the start position is outside of the text")
    first = position - 1 if position > 0 else len(text) + position
    if length is None:
        return text[first:]
    if length < 1:
        raise ValueError("the length must be at least 1")
    return text[first : first + int(length)]


def _before(_run: Run, text: str, match: str) -> str:
    head, found, _ = text.partition(match) if match else ("", "", "")
    return head if found else ""


def _after(_run: Run, text: str, match: str) -> str:
    return text.partition(match)[2] if match else text


def _matches(run: Run, text: str, pattern: str, flags: str | None = None) -> bool:
    return compile_pattern(run, pattern, flags or "", text).search(text) is not None


def _replace(run: Run, text: str, pattern: str, replacement: str, flags: str | None = None) -> str:
    compiled = compile_pattern(run, pattern, flags or "", text)
    if compiled.search("") is not None:
        raise ValueError("the pattern matches the empty text")
    replaced = replacement_of(replacement, flags or "", compiled.groups)
    parts, end, length = [], 0, 0
    for match in compiled.finditer(text):
        parts += [text[end : match.start()], replaced(match)]
        length += len(parts[-1]) + len(parts[-2])
        run.check_length(length)
        end = match.end()
    return "".join(parts) + text[end:]


def _split(run: Run, text: str, delimiter: str) -> list[Value]:
    if not delimiter:
        raise ValueError("the delimiter is empty")
    compiled = compile_pattern(run, delimiter, "", text)
    parts: list[Value] = []
    end = 0
    for match in compiled.finditer(text):
        if match.end() == match.start():
            continue
        parts.append(text[end : match.start()])
        end = match.end()
    return [*parts, text[end:]]


def _join(run: Run, elements: list[Value], delimiter: str | None = None) -> str:
    kept = [element for element in elements if element is not None]
    for element in kept:
        if type(element) is not str:
            raise Refused("INVALID_TYPE", expected="a list of strings", found=KINDS[type(element)])
    run.check_length(sum(map(len, kept)) + len(delimiter or "") * len(kept))
    return (delimiter or "").join(kept)


def _plain(method: Callable[..., Value]) -> Callable[..., Value]:
    return lambda _run, *texts: method(*texts)


_MATCHED: Final = "string: string, match: string"

STRINGS: Final[tuple[Builtin, ...]] = (
    define("substring", ("string: string, start position: number, [length: number]", _substring)),
    define("string length", ("string: string", lambda _run, text: Decimal(len(text)))),
    define("upper case", ("string: string", _plain(str.upper))),
    define("lower case", ("string: string", _plain(str.lower))),
    define("substring before", (_MATCHED, _before)),
    define("substring after", (_MATCHED, _after)),
    define("contains", (_MATCHED, _plain(str.__contains__))),
    define("starts with", (_MATCHED, _plain(str.startswith))),
    define("ends with", (_MATCHED, _plain(str.endswith))),
    define("matches", ("input: string, pattern: string, [flags: string?]", _matches)),
    define("replace", ("input: string, pattern: string, replacement: string, [flags: string?]", _replace)),
    define("split", ("string: string, delimiter: string", _split)),
    define("string join", ("list: list, [delimiter: string?]", _join)),
)
