"""Types as they are written: ``number``, ``list<string>``, ``context<a: number>``, ``function<number> -> string`` …"""

from typing import Final

from engine.feel.syntax.nodes import TypeNode
from engine.feel.syntax.stream import TokenStream, spelled

_SPACED: Final = ("days and time duration", "years and months duration", "date and time")


def parse_type(stream: TokenStream) -> TypeNode:
    """Takes a type at the cursor."""
    position = stream.token.start
    name = _type_name(stream)
    if name in ("list", "range") and stream.accept("<"):
        inner = (parse_type(stream),)
        stream.expect(">")
        return TypeNode(position, name, inner)
    if name == "context" and stream.accept("<"):
        return _context_type(stream, position)
    if name == "function" and stream.accept("<"):
        return _function_type(stream, position)
    return TypeNode(position, name)


def _context_type(stream: TokenStream, position: int) -> TypeNode:
    fields, inner = [], []
    while not stream.at(">"):
        fields.append(stream.words("an entry's name"))
        stream.expect(":")
        inner.append(parse_type(stream))
        if not stream.accept(","):
            break
    stream.expect(">")
    return TypeNode(position, "context", tuple(inner), tuple(fields))


def _function_type(stream: TokenStream, position: int) -> TypeNode:
    inner = []
    while not stream.at(">", "->"):
        inner.append(parse_type(stream))
        if not stream.accept(","):
            break
    stream.expect(">")
    stream.expect("->")
    inner.append(parse_type(stream))
    return TypeNode(position, "function", tuple(inner))


def _type_name(stream: TokenStream) -> str:
    for spaced in _SPACED:
        words = spaced.split()
        if [token.text for token in stream.tokens[stream.index : stream.index + len(words)]] == words:
            stream.index += len(words)
            return spaced
    known = stream.known_name()
    if known is not None:
        return known
    first = stream.index
    while stream.token.kind in ("name", "quoted") or stream.at(".") or (stream.at("function", "null")):
        stream.advance()
        if stream.tokens[first].text in ("list", "range", "context", "function"):
            break
    if stream.index == first:
        stream.fail("a type")
    return spelled(stream.text, stream.tokens[first : stream.index]).strip("`")
