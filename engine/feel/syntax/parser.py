"""FEEL text into a syntax tree (DMN 1.5, 10.3.1.2), by precedence climbing.

From weakest to strongest: ``or``; ``and``; comparison, ``between``, ``in``; ``+ -``; ``* /``; ``**``; ``-x``;
``instance of``, path, filter and call.
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import DecimalException
from typing import Final

from engine.feel.errors import FeelSyntaxError, position_at
from engine.feel.syntax import nodes
from engine.feel.syntax.lexer import unescape
from engine.feel.syntax.nodes import Node
from engine.feel.syntax.stream import TokenStream, spelled
from engine.feel.syntax.type_text import parse_type
from engine.feel.values import NUMBERS

_COMPARISONS: Final = ("=", "!=", "<", "<=", ">", ">=")
_LEVELS: Final = {
    "or": 1,
    "and": 2,
    **dict.fromkeys((*_COMPARISONS, "between", "in"), 3),
    "+": 4,
    "-": 4,
    "*": 5,
    "/": 5,
    "**": 6,
}
_COMPARISON_LEVEL: Final = 3
_DEEPEST: Final = 60
_CONSTANTS: Final = {"true": True, "false": False, "null": None}
_STARTS_AFTER_BRACKET: Final = ("(", "[", "{", "-", "@", "?")
_STARTING_WORDS: Final = ("if", "for", "some", "every", "function")
_VALUE: Final = "a value"


class Parser:
    """Parses one text."""

    def __init__(self, stream: TokenStream) -> None:
        self.stream = stream
        self._depth = 0
        self._in_range_end = False

    def whole_expression(self) -> Node:
        """The text as one expression."""
        node = self.expression()
        self._expect_end()
        return node

    def whole_tests(self) -> tuple[tuple[Node, ...], bool]:
        """The text as unary tests: the tests, and whether ``not(...)`` is around all of them. No tests: anything passes."""
        stream = self.stream
        if stream.token.kind == "end" or (stream.at("-") and stream.ahead().kind == "end"):
            return (), False
        if stream.token.text == "not" and stream.ahead().text == "(":
            start = stream.index
            stream.index += 2
            tests = self._tests()
            stream.expect(")")
            if stream.token.kind == "end":
                return tests, True
            stream.index = start
        tests = self._tests()
        self._expect_end()
        return tests, False

    def _tests(self) -> tuple[Node, ...]:
        tests = [self.expression()]
        while self.stream.accept(","):
            tests.append(self.expression())
        return tuple(tests)

    def _expect_end(self) -> None:
        if self.stream.token.kind != "end":
            self.stream.fail("an operator or the end", ("and", "or", "in", "between", "instance"))

    # -- operators -----------------------------------------------------------------------------------------------------

    def expression(self, level: int = 0, test: bool = False) -> Node:
        """An expression of operators that bind more strongly than ``level``; a ``test``, or any at level 0, may be ``< 5``."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise FeelSyntaxError("TOO_DEEP", position_at(self.stream.text, self.stream.token.start))
        begins_test = (test or level == 0) and self.stream.at(*_COMPARISONS)
        node = self._climb(self._unary_range() if begins_test else self._signed(), level)
        self._depth -= 1
        return node

    def _climb(self, left: Node, level: int) -> Node:
        """Goes on behind an operand with the operators that bind more strongly than ``level``."""
        while True:
            token = self.stream.token
            binding = _LEVELS.get(token.text, 0) if token.kind in ("op", "keyword") else 0
            if binding <= level:
                return left
            left = self._infix(left, token.text, binding)

    def _infix(self, left: Node, operator: str, binding: int) -> Node:
        position = self.stream.advance().start
        if operator == "between":
            low = self.expression(_COMPARISON_LEVEL)
            self.stream.expect("and")
            return nodes.Between(position, left, low, self.expression(_COMPARISON_LEVEL))
        if operator == "in":
            return nodes.In(position, left, self._in_tests())
        right = self.expression(binding)
        if operator in ("and", "or"):
            if isinstance(left, nodes.Logic) and left.operator == operator and not left.enclosed:
                return nodes.Logic(left.pos, operator, (*left.operands, right))
            return nodes.Logic(position, operator, (left, right))
        if operator in _COMPARISONS:
            return nodes.Compare(position, operator, left, right)
        return nodes.Arithmetic(position, operator, left, right)

    def _in_tests(self) -> tuple[Node, ...]:
        """What follows ``in``: one test, or several in parentheses; ``(1..5)`` is one, ``(1, 5)`` are two."""
        stream = self.stream
        if not stream.at("("):
            return (self.expression(_COMPARISON_LEVEL, test=True),)
        position = stream.advance().start
        outer, self._in_range_end = self._in_range_end, False
        tests = self._tests()
        self._in_range_end = outer
        if len(tests) == 1 and stream.at(".."):
            node = self._interval(position, tests[0], False)
        else:
            stream.expect(")")
            if len(tests) > 1:
                return tests
            node = tests[0]
        return (self._climb(self._postfix(node), _COMPARISON_LEVEL),)

    def _signed(self) -> Node:
        stream = self.stream
        if not stream.at("-"):
            return self._postfix(self._primary())
        position = stream.advance().start
        if stream.token.kind == "number":
            return self._postfix(self._number(negative=True))
        self._depth += 1
        if self._depth > _DEEPEST:
            raise FeelSyntaxError("TOO_DEEP", position_at(stream.text, position))
        operand = self._signed()
        self._depth -= 1
        return nodes.Negate(position, operand)

    def _postfix(self, node: Node) -> Node:
        stream = self.stream
        while True:
            position = stream.token.start
            if stream.accept("."):
                node = nodes.Path(position, node, stream.words("a name after the dot"))
            elif stream.at("[") and not (self._in_range_end and self._closes_range()):
                stream.advance()
                node = nodes.Filter(position, node, self._inside(self.expression))
                stream.expect("]")
            elif stream.at("("):
                node = self._call(node)
            elif stream.at("instance"):
                stream.advance()
                if stream.token.text != "of":
                    stream.fail('"of"', ("of",))
                stream.advance()
                node = nodes.InstanceOf(position, node, parse_type(stream))
            else:
                return node

    def _closes_range(self) -> bool:
        """Whether the ``[`` at the cursor ends a range, as in ``[1..5[``, rather than starts a filter."""
        following = self.stream.ahead()
        starts = following.kind in ("number", "string", "name", "quoted") or following.text in _STARTS_AFTER_BRACKET
        starts = starts or following.text in _STARTING_WORDS
        return not (starts or following.text in _CONSTANTS or following.text in _COMPARISONS)

    def _inside(self, parse: Callable[[], Node]) -> Node:
        """Parses within brackets of their own, where a range's end has no say."""
        outer, self._in_range_end = self._in_range_end, False
        node = parse()
        self._in_range_end = outer
        return node

    def _call(self, callee: Node) -> Node:
        stream = self.stream
        position = callee.pos
        stream.expect("(")
        names: list[str] = []
        arguments: list[Node] = []
        outer, self._in_range_end = self._in_range_end, False
        while not stream.at(")"):
            name = self._argument_name()
            if bool(names) != (name is not None) and arguments:
                stream.fail("all arguments with names, or none")
            if name is not None:
                names.append(name)
            arguments.append(self.expression())
            if not stream.accept(","):
                break
        self._in_range_end = outer
        stream.expect(")")
        return nodes.Call(position, callee, tuple(arguments), tuple(names) if names else None)

    def _argument_name(self) -> str | None:
        """Takes ``name:`` in front of an argument, if it is there."""
        stream = self.stream
        known = stream.names.match(stream.tokens, stream.index)
        end = stream.index + (known[1] if known else 0)
        if known is None or stream.tokens[end].text != ":":
            end = stream.index
            while stream.tokens[end].kind in ("name", "keyword", "quoted"):
                end += 1
        if end == stream.index or stream.tokens[end].text != ":":
            return None
        name = spelled(stream.text, stream.tokens[stream.index : end])
        stream.index = end + 1
        return name.strip("`")

    # -- operands ------------------------------------------------------------------------------------------------------

    def _primary(self) -> Node:
        stream = self.stream
        token = stream.token
        if token.kind == "number":
            return self._number()
        if token.kind == "string":
            return nodes.Literal(token.start, unescape(stream.advance().text))
        name = stream.known_name()
        if name is not None:
            return nodes.Name(token.start, name)
        if token.kind in ("name", "quoted") or stream.at("?"):
            return nodes.Name(token.start, stream.advance().text)
        if token.kind == "keyword":
            return self._keyword()
        return self._symbol()

    def _number(self, negative: bool = False) -> nodes.Literal:
        token = self.stream.token
        try:
            value = NUMBERS.create_decimal(token.text)
        except DecimalException:
            self.stream.fail("a number of at most 34 digits and exponent 6144")
        self.stream.advance()
        return nodes.Literal(token.start, NUMBERS.minus(value) if negative else value)

    def _keyword(self) -> Node:
        stream = self.stream
        token = stream.token
        if token.text in _CONSTANTS:
            stream.advance()
            return nodes.Literal(token.start, _CONSTANTS[token.text])
        if token.text == "if":
            stream.advance()
            condition = self.expression()
            stream.expect("then")
            yes = self.expression()
            stream.expect("else")
            return nodes.If(token.start, condition, yes, self.expression())
        if token.text in ("for", "some", "every"):
            return self._loop()
        if token.text == "function" and stream.ahead().text == "(":
            return self._function()
        return stream.fail(_VALUE)

    def _symbol(self) -> Node:
        stream = self.stream
        token = stream.token
        if stream.at("("):
            return self._parenthesised()
        if stream.at("["):
            return self._bracketed()
        if stream.at("]"):
            stream.advance()
            return self._interval(token.start, self.expression(), False)
        if stream.at("{"):
            return self._context()
        if stream.accept("@"):
            if stream.token.kind != "string":
                stream.fail("a text in quotation marks")
            return nodes.AtLiteral(token.start, unescape(stream.advance().text))
        return stream.fail(_VALUE)

    def _unary_range(self) -> Node:
        token = self.stream.advance()
        return nodes.UnaryRange(token.start, token.text, self.expression(_COMPARISON_LEVEL))

    def _parenthesised(self) -> Node:
        position = self.stream.advance().start
        node = self._inside(self.expression)
        if self.stream.at(".."):
            return self._interval(position, node, False)
        self.stream.expect(")")
        return replace(node, enclosed=True) if isinstance(node, nodes.Logic) else node

    def _bracketed(self) -> Node:
        stream = self.stream
        position = stream.advance().start
        if stream.accept("]"):
            return nodes.ListOf(position, ())
        first = self._inside(self.expression)
        if stream.at(".."):
            return self._interval(position, first, True)
        elements = [first]
        while stream.accept(","):
            elements.append(self._inside(self.expression))
        stream.expect("]")
        return nodes.ListOf(position, tuple(elements))

    def _interval(self, position: int, start: Node, start_included: bool) -> Node:
        stream = self.stream
        stream.expect("..")
        outer, self._in_range_end = self._in_range_end, True
        end = self.expression()
        self._in_range_end = outer
        if not stream.at(")", "]", "["):
            stream.fail('")", "]" or "[" at the end of the range')
        closing = stream.advance().text
        return nodes.Interval(position, start, end, start_included, closing == "]")

    def _context(self) -> Node:
        stream = self.stream
        position = stream.advance().start
        entries: dict[str, Node] = {}
        while not stream.at("}"):
            place = stream.token.start
            key = self._key()
            if key in entries:
                raise FeelSyntaxError("DUPLICATE_KEY", position_at(stream.text, place), found=key)
            stream.names.add(key)
            entries[key] = self._inside(self.expression)
            if not stream.accept(","):
                break
        stream.expect("}")
        return nodes.ContextOf(position, tuple(entries.items()))

    def _key(self) -> str:
        """An entry's key: a text, or a name, which ends at the colon."""
        stream = self.stream
        if stream.token.kind == "string":
            key = unescape(stream.advance().text)
        else:
            first = stream.index
            while stream.token.kind in ("name", "keyword", "number", "op", "other", "quoted"):
                if stream.at(":", ",", "{", "}"):
                    break
                stream.advance()
            if stream.index == first:
                stream.fail("an entry's name")
            key = spelled(stream.text, stream.tokens[first : stream.index]).strip("`")
        stream.expect(":")
        return key

    # -- loops and functions -------------------------------------------------------------------------------------------

    def _loop(self) -> Node:
        stream = self.stream
        token = stream.advance()
        iterators = [self._iterator()]
        while stream.accept(","):
            iterators.append(self._iterator())
        if token.text == "for":
            stream.expect("return")
            return nodes.For(token.start, tuple(iterators), self.expression())
        stream.expect("satisfies")
        return nodes.Quantified(token.start, token.text, tuple(iterators), self.expression())

    def _iterator(self) -> nodes.Iterator:
        stream = self.stream
        name = stream.words("a name for the element")
        stream.names.add(name)
        stream.expect("in")
        source = self.expression()
        return nodes.Iterator(name, source, self.expression() if stream.accept("..") else None)

    def _function(self) -> Node:
        stream = self.stream
        position = stream.advance().start
        stream.expect("(")
        parameters = []
        while not stream.at(")"):
            name = stream.words("a parameter's name")
            stream.names.add(name)
            parameters.append((name, parse_type(stream) if stream.accept(":") else None))
            if not stream.accept(","):
                break
        stream.expect(")")
        external = stream.token.text == "external" and stream.ahead().text == "{"
        if external:
            stream.advance()
        return nodes.FunctionOf(position, tuple(parameters), self._inside(self.expression), external)
