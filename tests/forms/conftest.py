"""What every test of forms starts from: a form made of properties, submitted on 2 March 2026, 09:00 in Shanghai."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import forms

SHANGHAI = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)


def feel(text: str, scope: Mapping[str, Any]) -> Any:
    """Stands for FEEL in tests of this package alone: a few expressions by their text."""
    return {
        "qty * price": lambda: (
            None if scope["qty"] is None or scope["price"] is None else scope["qty"] * scope["price"]
        ),
        "sum(lines.total)": lambda: sum(row["total"] for row in scope["lines"] if row["total"] is not None),
        "net <= list": lambda: scope["net"] <= scope["list"],
        "true": lambda: True,
        "null": lambda: None,
        "raise": lambda: 1 / 0,
        "limit + 1": lambda: scope["limit"] + 1,
    }[text]()


@pytest.fixture
def make() -> Callable[..., forms.Form]:
    def build(properties: Mapping[str, Any], **rest: Any) -> forms.Form:
        return forms.load(
            {"title": "Test", "x-zh": "测试", "type": "object", "properties": properties, **rest}, key="test"
        )

    return build


@pytest.fixture
def submit() -> Callable[..., forms.Submission]:
    def send(form: forms.Form, data: Mapping[str, Any], **given: Any) -> forms.Submission:
        settings = {"today": TODAY, "now": NOW, "zone": SHANGHAI, "evaluate": feel, **given}
        return forms.validate(form, data, **settings)

    return send


@pytest.fixture
def refused(submit: Callable[..., forms.Submission]) -> Callable[..., dict[str, forms.Message]]:
    def send(form: forms.Form, data: Mapping[str, Any], **given: Any) -> dict[str, forms.Message]:
        with pytest.raises(forms.Rejected) as caught:
            submit(form, data, **given)
        return caught.value.errors

    return send
