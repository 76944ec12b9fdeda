"""Small models for tests: a few lines of Python instead of a page of XML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from engine.dmn import Definitions, Evaluation, evaluate, read

DMN = "https://www.omg.org/spec/DMN/20230324/MODEL/"
NAMESPACE = "urn:test"


def model(
    *parts: str, namespace: str = NAMESPACE, version: str = DMN, head: str = "", imports: Any = None
) -> Definitions:
    """A model from the XML of its elements."""
    return read(xml(*parts, namespace=namespace, version=version, head=head), file="test.dmn", imports=imports or {})


def xml(*parts: str, namespace: str = NAMESPACE, version: str = DMN, head: str = "") -> bytes:
    """The bytes of a model."""
    body = "\n".join(parts)
    return (
        f'<definitions xmlns="{version}" id="model" name="model" namespace="{namespace}" {head}>\n{body}\n</definitions>'
    ).encode()


def input_data(name: str, kind: str | None = None) -> str:
    """An input with the id `_name`."""
    ref = f" typeRef={quoteattr(kind)}" if kind else ""
    return f'<inputData id="_{name}" name="{name}"><variable name="{name}"{ref}/></inputData>'


def restricted(name: str, kind: str, allowed: str, more: str = "", attributes: str = "") -> str:
    """An item definition with allowed values."""
    return (
        f'<itemDefinition name="{name}" {attributes}><typeRef>{kind}</typeRef>'
        f"<allowedValues><text>{escape(allowed)}</text></allowedValues>{more}</itemDefinition>"
    )


def decision(
    name: str, logic: str, kind: str | None = None, needs: Sequence[str] = (), knows: Sequence[str] = ()
) -> str:
    """A decision with the id `_name`; `needs` are decision ids after `!` or input names, `knows` knowledge models' names."""
    ref = f" typeRef={quoteattr(kind)}" if kind else ""
    required = "".join(
        f'<informationRequirement><requiredDecision href="#_{n[1:]}"/></informationRequirement>'
        if n.startswith("!")
        else f'<informationRequirement><requiredInput href="#_{n}"/></informationRequirement>'
        for n in needs
    )
    known = "".join(
        f'<knowledgeRequirement><requiredKnowledge href="{n if "#" in n else "#_" + n}"/></knowledgeRequirement>'
        for n in knows
    )
    return f'<decision id="_{name}" name="{name}"><variable name="{name}"{ref}/>{required}{known}{logic}</decision>'


def literal(text: str, kind: str | None = None) -> str:
    """A literal expression."""
    ref = f" typeRef={quoteattr(kind)}" if kind else ""
    return f"<literalExpression{ref}><text>{escape(text)}</text></literalExpression>"


def table(
    inputs: Mapping[str, str | None] | Sequence[str],
    outputs: Mapping[str, str | None] | Sequence[str],
    rules: Sequence[str],
    *,
    policy: str = "UNIQUE",
    aggregation: str = "",
    values: Mapping[str, str] | None = None,
    defaults: Mapping[str, str] | None = None,
    kinds: Mapping[str, str] | None = None,
) -> str:
    """A decision table. A rule is `condition | condition => result | result`.

    `inputs` maps input expressions to types, `outputs` output names to types; `values` are input or output values by column,
    `defaults` default outputs.
    """
    ins = inputs if isinstance(inputs, Mapping) else dict.fromkeys(inputs)
    outs = outputs if isinstance(outputs, Mapping) else dict.fromkeys(outputs)
    listed, default = values or {}, defaults or {}
    columns = "".join(_input(text, kind, listed.get(text)) for text, kind in ins.items())
    columns += "".join(
        _output(name, kind, listed.get(name), default.get(name), len(outs)) for name, kind in outs.items()
    )
    rows = "".join(_rule(number, rule) for number, rule in enumerate(rules, 1))
    how = f' aggregation="{aggregation}"' if aggregation else ""
    return f'<decisionTable id="table" hitPolicy="{policy}"{how}>{columns}{rows}</decisionTable>'


def _input(text: str, kind: str | None, values: str | None) -> str:
    ref = f' typeRef="{kind}"' if kind else ""
    allowed = f"<inputValues><text>{escape(values)}</text></inputValues>" if values else ""
    return f"<input><inputExpression{ref}><text>{escape(text)}</text></inputExpression>{allowed}</input>"


def _output(name: str, kind: str | None, values: str | None, default: str | None, count: int) -> str:
    ref = f' typeRef="{kind}"' if kind else ""
    named = f' name="{name}"' if count > 1 else ""
    inner = f"<outputValues><text>{escape(values)}</text></outputValues>" if values else ""
    if default is not None:
        inner += f"<defaultOutputEntry><text>{escape(default)}</text></defaultOutputEntry>"
    return f"<output{named}{ref}>{inner}</output>"


def _rule(number: int, rule: str) -> str:
    tests, _, results = rule.partition("=>")
    entries = "".join(f"<inputEntry><text>{escape(t.strip())}</text></inputEntry>" for t in tests.split("|"))
    entries += "".join(f"<outputEntry><text>{escape(r.strip())}</text></outputEntry>" for r in results.split("|"))
    return f'<rule id="rule{number}">{entries}</rule>'


def table_model(*args: Any, **kwargs: Any) -> Definitions:
    """A model with one decision `d`, which is a table over inputs of the same names as its columns."""
    ins = args[0] if isinstance(args[0], Mapping) else dict.fromkeys(args[0])
    kinds = kwargs.get("kinds") or {}
    names = [name for name in ins if name.isidentifier()]
    parts = [input_data(name, kinds.get(name) or ins[name]) for name in names]
    types = [kwargs.pop("types")] if "types" in kwargs else []
    return model(*types, *parts, decision("d", table(*args, **kwargs), needs=names))


def value(definitions: Definitions, name: str = "d", /, **inputs: Any) -> Any:
    """The decision's value, which must come without problems."""
    answer = answer_of(definitions, name, **inputs)
    assert not answer.problems, answer.problems
    return answer.value


def answer_of(definitions: Definitions, name: str = "d", /, **inputs: Any) -> Evaluation:
    """The whole evaluation."""
    return evaluate(definitions, name, inputs)
