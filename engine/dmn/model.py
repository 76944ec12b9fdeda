"""The elements of a DMN 1.5 model (OMG formal/24-01-01, clauses 6 to 8), as they stand in the file.

Everything here is immutable data without behaviour. Type references are text: a FEEL type name, the name of an item
definition, or `import.name`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class HitPolicy(Enum):
    """How many rules may fire and what becomes of their outputs (clause 8.2.10)."""

    UNIQUE = "UNIQUE"
    ANY = "ANY"
    PRIORITY = "PRIORITY"
    FIRST = "FIRST"
    RULE_ORDER = "RULE ORDER"
    OUTPUT_ORDER = "OUTPUT ORDER"
    COLLECT = "COLLECT"


class Aggregation(Enum):
    """What COLLECT does with the outputs: + < > # (clause 8.2.11)."""

    SUM = "SUM"
    MIN = "MIN"
    MAX = "MAX"
    COUNT = "COUNT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Boxed:
    """What every boxed expression has: its XML id (may be empty), source line and declared type."""

    id: str = ""
    line: int = 0
    type_ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal(Boxed):
    """A FEEL text (clause 7.3.7)."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of a boxed context; the row without a name is the context's result (clause 10.2.1.4)."""

    name: str | None
    type_ref: str | None
    expression: Expression | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextBox(Boxed):
    """A boxed context (clause 10.2.1.4)."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation(Boxed):
    """A boxed invocation: a called function and its named arguments (clause 10.2.1.3)."""

    called: Expression | None
    bindings: tuple[tuple[str, Expression | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListBox(Boxed):
    """A boxed list (clause 10.2.1.5)."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation(Boxed):
    """A boxed relation: a list of contexts with the same keys (clause 10.2.1.6)."""

    columns: tuple[tuple[str, str | None], ...]
    rows: tuple[tuple[Expression | None, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A formal parameter of a function."""

    name: str
    type_ref: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionBox(Boxed):
    """A boxed function definition (clause 10.2.1.7). `kind` is FEEL, Java or PMML."""

    parameters: tuple[Parameter, ...]
    body: Expression | None
    kind: str = "FEEL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditional(Boxed):
    """A boxed conditional (clause 10.2.1.8)."""

    condition: Expression | None
    then: Expression | None
    otherwise: Expression | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Iterator(Boxed):
    """A boxed iterator (clause 10.2.1.10): `kind` is for, some or every."""

    kind: str
    variable: str
    source: Expression | None
    body: Expression | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter(Boxed):
    """A boxed filter (clause 10.2.1.9)."""

    source: Expression | None
    match: Expression | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableInput:
    """An input column: its expression, and the unary tests its value must pass (None: no restriction)."""

    id: str
    line: int
    label: str
    expression: Literal
    allowed: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOutput:
    """An output column: its name (None for the only column), the listed values in order of priority, and the default."""

    id: str
    line: int
    name: str | None
    label: str
    type_ref: str | None
    allowed: str | None
    default: Literal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule; `number` counts from 1, `tests` holds one text per input, `outputs` one expression per output."""

    id: str
    line: int
    number: int
    tests: tuple[str, ...]
    outputs: tuple[Literal, ...]
    annotations: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionTable(Boxed):
    """A decision table (clause 8)."""

    inputs: tuple[TableInput, ...]
    outputs: tuple[TableOutput, ...]
    rules: tuple[Rule, ...]
    hit_policy: HitPolicy
    aggregation: Aggregation | None


Expression = (
    Literal
    | ContextBox
    | Invocation
    | ListBox
    | Relation
    | FunctionBox
    | Conditional
    | Iterator
    | Filter
    | DecisionTable
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDefinition:
    """A named type (clause 7.3.3). Exactly one of `type_ref`, `components`, `function` is filled; none means Any."""

    name: str
    id: str
    line: int
    type_ref: str | None
    components: tuple[ItemDefinition, ...]
    function: FunctionItem | None
    allowed: str | None
    constraint: str | None
    is_collection: bool
    has_components: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionItem:
    """The type of a function (clause 7.3.3)."""

    parameters: tuple[Parameter, ...]
    result: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What every element of a requirements graph has; `variable` is its name in expressions, nearly always equal to
    `name`.
    """

    id: str
    name: str
    variable: str
    line: int
    type_ref: str | None
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputData(Node):
    """A value that comes from outside (clause 6.3.11)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Node):
    """A decision (clause 6.3.7). Requirements are `namespace#id` or `#id` references."""

    expression: Expression | None
    required_inputs: tuple[str, ...]
    required_decisions: tuple[str, ...]
    required_knowledge: tuple[str, ...]
    question: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeModel(Node):
    """A business knowledge model: a function with a name (clause 6.3.9)."""

    function: FunctionBox | None
    required_knowledge: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionService(Node):
    """A decision service (clause 6.3.10); the parameters are its input data, then its input decisions."""

    outputs: tuple[str, ...]
    encapsulated: tuple[str, ...]
    input_decisions: tuple[str, ...]
    input_data: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """Another model used here under a name; the empty name puts its elements into this model's own scope (DMN 1.5,
    6.3.3).
    """

    name: str
    namespace: str
    line: int
    is_dmn: bool
    definitions: Definitions | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Definitions:
    """One DMN model. All mappings go from the element's XML id, in the order of the file.

    `programs` is the cache of compiled logic; it never outgrows the number of elements in the model.
    """

    id: str
    name: str
    namespace: str
    file: str = ""
    version: str = "1.5"
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    inputs: Mapping[str, InputData] = field(default_factory=dict)
    knowledge: Mapping[str, KnowledgeModel] = field(default_factory=dict)
    services: Mapping[str, DecisionService] = field(default_factory=dict)
    items: Mapping[str, ItemDefinition] = field(default_factory=dict)
    imports: tuple[Import, ...] = ()
    programs: dict[object, object] = field(default_factory=dict, repr=False)

    def decision(self, key: str) -> Decision | None:
        """The decision with this id, or else this name; None when there is neither."""
        return self.decisions.get(key) or next((d for d in self.decisions.values() if d.name == key), None)

    def service(self, key: str) -> DecisionService | None:
        """The decision service with this id, or else this name; None when there is neither."""
        return self.services.get(key) or next((s for s in self.services.values() if s.name == key), None)
