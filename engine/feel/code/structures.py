"""Lists, contexts, filters, loops and functions into closures."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from engine.feel.code.inference import type_of
from engine.feel.code.scope import ELEMENT, Code, Scope
from engine.feel.context import Context, Refused, Result, Run
from engine.feel.syntax import nodes
from engine.feel.temporal import civil, day_number, make_date
from engine.feel.values import KINDS, FeelFunction, Parameter, Range, Value, WideDate, is_whole

_MAKE_NEW: Final = frozenset(
    (
        "count",
        "sum",
        "min",
        "max",
        "mean",
        "median",
        "stddev",
        "product",
        "mode",
        "all",
        "any",
        "list contains",
        "index of",
    )
)
_DATES: Final = (date, WideDate)


def compile_list(node: nodes.ListOf, scope: Scope) -> Code:
    """``[a, b]``"""
    elements = [scope.code(element) for element in node.elements]
    return lambda run, env: [element(run, env) for element in elements]


def compile_context(node: nodes.ContextOf, scope: Scope) -> Code:
    """``{a: 1, b: a + 1}``: each entry sees those before it, and a function sees itself."""
    entries: list[tuple[str, Code, bool]] = []
    for key, value in node.entries:
        recursive = isinstance(value, nodes.FunctionOf)
        entries.append((key, (scope.bind(key) if recursive else scope).code(value), recursive))
        scope = scope.bind(key)

    def make(run: Run, env: Any) -> Value:
        result = {}
        for key, code, recursive in entries:
            if recursive:
                inner = [None, env]
                inner[0] = result[key] = code(run, inner)
                env = inner
            else:
                value = result[key] = code(run, env)
                env = (value, env)
        return result

    return make


def compile_filter(node: nodes.Filter, scope: Scope) -> Code:
    """``list[position]`` or ``list[condition]``; what is no list counts as a list of one, of null comes null."""
    base, position = scope.code(node.base), node.pos
    condition = scope.bind(ELEMENT).code(node.condition)
    constant = node.condition.value if isinstance(node.condition, nodes.Literal) else None
    if type(constant) is Decimal:
        number = constant
        return lambda run, env: _element_at(run, position, base(run, env), number)

    def nothing(run: Run, env: Any) -> Value:
        """Of an empty list: null where the condition is a place, else an empty list."""
        warned = len(run.warnings)
        verdict = condition(run, (None, env))
        del run.warnings[warned:]
        return None if type(verdict) is Decimal else []

    def select(run: Run, env: Any) -> Value:
        value = base(run, env)
        if value is None:
            return None
        elements = as_list(value)
        run.step()
        kept = []
        for element in elements:
            run.step()
            verdict = condition(run, (element, env))
            if verdict is True:
                kept.append(element)
            elif type(verdict) is Decimal:
                return _element_at(run, position, elements, verdict)
        return kept if elements else nothing(run, env)

    return select


def as_list(value: Value) -> list[Value]:
    """A list as it is, anything else as a list of one."""
    return value if type(value) is list else [value]


def _element_at(run: Run, position: int, value: Value, index: Decimal) -> Value:
    """The element at a place counted from 1, or from -1 at the end."""
    if value is None:
        return None
    elements, place = as_list(value), int(index)
    if 0 < place <= len(elements) and index == place:
        return elements[place - 1]
    if -len(elements) <= place < 0 and index == place:
        return elements[place]
    return run.warn("OUT_OF_BOUNDS", position, size=len(elements), index=str(index))


# -- loops -------------------------------------------------------------------------------------------------------------

Source = Callable[[Run, Any], Iterable[Value]]


def compile_for(node: nodes.For, scope: Scope) -> Code:
    """``for ... return body``; ``partial`` is the list of the results so far."""
    sources, inner = _sources(node.iterators, scope)
    body = inner.bind("partial").code(node.body)
    position = node.pos
    # The list itself is shown where nobody can keep it, a copy otherwise.
    kept = _keeps(node.body, "partial")

    def loop(run: Run, env: Any) -> Value:
        results: list[Value] = []
        try:
            for bound in _rounds(run, env, sources):
                if kept:
                    run.step(len(results))
                results.append(body(run, (list(results) if kept else results, bound)))
                run.check_size(len(results))
        except Refused as refused:
            return run.warn(refused.code, position, **refused.details)
        return results

    return loop


def compile_quantified(node: nodes.Quantified, scope: Scope) -> Code:
    """``some`` is true where one round is true, ``every`` where all are; otherwise null where one round was null."""
    sources, inner = _sources(node.iterators, scope)
    body = inner.code(node.body)
    decisive, position = node.quantifier == "some", node.pos

    def judge(run: Run, env: Any) -> Value:
        result: bool | None = not decisive
        try:
            for bound in _rounds(run, env, sources):
                verdict = body(run, bound)
                if verdict is decisive:
                    return decisive
                if type(verdict) is not bool:
                    result = None
                    if verdict is not None:
                        run.warn("INVALID_TYPE", position, expected="a boolean", found=KINDS[type(verdict)])
        except Refused as refused:
            return run.warn(refused.code, position, **refused.details)
        return result

    return judge


def _rounds(run: Run, env: Any, sources: list[Source], depth: int = 0) -> Iterator[Any]:
    """The environment of every combination, the last source turning fastest. Raises Refused for a source that is no list."""
    innermost = depth + 1 == len(sources)
    for element in sources[depth](run, env):
        run.step()
        if innermost:
            yield element, env
        else:
            yield from _rounds(run, (element, env), sources, depth + 1)


def _sources(iterators: Sequence[nodes.Iterator], scope: Scope) -> tuple[list[Source], Scope]:
    sources = []
    for iterator in iterators:
        sources.append(_source(iterator, scope))
        scope = scope.bind(iterator.name)
    return sources, scope


def _source(iterator: nodes.Iterator, scope: Scope) -> Source:
    first = scope.code(iterator.source)
    if iterator.end is None:
        return lambda run, env: _walk(run, first(run, env))
    last = scope.code(iterator.end)
    return lambda run, env: _count(run, first(run, env), last(run, env))


def _walk(run: Run, value: Value) -> Iterable[Value]:
    if value is None:
        raise Refused("INVALID_TYPE", expected="a list", found="null")
    if type(value) is not Range:
        return value if type(value) is list else [value]
    elements = list(_count(run, value.start, value.end))
    if elements and not value.start_included:
        del elements[0]
    if elements and not value.end_included:
        del elements[-1]
    return elements


def _count(run: Run, first: Value, last: Value) -> Iterable[Value]:
    """All whole numbers, or all days, from one to another, upwards or downwards."""
    if type(first) is Decimal and type(last) is Decimal:
        if not (is_whole(first) and is_whole(last)):
            raise Refused("INVALID_TYPE", expected="whole numbers", found="fractions")
        return map(Decimal, _steps(run, int(first), int(last)))
    if type(first) in _DATES and type(last) in _DATES:
        days = _steps(run, day_number(first.year, first.month, first.day), day_number(last.year, last.month, last.day))
        return (make_date(*civil(day)) for day in days)
    raise Refused("INVALID_TYPE", expected="numbers or dates", found=KINDS[type(first)])


def _steps(run: Run, first: int, last: int) -> Iterable[int]:
    run.check_size(abs(last - first) + 1)
    return range(first, last + 1) if first <= last else range(first, last - 1, -1)


def _keeps(node: Any, name: str) -> bool:
    """Whether a tree uses a name other than to filter, follow a path, or give it to a function that makes a new value."""
    if isinstance(node, nodes.Name):
        return node.name == name
    if isinstance(node, tuple):
        return any(_keeps(part, name) for part in node)
    if isinstance(node, nodes.Filter | nodes.Path) and isinstance(node.base, nodes.Name):
        return isinstance(node, nodes.Filter) and _keeps(node.condition, name)
    if isinstance(node, nodes.Call) and isinstance(node.callee, nodes.Name) and node.callee.name in _MAKE_NEW:
        return any(_keeps(argument, name) for argument in node.arguments if not isinstance(argument, nodes.Name))
    return any(_keeps(getattr(node, slot), name) for slot in getattr(node, "__slots__", ()))


# -- functions ---------------------------------------------------------------------------------------------------------


def compile_function(node: nodes.FunctionOf, scope: Scope) -> Code:
    """``function(a: number) body``; it sees the names around its definition. An external one gives null when called."""
    parameters = tuple(Parameter(name, type_) for name, type_ in node.parameters)
    position = node.pos
    if node.external:
        body: Code = lambda run, _env: run.warn("EXTERNAL_FUNCTION", position)  # noqa: E731
        returns = None
    else:
        body = scope.bind(*(parameter.name for parameter in parameters)).code(node.body)
        returns = type_of(node.body)

    def make(run: Run, env: Any) -> Value:
        text = run.text

        def compiled(caller: Run, arguments: Sequence[Value]) -> Value:
            inner = env
            for argument in arguments:
                inner = (argument, inner)
            return body(caller if caller.text is text else caller.reading(text), inner)

        def called(arguments: Sequence[Value], context: Context) -> Result:
            fresh = Run(context, text)
            return Result(compiled(fresh, arguments), tuple(fresh.warnings))

        return FeelFunction("function", parameters, called, returns, compiled)

    return make
