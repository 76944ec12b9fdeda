"""List functions (DMN 1.5, table 10.3.4.4) and sort (10.3.4.8)."""

from collections.abc import Callable
from decimal import Decimal
from functools import cmp_to_key
from typing import Any, Final

from engine.feel.calling import invoke
from engine.feel.comparing import order_keys, same, sort_key_order
from engine.feel.context import Refused, Run
from engine.feel.functions.signature import define
from engine.feel.values import KINDS, NUMBERS, Builtin, Value


def _numbers(run: Run, elements: list[Value]) -> list[Decimal]:
    """The elements, all of them numbers; an empty list is refused, as the standard gives null for it."""
    run.step(len(elements))
    for element in elements:
        if type(element) is not Decimal:
            raise Refused("INVALID_TYPE", expected="a list of numbers", found=KINDS[type(element)])
    if not elements:
        raise ValueError("the list is empty")
    return elements


def _contains(run: Run, elements: list[Value], element: Value) -> bool:
    run.walk(elements)
    return any(same(candidate, element) for candidate in elements)


def _extreme(sign: int) -> Callable[..., Value]:
    def call(run: Run, elements: list[Value]) -> Value:
        run.step(len(elements))
        if not elements:
            return None
        best = elements[0]
        for candidate in elements:
            keys = order_keys(candidate, best)
            if keys is None:
                raise Refused("NOT_COMPARABLE", left=KINDS[type(candidate)], right=KINDS[type(best)])
            if (keys[0] > keys[1]) if sign > 0 else (keys[0] < keys[1]):
                best = candidate
        return best

    return call


def _sum(run: Run, elements: list[Value]) -> Decimal:
    return _total(_numbers(run, elements))


def _mean(run: Run, elements: list[Value]) -> Decimal:
    return NUMBERS.divide(_sum(run, elements), Decimal(len(elements)))


def _product(run: Run, elements: list[Value]) -> Decimal:
    result = Decimal(1)
    for number in _numbers(run, elements):
        result = NUMBERS.multiply(result, number)
    return result


def _median(run: Run, elements: list[Value]) -> Value:
    if not elements:
        return None
    ordered = sorted(_numbers(run, elements))
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return NUMBERS.divide(NUMBERS.add(ordered[middle - 1], ordered[middle]), Decimal(2))


def _stddev(run: Run, elements: list[Value]) -> Decimal:
    """Of a sample: the sum of squares is divided by one less than the count."""
    numbers = _numbers(run, elements)
    if len(numbers) < 2:
        raise ValueError("at least two numbers are needed")
    count = Decimal(len(numbers))
    mean = NUMBERS.divide(_total(numbers), count)
    squares = [NUMBERS.power(NUMBERS.subtract(number, mean), 2) for number in numbers]
    return NUMBERS.sqrt(NUMBERS.divide(_total(squares), count - 1))


def _total(numbers: list[Decimal]) -> Decimal:
    total = Decimal(0)
    for number in numbers:
        total = NUMBERS.add(total, number)
    return total


def _mode(run: Run, elements: list[Value]) -> list[Value]:
    """The most frequent numbers, in ascending order."""
    if not elements:
        return []
    counts: dict[Decimal, int] = {}
    for number in _numbers(run, elements):
        counts[number] = counts.get(number, 0) + 1
    most = max(counts.values())
    return sorted(number for number, count in counts.items() if count == most)


def _verdict(decisive: bool) -> Callable[..., Value]:
    """``all`` and ``any``: null where nothing decides and an element is null."""

    def call(run: Run, elements: list[Value]) -> Value:
        run.step(len(elements))
        wrong = [element for element in elements if type(element) is not bool and element is not None]
        if wrong:
            raise Refused("INVALID_TYPE", expected="a list of booleans", found=KINDS[type(wrong[0])])
        if any(element is decisive for element in elements):
            return decisive
        return None if None in elements else not decisive

    return call


# -- parts and places --------------------------------------------------------------------------------------------------


def _place(elements: list[Value], position: Decimal) -> int:
    """An index from a place counted from 1, or from -1 at the end; refused outside of the list."""
    place = int(position)
    if place == 0 or abs(place) > len(elements):
        raise Refused("OUT_OF_BOUNDS", size=len(elements), index=str(position))
    return place - 1 if place > 0 else len(elements) + place


def _sublist(_run: Run, elements: list[Value], start: Decimal, length: Decimal | None = None) -> list[Value]:
    first = _place(elements, start)
    if length is None:
        return elements[first:]
    if int(length) < 0 or first + int(length) > len(elements):
        raise ValueError("the list is shorter than that")
    return elements[first : first + int(length)]


def _insert(run: Run, elements: list[Value], position: Decimal, item: Value) -> list[Value]:
    place = _place(elements, position)
    return [*elements[:place], item, *elements[place:]]


def _remove(_run: Run, elements: list[Value], position: Decimal) -> list[Value]:
    place = _place(elements, position)
    return elements[:place] + elements[place + 1 :]


def _replace(run: Run, elements: list[Value], where: Any, item: Value) -> list[Value]:
    """At a place, or wherever a function of element and new item says true."""
    if isinstance(where, Decimal):
        place = _place(elements, where)
        return [*elements[:place], item, *elements[place + 1 :]]
    replaced = []
    for element in elements:
        verdict = invoke(run, where, (element, item))
        if type(verdict) is not bool:
            raise Refused("INVALID_TYPE", expected="a function that gives true or false", found=KINDS[type(verdict)])
        replaced.append(item if verdict else element)
    return replaced


def _index_of(run: Run, elements: list[Value], match: Value) -> list[Value]:
    run.walk(elements)
    return [Decimal(place) for place, element in enumerate(elements, 1) if same(element, match)]


# -- whole lists -------------------------------------------------------------------------------------------------------


def _append(run: Run, elements: list[Value], items: list[Value]) -> list[Value]:
    return [*elements, *items]


def _concatenate(run: Run, lists: list[Value]) -> list[Value]:
    joined: list[Value] = []
    for part in lists:
        joined.extend(part)
        run.check_size(len(joined))
    return joined


def distinct(run: Run, elements: list[Value]) -> list[Value]:
    """Each value once, where it first stood."""
    seen: set[tuple[type, Value]] = set()
    kept: list[Value] = []
    for element in elements:
        if type(element) in (str, Decimal, bool):
            if (type(element), element) in seen:
                continue
            seen.add((type(element), element))
        else:
            run.walk(kept)
            if any(same(element, other) for other in kept):
                continue
        kept.append(element)
    return kept


def _union(run: Run, lists: list[Value]) -> list[Value]:
    return distinct(run, _concatenate(run, lists))


def _flatten(run: Run, elements: list[Value]) -> list[Value]:
    flat: list[Value] = []
    pending = list(reversed(elements))
    while pending:
        run.step()
        element = pending.pop()
        if type(element) is list:
            pending.extend(reversed(element))
        else:
            flat.append(element)
    return flat


def _sort(run: Run, elements: list[Value], precedes: Value = None) -> list[Value]:
    """By a function that says whether its first argument comes before the second; ascending without one. Stable."""
    run.step(len(elements))
    if precedes is None:
        return sorted(elements, key=cmp_to_key(sort_key_order))

    def order(left: Value, right: Value) -> int:
        verdict = invoke(run, precedes, (left, right))
        if type(verdict) is not bool:
            raise Refused("INVALID_TYPE", expected="a function that gives true or false", found=KINDS[type(verdict)])
        return -1 if verdict else 1 if invoke(run, precedes, (right, left)) is True else 0

    return sorted(elements, key=cmp_to_key(order))


def _of_list(call: Callable[..., Value]) -> tuple[tuple[str, Callable[..., Value]], ...]:
    """One list, or its elements as arguments."""
    return ("list: list", call), ("*list: any", call)


LISTS: Final[tuple[Builtin, ...]] = (
    define("list contains", ("list: list, element: any", _contains)),
    define("count", ("list: list", lambda _run, elements: Decimal(len(elements)))),
    define("min", *_of_list(_extreme(-1))),
    define("max", *_of_list(_extreme(1))),
    define("sum", *_of_list(_sum)),
    define("mean", *_of_list(_mean)),
    define("all", *_of_list(_verdict(False))),
    define("any", *_of_list(_verdict(True))),
    define("product", *_of_list(_product)),
    define("median", *_of_list(_median)),
    define("stddev", *_of_list(_stddev)),
    define("mode", *_of_list(_mode)),
    define("sublist", ("list: list, start position: number, [length: number]", _sublist)),
    define("append", ("list: list, *item: any", _append)),
    define("concatenate", ("*list: list", _concatenate)),
    define("insert before", ("list: list, position: number, newItem: any", _insert)),
    define("remove", ("list: list, position: number", _remove)),
    define("reverse", ("list: list", lambda _run, elements: elements[::-1])),
    define("index of", ("list: list, match: any", _index_of)),
    define("union", ("*list: list", _union)),
    define("distinct values", ("list: list", distinct)),
    define("flatten", ("list: list", _flatten)),
    define(
        "list replace",
        ("list: list, position: number, newItem: any", _replace),
        ("list: list, match: function, newItem: any", _replace),
    ),
    define("sort", ("list: list, [precedes: function]", _sort)),
)
