"""docs/connectors.md says what there is: every operation, every parameter, every part of a configuration, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from engine.connectors import OPERATIONS, outside
from engine.connectors.catalogue import CATALOGUE
from engine.connectors.configuration import FIELDS
from engine.keys import Keys

PAGE = (Path(__file__).parents[2] / "docs" / "connectors.md").read_text("utf-8")
ROWS = {row[1]: row[0] for row in re.finditer(r"^\| `([a-z]+\.[a-z]+)` \|.*$", PAGE, re.MULTILINE)}


def test_every_operation_is_described_and_none_that_there_is_not() -> None:
    assert set(CATALOGUE) == set(OPERATIONS) | set(outside(Keys()))
    for one in CATALOGUE.values():
        for said, said_zh in ((one.about, one.about_zh), (one.result, one.result_zh)):
            assert said.endswith(".")
            assert re.search("[一-鿿]", said_zh)


def test_the_page_has_every_operation_with_its_parameters() -> None:
    assert set(ROWS) == set(CATALOGUE)
    for name, row in ROWS.items():
        cell = row.split("|")[3]
        found = re.findall(r"(\*?)`(\w+)`", cell)
        wanted = [("*" if parameter.required else "", parameter.name) for parameter in CATALOGUE[name].parameters]
        assert found == wanted, name


def test_the_page_has_every_part_of_a_configuration() -> None:
    http, mail = PAGE.split("| HTTP connector |")[1].split("| Mail connector |")
    for part, kind in ((http, "http"), (mail.split("### ")[0], "mail")):
        told = {
            name for row in re.findall(r"^\| (`.*?) \|", part, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
        }
        assert told == FIELDS[kind]
