"""Boxed expressions mean what FEEL means by the same words (clause 10.2)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from .builder import answer_of, decision, input_data, literal, model, value


def box(tag: str, attributes: str = "", **slots: str) -> str:
    inner = "".join(f"<{slot.rstrip('_')}>{literal(text)}</{slot.rstrip('_')}>" for slot, text in slots.items())
    return f"<{tag} {attributes}>{inner}</{tag}>"


def entry(name: str | None, text: str, kind: str | None = None) -> str:
    ref = f' typeRef="{kind}"' if kind else ""
    variable = f'<variable name="{name}"{ref}/>' if name else ""
    return f"<contextEntry>{variable}{literal(text)}</contextEntry>"


def of(logic: str, **inputs: object) -> object:
    parts = [input_data(name) for name in inputs]
    return value(model(*parts, decision("d", logic, needs=list(inputs))), **inputs)


def test_context_entries_see_the_ones_before() -> None:
    assert of(f"<context>{entry('a', '1')}{entry('b', 'a + 1')}</context>") == {"a": Decimal(1), "b": Decimal(2)}


def test_context_with_a_result() -> None:
    assert of(f"<context>{entry('net price', '100')}{entry(None, 'net price * 2')}</context>") == Decimal(200)


def test_context_entry_of_the_wrong_type_is_null() -> None:
    answer = answer_of(model(decision("d", f"<context>{entry('a', '1', 'string')}</context>")))
    assert answer.value == {"a": None}
    assert answer.problems[0].code == "dmn.type"
    assert answer.problems[0].zh == "d：1（number）不符合类型 string。"


def test_list_and_relation() -> None:
    assert of(f"<list>{literal('1')}{literal('1 + 1')}</list>") == [Decimal(1), Decimal(2)]
    rows = "".join(f"<row>{literal(a)}{literal(b)}</row>" for a, b in (('"x"', "1"), ('"y"', "2")))
    relation = f'<relation><column name="n"/><column name="v" typeRef="number"/>{rows}</relation>'
    assert of(relation) == [{"n": "x", "v": Decimal(1)}, {"n": "y", "v": Decimal(2)}]


@pytest.mark.parametrize(("condition", "expected"), [("x > 1", "yes"), ("x < 1", "no"), ("null", "no"), ('"a"', "no")])
def test_conditional(condition: str, expected: str) -> None:
    logic = box("conditional", if_=condition, then='"yes"', else_='"no"')
    assert answer_of(model(input_data("x"), decision("d", logic, needs=["x"])), x=2).value == expected


def test_for() -> None:
    assert of(box("for", 'iteratorVariable="i"', in_="[1,2]", return_="i * 10")) == [Decimal(10), Decimal(20)]
    assert of(box("for", 'iteratorVariable="i"', in_="[1..3]", return_="i")) == [1, 2, 3]


def test_for_sees_the_results_so_far() -> None:
    assert of(box("for", 'iteratorVariable="i"', in_="[1,2,3]", return_="i + count(partial)")) == [1, 3, 5]


@pytest.mark.parametrize(
    ("kind", "source", "expected"),
    [
        ("some", "[1,2,3]", True),
        ("some", "[1]", False),
        ("some", "[]", False),
        ("every", "[2,3]", True),
        ("every", "[1,2]", False),
        ("every", "[]", True),
        ("every", "[2,null]", None),
    ],
)
def test_quantified(kind: str, source: str, expected: bool | None) -> None:
    logic = box(kind, 'iteratorVariable="i"', in_=source, satisfies="i > 1")
    assert answer_of(model(decision("d", logic))).value is expected


def test_filter_knows_item_and_its_entries() -> None:
    assert of(box("filter", in_="[1,2,3]", match="item > 1")) == [Decimal(2), Decimal(3)]
    assert of(box("filter", in_="[{p: 1}, {p: 5}]", match="p > 3 and item.p > 3")) == [{"p": Decimal(5)}]
    assert of(box("filter", in_="[7,8,9]", match="2")) == Decimal(8)


INVOKE = '<invocation>{called}<binding><parameter name="{name}"/>{argument}</binding></invocation>'
KNOWLEDGE = (
    '<businessKnowledgeModel id="_twice" name="twice"><variable name="twice"/><encapsulatedLogic>'
    '<formalParameter name="n" typeRef="number"/>{body}</encapsulatedLogic></businessKnowledgeModel>'
)


def invocation(name: str = "n", argument: str = "4", body: str = "n * 2") -> object:
    logic = INVOKE.format(called=literal("twice"), name=name, argument=literal(argument))
    knowledge = KNOWLEDGE.format(body=literal(body))
    return answer_of(model(knowledge, decision("d", logic, needs=[], knows=["twice"])))


def test_invocation_of_a_knowledge_model() -> None:
    assert invocation().value == Decimal(8)


def test_invocation_with_an_unknown_parameter_or_a_wrong_type_is_null_and_explained() -> None:
    for answer in (invocation(name="m"), invocation(argument='"x"')):
        assert answer.value is None
        assert answer.problems


def test_invocation_of_a_builtin_and_of_nothing() -> None:
    logic = INVOKE.format(called=literal("abs"), name="n", argument=literal("-4"))
    assert of(logic) == Decimal(4)
    logic = INVOKE.format(called=literal("nothing"), name="n", argument=literal("-4"))
    assert answer_of(model(decision("d", logic))).value is None


def test_knowledge_model_may_call_itself_within_the_budget() -> None:
    factorial = KNOWLEDGE.format(body=literal("if n <= 1 then 1 else n * twice(n - 1)"))
    assert value(model(factorial, decision("d", literal("twice(10)"), knows=["twice"]))) == Decimal(3628800)
    endless = KNOWLEDGE.format(body=literal("twice(n + 1)"))
    answer = answer_of(model(endless, decision("d", literal("twice(1)"), knows=["twice"])))
    assert answer.value is None
    assert answer.problems[-1].code == "dmn.budget"


def test_function_definition_closes_over_its_scope() -> None:
    function = f'<functionDefinition><formalParameter name="n"/>{literal("n * rate")}</functionDefinition>'
    rows = f'<contextEntry><variable name="times"/>{function}</contextEntry>'
    logic = f"<context>{entry('rate', '3')}{rows}{entry(None, 'times(5)')}</context>"
    assert of(logic) == Decimal(15)


def test_external_functions_are_refused_with_a_reason() -> None:
    method = f"<context>{entry('class', '1')}</context>"
    function = f'<functionDefinition kind="Java"><formalParameter name="n"/>{method}</functionDefinition>'
    rows = f'<contextEntry><variable name="f"/>{function}</contextEntry>'
    answer = answer_of(model(decision("d", f"<context>{rows}{entry(None, 'f(5)')}</context>")))
    assert answer.value is None
    assert answer.problems[0].code == "dmn.external"


def test_a_text_that_does_not_parse_is_null_with_its_place() -> None:
    answer = answer_of(model(decision("d", literal("1 +"))))
    assert answer.value is None
    assert answer.problems[0].code == "dmn.syntax"
    assert "line 1" in answer.problems[0].lower()


def test_missing_variables_are_explained() -> None:
    answer = answer_of(model(input_data("amount"), decision("d", literal("amount + tax"), needs=["amount"])), amount=1)
    assert answer.value is None
    assert 'no variable "tax"' in answer.problems[0]


def test_loops_run_into_the_budget() -> None:
    text = "for a in 1..10000, b in 1..10000 return a * b"
    answer = answer_of(model(decision("d", literal(text))))
    assert answer.value is None
    assert answer.problems[-1].code == "dmn.budget"
    assert answer.problems[-1].zh
