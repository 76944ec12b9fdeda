"""Parsed expressions and unary tests, ready to be evaluated any number of times."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from engine.feel.code import outermost
from engine.feel.code.operators import any_passes, compile_test
from engine.feel.code.scope import Code, Reads
from engine.feel.context import DEFAULT_CONTEXT, Context, Result, Run
from engine.feel.errors import FeelBudgetError, FeelError, FeelSyntaxError, position_at
from engine.feel.functions import FUNCTIONS
from engine.feel.syntax.parser import Parser
from engine.feel.syntax.stream import KnownNames, TokenStream, suggestions_for
from engine.feel.values import Value, to_feel

_LONGEST: Final = 100_000
_PLAIN: Final[Mapping[bool | None, Result]] = {value: Result(value) for value in (True, False, None)}
_CACHED: Final = 4096
_LONGEST_CACHED: Final = 4000
_BUILTIN_NAMES: Final = KnownNames(FUNCTIONS, functions=True)
_SUGGESTIONS: Final = suggestions_for(FUNCTIONS)


class _Parsed:
    """What expressions and unary tests have in common: their text and what they read."""

    __slots__ = ("calls", "maybe", "paths", "reads", "text")

    def __init__(self, text: str, reads: Reads) -> None:
        self.text = text
        self.reads = frozenset(reads.names)
        self.maybe = frozenset(reads.maybe)
        self.paths = frozenset(reads.paths)
        self.calls = frozenset(reads.functions)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.text!r})"


class Expression(_Parsed):
    """A FEEL expression.

    ``text``: as written. ``reads``: the variables that it reads from the scope; of those, ``maybe`` are the names inside a
    filter that may as well be entries of the filtered elements. ``paths``: the same with the entries they lead to, e.g.
    ``("order", "amount")``. ``calls``: functions that are not built in. Where a name is that of a built-in function, it
    counts as read only where it stands as a value.
    """

    __slots__ = ("_code",)

    def __init__(self, text: str, code: Code, reads: Reads) -> None:
        super().__init__(text, reads)
        self._code = code

    def evaluate(self, scope: Mapping[str, Any], context: Context = DEFAULT_CONTEXT) -> Result:
        """The value over a scope. Never raises but :class:`FeelBudgetError`; what has no value is null with warnings."""
        if context.fuse is not None:
            context.fuse()
        run = Run(context, self.text)
        try:
            value = self._code(run, scope)
            if type(value) is list or type(value) is dict:
                run.deliver(value)
        except RecursionError:
            raise FeelBudgetError("DEPTH", limit=context.budget.depth) from None
        return Result(value, tuple(run.warnings) if run.warnings else ())


class UnaryTests(_Parsed):
    """Tests of one value, as in a decision table's cell; ``?`` is that value. ``text``, ``reads`` … as for expressions."""

    __slots__ = ("_negated", "_tests")

    def __init__(
        self, text: str, tests: list[Callable[[Run, Any, Value], bool | None]], negated: bool, reads: Reads
    ) -> None:
        super().__init__(text, reads)
        self._tests = tests
        self._negated = negated

    def evaluate(self, value: Any, scope: Mapping[str, Any], context: Context = DEFAULT_CONTEXT) -> Result:
        """True where the value passes one of the tests, False where it passes none, None (null) where that is unknown."""
        tests = self._tests
        if not tests:
            return _PLAIN[True]
        run = Run(context, self.text)
        try:
            subject = value if type(value) is str else to_feel(value)
            env = (subject, scope)
            passed = tests[0](run, env, subject) if len(tests) == 1 else any_passes(run, env, tests, subject)
        except FeelError as error:
            if error.code != "NOT_A_VALUE":
                raise
            passed = run.warn("NOT_A_VALUE", None, name="?", type=error.details["type"])
        except RecursionError:
            raise FeelBudgetError("DEPTH", limit=context.budget.depth) from None
        if self._negated and passed is not None:
            passed = not passed
        return Result(passed, tuple(run.warnings)) if run.warnings else _PLAIN[passed]


def parse(text: str, *, names: Iterable[str] = ()) -> Expression:
    """A FEEL expression from its text (10.3.1.2, rule 1). Raises :class:`FeelSyntaxError`.

    ``names``: names in scope that are no plain identifiers ("Monthly Salary", "a-b"), recognised longest first; plain ones do
    no harm. Parsed expressions are kept, the last 4096 of them.
    """
    return (_parse if len(text) <= _LONGEST_CACHED else _parse.__wrapped__)(text, _key(names))


def parse_unary_tests(text: str, *, names: Iterable[str] = ()) -> UnaryTests:
    """Unary tests from their text (rules 7 to 17): ``-`` or nothing passes everything. Raises :class:`FeelSyntaxError`."""
    return (_parse_unary_tests if len(text) <= _LONGEST_CACHED else _parse_unary_tests.__wrapped__)(text, _key(names))


def _key(names: Iterable[str]) -> frozenset[str]:
    return names if isinstance(names, frozenset) else frozenset(names)


@lru_cache(maxsize=_CACHED)
def _parse(text: str, names: frozenset[str]) -> Expression:
    if not text.strip():
        raise FeelSyntaxError("EMPTY", position_at(text, 0))
    scope = outermost()
    try:
        code = scope.code(Parser(_stream(text, names)).whole_expression())
    except RecursionError:
        raise FeelSyntaxError("TOO_DEEP", position_at(text, 0)) from None
    return Expression(text, code, scope.reads)


@lru_cache(maxsize=_CACHED)
def _parse_unary_tests(text: str, names: frozenset[str]) -> UnaryTests:
    scope = outermost()
    inner = scope.bind("?")
    try:
        tests, negated = Parser(_stream(text, names)).whole_tests()
        compiled = [compile_test(test, inner) for test in tests]
    except RecursionError:
        raise FeelSyntaxError("TOO_DEEP", position_at(text, 0)) from None
    return UnaryTests(text, compiled, negated, scope.reads)


def _stream(text: str, names: frozenset[str]) -> TokenStream:
    if len(text) > _LONGEST:
        raise FeelSyntaxError("TOO_LONG", position_at(text, 0), length=len(text), limit=_LONGEST)
    return TokenStream(text, KnownNames((), _known(names)), (*names, *_SUGGESTIONS))


@lru_cache(maxsize=256)
def _known(names: frozenset[str]) -> KnownNames:
    """The names of one scope, shared by all its expressions; a parser adds its own to another set in front of it."""
    return KnownNames(names, _BUILTIN_NAMES)
