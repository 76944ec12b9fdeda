"""The guide names everything that the check can say."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_rule_of_the_check_is_in_the_guide() -> None:
    guide = (ROOT / "docs" / "dmn.md").read_text(encoding="utf-8")
    modules = ("check", "tablecheck", "tabletypes")
    source = "".join((ROOT / "engine" / "dmn" / f"{name}.py").read_text(encoding="utf-8") for name in modules)
    rules = set(re.findall(r'"(dmn\.[a-z-]+)"', source))
    assert len(rules) > 15
    assert {rule for rule in rules if f"`{rule}`" not in guide} == set()
