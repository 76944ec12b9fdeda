"""Answers that may be given once only: over instances, forms and people."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import func, select

from engine.commands.instances import CancelInstance, StartInstance
from engine.commands.tasks import CompleteTask
from engine.errors import FormRejected
from engine.playground import Playground
from engine.store import tables as t
from tests.diagrams import diagram
from tests.engines import House

TASKS = '<userTask id="u" facet:formKey="payment"/><userTask id="v" facet:formKey="refund"/>'
STARTED = '<startEvent id="s" facet:formKey="payment"/><userTask id="u"/>'
FLOWS = ("s>u", "u>v", "v>e")


def form(**fields: Any) -> bytes:
    return json.dumps({"type": "object", "properties": fields}).encode()


def files(**more: Any) -> dict[str, bytes]:
    return {
        "payment.json": form(txn_no={"type": "string", "x-unique": True, **more}, note={"type": "string"}),
        "refund.json": form(refund_no={"type": "string", "x-unique": "txn_no"}),
    }


@pytest.fixture
def shop(any_house: House) -> House:
    any_house.deploy(diagram(TASKS, *FLOWS), **files())
    return any_house


def _pay(house: House, instance: str, data: dict[str, Any], element: str = "u") -> None:
    house.run(CompleteTask(house.task(instance, element), data))


def _refused(house: House, instance: str, data: dict[str, Any], element: str = "u") -> dict[str, Any]:
    with pytest.raises(FormRejected) as caught:
        _pay(house, instance, data, element)
    return dict(caught.value.data["errors"])


def test_an_answer_is_accepted_once(shop: House) -> None:
    first, second = shop.start(), shop.start()

    _pay(shop, first, {"txn_no": "WX-1"})
    errors = _refused(shop, second, {"txn_no": "WX-1"})

    assert list(errors) == ["/txn_no"]
    assert errors["/txn_no"] == {"en": "This has been used before.", "zh": "该值已被使用过。"}
    _pay(shop, second, {"txn_no": "WX-2"})


@pytest.mark.parametrize("again", [" wx-1 ", "Wx-1", "ＷＸ－１"])
def test_the_same_number_written_in_another_way_is_the_same(shop: House, again: str) -> None:
    _pay(shop, shop.start(), {"txn_no": "WX-1"})

    assert "/txn_no" in _refused(shop, shop.start(), {"txn_no": again})


def test_forms_share_a_register_also_within_an_instance(shop: House) -> None:
    instance = shop.start()
    _pay(shop, instance, {"txn_no": "WX-1"})

    assert "/refund_no" in _refused(shop, instance, {"refund_no": "WX-1"}, "v")


def test_an_empty_answer_takes_nothing(shop: House) -> None:
    for _ in range(2):
        _pay(shop, shop.start(), {"note": "later"})

    assert shop.rows(select(func.count()).select_from(t.unique_value))[0][0] == 0


def test_a_cancelled_case_keeps_its_numbers(shop: House) -> None:
    instance = shop.start()
    _pay(shop, instance, {"txn_no": "WX-1"})
    shop.run(CancelInstance(instance))

    assert "/txn_no" in _refused(shop, shop.start(), {"txn_no": "WX-1"})


def test_who_may_see_the_other_case_is_told_which_it_is(shop: House) -> None:
    _pay(shop, shop.start(business_key="JC-20260302-0001"), {"txn_no": "WX-1"})
    manager, ann = shop.person("max", roles=("manager",)), shop.person("ann")
    second = shop.start()

    def said(actor: Any) -> str:
        with pytest.raises(FormRejected) as caught:
            shop.run(StartInstance("asking", {"txn_no": "wx-1"}), actor)
        return str(caught.value.data["errors"]["/txn_no"]["en"])

    shop.deploy(diagram(STARTED, "s>u>e", key="asking"), **files())

    assert said(manager) == "This has been used before, in case JC-20260302-0001."
    assert said(ann) == "This has been used before."
    assert "/txn_no" in _refused(shop, second, {"txn_no": "WX-1"})


def test_an_own_sentence_is_said(house: House) -> None:
    own = {"x-messages": {"unique": "This payment is booked already."}}
    house.deploy(diagram(TASKS, *FLOWS), **files(**own))
    _pay(house, house.start(), {"txn_no": "WX-1"})

    assert _refused(house, house.start(), {"txn_no": "WX-1"})["/txn_no"]["en"] == "This payment is booked already."


def test_a_refused_start_leaves_no_instance(house: House) -> None:
    house.deploy(diagram(STARTED, "s>u>e"), **files())
    count = select(func.count()).select_from(t.instance)
    house.run(StartInstance("p", {"txn_no": "WX-1"}))

    with pytest.raises(FormRejected):
        house.run(StartInstance("p", {"txn_no": "WX-1"}))

    assert house.rows(count)[0][0] == 1


def test_the_playground_keeps_the_rule() -> None:
    with Playground() as play:
        play.deploy({"p.bpmn": diagram(TASKS, *FLOWS), **files()})
        first, second = play.start("p"), play.start("p")
        play.complete(play.tasks(first)[0], {"txn_no": "WX-1"})

        with pytest.raises(FormRejected):
            play.complete(play.tasks(second)[0], {"txn_no": "WX-1"})

        assert play.instance(second).status == "active"
