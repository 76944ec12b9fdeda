"""Literals, arithmetic, comparison, logic, membership and ranges into closures."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from engine.feel.arithmetic import compute, negate
from engine.feel.code.scope import Code, Scope
from engine.feel.comparing import ORDERINGS, equal, in_range, matches, order_keys, ordered
from engine.feel.context import Refused, Run
from engine.feel.syntax import nodes
from engine.feel.syntax.nodes import Node
from engine.feel.temporal_text import parse_temporal
from engine.feel.types import is_instance
from engine.feel.values import KINDS, NUMBERS, Range, Value

_FAST: Final[dict[str, Callable[[Decimal, Decimal], Decimal]]] = {
    "+": NUMBERS.add,
    "-": NUMBERS.subtract,
    "*": NUMBERS.multiply,
}


def compile_literal(node: nodes.Literal, scope: Scope) -> Code:
    """A constant."""
    value = node.value
    return lambda _run, _env: value


def compile_at_literal(node: nodes.AtLiteral, scope: Scope) -> Code:
    """A constant date, time or duration; null with a warning where the text is none."""
    value, text, position = parse_temporal(node.text), node.text, node.pos
    if value is None:
        return lambda run, _env: run.warn("INVALID_LITERAL", position, text=text)
    return lambda _run, _env: value


def compile_negate(node: nodes.Negate, scope: Scope) -> Code:
    """``-operand``"""
    operand, position = scope.code(node.operand), node.pos
    return lambda run, env: negate(run, position, operand(run, env))


def compile_arithmetic(node: Node, scope: Scope) -> Code:
    """A chain ``a + b - c`` in one loop, so that a long chain needs no deep stack."""
    steps: list[tuple[str, int, Code]] = []
    while isinstance(node, nodes.Arithmetic):
        steps.append((node.operator, node.pos, scope.code(node.right)))
        node = node.left
    first = scope.code(node)
    if len(steps) == 1:
        return _single(first, *steps[0])
    steps.reverse()

    def chain(run: Run, env: Any) -> Value:
        warned = len(run.warnings)
        value = first(run, env)
        for operator, position, right in steps:
            value = compute(run, position, operator, value, right(run, env), warned)
        return value

    return chain


def _single(left: Code, operator: str, position: int, right: Code) -> Code:
    fast = _FAST.get(operator)

    def single(run: Run, env: Any) -> Value:
        warned = len(run.warnings)
        a, b = left(run, env), right(run, env)
        if fast is not None and type(a) is Decimal and type(b) is Decimal:
            try:
                return fast(a, b)
            except ArithmeticError:
                return run.warn("OUT_OF_RANGE", position)
        return compute(run, position, operator, a, b, warned)

    return single


# -- comparison --------------------------------------------------------------------------------------------------------


def compile_compare(node: nodes.Compare, scope: Scope) -> Code:
    """``= != < <= > >=``"""
    left, right, position = scope.code(node.left), scope.code(node.right), node.pos
    if node.operator in ("=", "!="):
        return _equality(left, right, position, node.operator == "=")
    sign, test = node.operator, ORDERINGS[node.operator]

    def order(run: Run, env: Any) -> Value:
        warned = len(run.warnings)
        a, b = left(run, env), right(run, env)
        if type(a) is Decimal and type(b) is Decimal:
            return test(a, b)
        keys = order_keys(a, b)
        return incomparable(run, position, a, b, warned) if keys is None else ORDERINGS[sign](*keys)

    return order


def _equality(left: Code, right: Code, position: int, wanted: bool) -> Code:
    def test(run: Run, env: Any) -> Value:
        warned = len(run.warnings)
        a, b = left(run, env), right(run, env)
        if type(a) is list or type(a) is dict:
            run.walk(a)
        result = equal(a, b)
        return incomparable(run, position, a, b, warned) if result is None else result is wanted

    return test


def incomparable(run: Run, position: int, left: Value, right: Value, warned: int) -> Value:
    """Notes that two values have no order or equality, and returns the null.

    ``warned``: how many warnings there were before the two; a null among them that has its own needs no other.
    """
    if len(run.warnings) > warned and (left is None or right is None):
        return None
    return run.warn("NOT_COMPARABLE", position, left=KINDS[type(left)], right=KINDS[type(right)])


def compile_between(node: nodes.Between, scope: Scope) -> Code:
    """``value between low and high``: both ends included."""
    value, low, high, position = scope.code(node.value), scope.code(node.low), scope.code(node.high), node.pos

    def test(run: Run, env: Any) -> Value:
        warned = len(run.warnings)
        middle, least, most = value(run, env), low(run, env), high(run, env)
        above, below = ordered(">=", middle, least), ordered("<=", middle, most)
        if above is None or below is None:
            return incomparable(run, position, middle, least if above is None else most, warned)
        return above and below

    return test


def compile_logic(node: nodes.Logic, scope: Scope) -> Code:
    """``and`` and ``or`` over true, false and null; what is no boolean counts as null."""
    operands = [scope.code(operand) for operand in node.operands]
    decisive, position = node.operator == "or", node.pos

    def test(run: Run, env: Any) -> Value:
        result: bool | None = not decisive
        for operand in operands:
            value = operand(run, env)
            if value is decisive:
                return decisive
            if type(value) is not bool:
                if value is not None:
                    run.warn("INVALID_TYPE", position, expected="a boolean", found=KINDS[type(value)])
                result = None
        return result

    return test


def compile_if(node: nodes.If, scope: Scope) -> Code:
    """Anything but true, null included, takes the else branch."""
    condition, yes, no, position = scope.code(node.condition), scope.code(node.yes), scope.code(node.no), node.pos

    def choose(run: Run, env: Any) -> Value:
        value = condition(run, env)
        if value is True:
            return yes(run, env)
        if type(value) is not bool and value is not None:
            run.warn("INVALID_TYPE", position, expected="a boolean", found=KINDS[type(value)])
        return no(run, env)

    return choose


def compile_instance_of(node: nodes.InstanceOf, scope: Scope) -> Code:
    """``value instance of type``"""
    value, type_, position = scope.code(node.value), node.type, node.pos

    def test(run: Run, env: Any) -> Value:
        subject = value(run, env)
        run.walk(subject)
        try:
            return is_instance(subject, type_, run.context.types)
        except Refused as refused:
            return run.warn(refused.code, position, **refused.details)

    return test


# -- ranges and tests --------------------------------------------------------------------------------------------------


def compile_unary_range(node: nodes.UnaryRange, scope: Scope) -> Code:
    """``< 5`` as a value: a range without a start; ``= 5``: from 5 to 5; ``!= 5`` is no range and gives null."""
    operand, operator, position = scope.code(node.operand), node.operator, node.pos
    below, included = operator in ("<", "<="), operator in ("<=", ">=")

    def make(run: Run, env: Any) -> Value:
        end = operand(run, env)
        if end is None or operator == "!=":
            return run.warn("INVALID_RANGE", position)
        if operator == "=":
            return Range(end, end)
        return Range(None, end, False, included) if below else Range(end, None, included, False)

    return make


def compile_interval(node: nodes.Interval, scope: Scope) -> Code:
    """``[start..end]``; null where the ends are of different kinds or out of order, or a closed end is null."""
    start, end, position = scope.code(node.start), scope.code(node.end), node.pos
    start_included, end_included = node.start_included, node.end_included

    def make(run: Run, env: Any) -> Value:
        limits = make_range(start(run, env), end(run, env), start_included, end_included)
        return run.warn("INVALID_RANGE", position) if limits is None else limits

    return make


def make_range(start: Value, end: Value, start_included: bool, end_included: bool) -> Range | None:
    """A range, None where there is none with such ends."""
    if start is None or end is None:
        impossible = (start is None and (start_included or end is None)) or (end is None and end_included)
        return None if impossible else Range(start, end, start_included, end_included)
    return Range(start, end, start_included, end_included) if ordered("<=", start, end) is True else None


def compile_in(node: nodes.In, scope: Scope) -> Code:
    """``value in tests``: true where one of them passes; inside them, ``?`` is the value."""
    value = scope.code(node.value)
    tests = [compile_test(test, scope.bind("?")) for test in node.tests]

    def test_all(run: Run, env: Any) -> Value:
        subject = value(run, env)
        return any_passes(run, (subject, env), tests, subject)

    return test_all


def any_passes(
    run: Run, env: Any, tests: list[Callable[[Run, Any, Value], bool | None]], subject: Value
) -> bool | None:
    """Whether one of several tests passes: null where none does and one of them is null."""
    result: bool | None = False
    for test in tests:
        passed = test(run, env, subject)
        if passed is True:
            return True
        if passed is None:
            result = None
    return result


def compile_test(node: Node, scope: Scope) -> Callable[[Run, Any, Value], bool | None]:
    """One unary test (10.3.1.2, rule 7) as a function of the run, the environment and the value under test."""
    position = node.pos
    if isinstance(node, nodes.UnaryRange):
        return _operator_test(node.operator, scope.code(node.operand), position)
    code = scope.code(node)
    if isinstance(node, nodes.Interval):
        return _interval_test(code, position)
    judges = uses_placeholder(node) or isinstance(node, nodes.Compare | nodes.Logic | nodes.Between | nodes.In)

    def test(run: Run, env: Any, subject: Value) -> bool | None:
        warned = len(run.warnings)
        value = code(run, env)
        if type(value) is list or type(value) is dict:
            run.walk(value)
        if type(value) is bool and (judges or type(subject) is not bool):
            return value
        if value is None and judges:
            return None
        result = matches(subject, value)
        return incomparable(run, position, subject, value, warned) if result is None else result

    return test


def _operator_test(operator: str, operand: Code, position: int) -> Callable[[Run, Any, Value], bool | None]:
    fast = ORDERINGS.get(operator)

    def test(run: Run, env: Any, subject: Value) -> bool | None:
        warned = len(run.warnings)
        value = operand(run, env)
        if fast is not None and type(subject) is Decimal and type(value) is Decimal:
            return fast(subject, value)
        if fast is None:
            result = equal(subject, value)
            result = result if result is None else result is (operator == "=")
        else:
            result = ordered(operator, subject, value)
        return incomparable(run, position, subject, value, warned) if result is None else result

    return test


def _interval_test(code: Code, position: int) -> Callable[[Run, Any, Value], bool | None]:
    def test(run: Run, env: Any, subject: Value) -> bool | None:
        warned = len(run.warnings)
        limits = code(run, env)
        if limits is None or limits.start is None or limits.end is None:
            return None
        result = equal(subject, limits) if type(subject) is Range else in_range(subject, limits)
        return incomparable(run, position, subject, limits.start, warned) if result is None else result

    return test


def uses_placeholder(node: Any) -> bool:
    """Whether ``?`` is read anywhere in a tree."""
    if isinstance(node, nodes.Name):
        return node.name == "?"
    if isinstance(node, tuple):
        return any(map(uses_placeholder, node))
    slots = getattr(node, "__slots__", ())
    return any(uses_placeholder(getattr(node, slot)) for slot in slots)
