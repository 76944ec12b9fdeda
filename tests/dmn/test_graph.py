"""Requirements, services, imports, types: how values travel through a model."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from engine.dmn import DmnError, evaluate, evaluate_service, inputs_of

from .builder import DMN, answer_of, decision, input_data, literal, model, restricted, table, value, xml

CHAIN = (
    input_data("amount", "number"),
    input_data("region", "string"),
    decision(
        "rate", table({"region": "string"}, ["r"], ['"north" => 0.1', "- => 0.2"], policy="FIRST"), "number", ["region"]
    ),
    decision("tax", literal("amount * rate"), "number", ["amount", "!rate"]),
)


def test_a_chain_of_decisions_is_recorded_in_order() -> None:
    answer = answer_of(model(*CHAIN), "tax", amount=Decimal("10.05"), region="north", unused=1)
    assert str(answer.value) == "1.005"
    assert answer.inputs == {"amount": Decimal("10.05"), "region": "north"}
    rate, tax = answer.evaluated
    assert (rate.decision, rate.name, rate.value, rate.rules, rate.rule_ids) == (
        "_rate",
        "rate",
        Decimal("0.1"),
        (1,),
        ("rule1",),
    )
    assert (tax.inputs, tax.rules) == ({"amount": Decimal("10.05"), "rate": Decimal("0.1")}, ())


def test_a_decision_is_found_by_id_or_name() -> None:
    assert (
        evaluate(model(*CHAIN), "_rate", {"region": "x"}).value
        == evaluate(model(*CHAIN), "rate", {"region": "x"}).value
    )


def test_an_unknown_decision_suggests_the_nearest() -> None:
    with pytest.raises(DmnError, match='Did you mean "rate"') as caught:
        evaluate(model(*CHAIN), "raet", {})
    assert caught.value.code == "dmn.decision"
    assert caught.value.message_zh == "模型中没有决策“raet”。您是不是想写“rate”？"


def test_each_decision_is_made_once() -> None:
    parts = [
        decision("a", literal("1")),
        decision("b", literal("a"), needs=["!a"]),
        decision("c", literal("a + b"), needs=["!a", "!b"]),
    ]
    assert [step.name for step in answer_of(model(*parts), "c").evaluated] == ["a", "b", "c"]


def test_only_requirements_are_in_scope() -> None:
    answer = answer_of(model(*CHAIN, decision("d", literal("region"), needs=["amount"])), amount=1, region="north")
    assert answer.value is None


def test_a_decision_without_requirements_reads_the_hosts_variables() -> None:
    definitions = model(decision("d", literal("total * 2")))
    assert value(definitions, total=4) == Decimal(8)
    assert inputs_of(definitions, "d") == {"total"}


def test_inputs_of_a_chain() -> None:
    assert inputs_of(model(*CHAIN), "tax") == {"amount", "region"}
    assert inputs_of(model(*CHAIN), "rate") == {"region"}


def test_circles_are_null_and_said() -> None:
    answer = answer_of(model(decision("a", literal("b"), needs=["!b"]), decision("b", literal("a"), needs=["!a"])), "a")
    assert answer.value is None
    assert answer.problems[0].code == "dmn.cycle"


def test_a_decision_without_logic_is_null() -> None:
    assert value(model(decision("d", ""))) is None


def test_the_variables_name_may_differ_from_the_elements() -> None:
    parts = (
        '<inputData id="i" name="Margin 毛利"><variable name="margin" typeRef="number"/></inputData>',
        '<decision id="d" name="Level 等级"><variable name="level"/><informationRequirement><requiredInput href="#i"/>'
        f"</informationRequirement>{literal('margin + 1')}</decision>",
    )
    assert value(model(*parts), "d", margin=1) == Decimal(2)
    assert value(model(*parts), "Level 等级", **{"Margin 毛利": 1}) == Decimal(2)


def test_requirements_may_name_their_own_namespace() -> None:
    href = '<informationRequirement><requiredInput href="urn:test#_x"/></informationRequirement>'
    text = f'<decision id="d" name="d"><variable name="d"/>{href}{literal("x")}</decision>'
    assert value(model(input_data("x"), text), x=1) == Decimal(1)


# -- types -------------------------------------------------------------------------------------------------------------

PERSON = (
    '<itemDefinition name="tPerson"><itemComponent name="name"><typeRef>string</typeRef></itemComponent>'
    '<itemComponent name="home"><typeRef>tAddress</typeRef></itemComponent></itemDefinition>'
    '<itemDefinition name="tAddress"><itemComponent name="zip code"><typeRef>string</typeRef></itemComponent></itemDefinition>'
)


def typed(kind: str, given: object, types: str = "") -> object:
    return answer_of(model(types, input_data("x", kind), decision("d", literal("x"), needs=["x"])), x=given).value


def test_structures_conform_by_their_members() -> None:
    good = {"name": "a", "home": {"zip code": "1"}, "more": 1}
    assert typed("tPerson", good, PERSON) == good
    assert typed("tPerson", {"name": "a"}, PERSON) is None
    assert typed("tPerson", {"name": "a", "home": {"zip code": 1}}, PERSON) is None


def test_names_with_spaces_inside_structures() -> None:
    definitions = model(PERSON, input_data("x", "tPerson"), decision("d", literal("x.home.zip code"), needs=["x"]))
    assert value(definitions, x={"name": "a", "home": {"zip code": "1"}}) == "1"


def test_implicit_conversions() -> None:
    numbers = '<itemDefinition name="tNumbers" isCollection="true"><typeRef>number</typeRef></itemDefinition>'
    assert typed("number", [5]) == Decimal(5)
    assert typed("tNumbers", 5, numbers) == [Decimal(5)]
    assert typed("tNumbers", ["a"], numbers) is None
    midnight = typed("date and time", date(2026, 1, 2))
    assert midnight == datetime(2026, 1, 2, tzinfo=UTC)


def test_allowed_values_and_constraints() -> None:
    grade = restricted("t", "string", '"A","B"')
    assert typed("t", "A", grade) == "A"
    assert typed("t", "C", grade) is None
    constraint = "<typeConstraint><text>count(?) &lt; 3</text></typeConstraint>"
    grades = restricted("t", "string", '"A","B"', constraint, 'isCollection="true"')
    assert typed("t", ["A", "B"], grades) == ["A", "B"]
    assert typed("t", ["A", "C"], grades) is None
    assert typed("t", ["A", "B", "A"], grades) is None


def test_a_type_may_contain_itself() -> None:
    tree = (
        '<itemDefinition name="tTree"><itemComponent name="v"><typeRef>number</typeRef></itemComponent>'
        '<itemComponent name="kids" isCollection="true"><typeRef>tTree</typeRef></itemComponent></itemDefinition>'
    )
    good = {"v": Decimal(1), "kids": [{"v": Decimal(2), "kids": []}]}
    assert typed("tTree", good, tree) == good
    assert typed("tTree", {"v": Decimal(1), "kids": [{"v": "x", "kids": []}]}, tree) is None


def test_a_type_that_is_only_itself_restricts_nothing() -> None:
    assert typed("t", 1, '<itemDefinition name="t"><typeRef>t</typeRef></itemDefinition>') == Decimal(1)


def test_the_types_of_other_tools_are_understood() -> None:
    assert typed("integer", 5) == typed("double", 5) == typed("long", 5) == Decimal(5)


# -- decision services -------------------------------------------------------------------------------------------------

SERVICE = (
    input_data("x", "number"),
    decision("base", literal("x + 1"), "number", ["x"]),
    decision("out", literal("base * 10"), "number", ["!base"]),
    decision("more", literal("base * 100"), "number", ["!base"]),
)
ONE = (
    '<decisionService id="one" name="one"><variable name="one"/><outputDecision href="#_out"/>'
    '<encapsulatedDecision href="#_base"/><inputData href="#_x"/></decisionService>'
)
TWO = (
    '<decisionService id="two" name="two"><variable name="two"/><outputDecision href="#_out"/><outputDecision href="#_more"/>'
    '<inputDecision href="#_base"/></decisionService>'
)


def test_service_with_one_output_gives_its_value() -> None:
    assert evaluate_service(model(*SERVICE, ONE), "one", {"x": 1}).value == Decimal(20)


def test_service_takes_its_input_decisions_from_outside() -> None:
    answer = evaluate_service(model(*SERVICE, TWO), "two", {"base": 5})
    assert answer.value == {"out": Decimal(50), "more": Decimal(500)}
    assert [step.name for step in answer.evaluated] == ["out", "more"]


def test_service_without_its_input_is_null() -> None:
    assert evaluate_service(model(*SERVICE, TWO), "two", {}).value == {"out": None, "more": None}


def test_service_called_from_an_expression_leaves_the_rest_alone() -> None:
    call = decision("d", literal("{a: one(4), b: base}"), needs=["!base", "x"], knows=["one"])
    definitions = model(*SERVICE, ONE.replace('id="one"', 'id="_one"'), call)
    assert value(definitions, x=1) == {"a": Decimal(50), "b": Decimal(2)}


def test_values_that_feel_does_not_know_are_null_and_said() -> None:
    assert answer_of(model(*CHAIN), "rate", region=object()).problems[0].code == "dmn.value"
    assert evaluate_service(model(*SERVICE, ONE), "one", {"x": object()}).problems[0].code == "dmn.value"


def test_unknown_service() -> None:
    with pytest.raises(DmnError) as caught:
        evaluate_service(model(*SERVICE, ONE), "oen", {})
    assert caught.value.code == "dmn.service"


# -- imports -----------------------------------------------------------------------------------------------------------

HELLO = xml(
    input_data("person name", "string"),
    decision("greeting", literal('"Hello, " + person name'), "string", ["person name"]),
    '<itemDefinition name="tName"><typeRef>string</typeRef></itemDefinition>',
    f'<businessKnowledgeModel id="shout" name="shout it"><variable name="shout it"/><encapsulatedLogic>'
    f'<formalParameter name="s" typeRef="tName"/>{literal("upper case(s)")}</encapsulatedLogic></businessKnowledgeModel>',
    namespace="urn:hello",
)


def importing(alias: str, namespace: str) -> str:
    return f'<import name="{alias}" namespace="{namespace}" importType="{DMN}"/>'


def needing(name: str, text: str, *hrefs: str) -> str:
    required = "".join(
        f'<informationRequirement><requiredDecision href="{h}"/></informationRequirement>' for h in hrefs
    )
    return f'<decision id="_{name}" name="{name}"><variable name="{name}"/>{required}{literal(text)}</decision>'


def test_imported_functions_and_types() -> None:
    parts = (importing("hi", "urn:hello"), input_data("n", "hi.tName"))
    call = decision("d", literal("hi.shout it(n)"), needs=["n"], knows=["urn:hello#shout"])
    assert value(model(*parts, call, imports={"urn:hello": HELLO}), n="bo") == "BO"


def test_imports_may_be_offered_by_file_name() -> None:
    parts = (importing("hi", "urn:hello"), needing("d", "hi.greeting", "urn:hello#_greeting"))
    definitions = model(*parts, imports={"broken.dmn": b"<a", "hello.dmn": HELLO})
    assert value(definitions, hi={"person name": "A"}) == "Hello, A"


def test_imported_decisions_take_their_inputs_under_the_imports_name() -> None:
    parts = (importing("hi", "urn:hello"), needing("d", "hi.greeting", "urn:hello#_greeting"))
    definitions = model(*parts, imports={"urn:hello": HELLO})
    assert value(definitions, hi={"person name": "A"}) == "Hello, A"
    assert evaluate(definitions, "d", {"person name": "B"}).value == "Hello, B"
    assert inputs_of(definitions, "d") == {"person name"}


def test_one_model_imported_twice_has_two_sets_of_inputs() -> None:
    middle = [
        xml(importing("a", "urn:hello"), needing("via", "a.greeting", "urn:hello#_greeting"), namespace=f"urn:m{n}")
        for n in (1, 2)
    ]
    parts = (
        importing("M1", "urn:m1"),
        importing("M2", "urn:m2"),
        needing("d", "[M1.via, M2.via]", "urn:m1#_via", "urn:m2#_via"),
    )
    definitions = model(*parts, imports={"urn:hello": HELLO, "urn:m1": middle[0], "urn:m2": middle[1]})
    given = {"M1": {"a": {"person name": "X"}}, "M2": {"a": {"person name": "Y"}}}
    assert value(definitions, **given) == ["Hello, X", "Hello, Y"]


def test_an_import_without_a_name_shares_the_scope() -> None:
    parts = (importing("", "urn:hello"), needing("d", "greeting", "urn:hello#_greeting"))
    assert evaluate(model(*parts, imports={"urn:hello": HELLO}), "d", {"person name": "C"}).value == "Hello, C"


def test_imports_in_a_circle_are_refused() -> None:
    one = xml(importing("two", "urn:two"), namespace="urn:one")
    two = xml(importing("one", "urn:one"), namespace="urn:two")
    with pytest.raises(DmnError) as caught:
        model(importing("one", "urn:one"), imports={"urn:one": one, "urn:two": two})
    assert caught.value.code == "dmn.import-cycle"
