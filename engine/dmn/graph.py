"""The requirements graph at work: what a decision needs is worked out first, once, and only if it is needed (clauses 6
and 7.3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine import feel
from engine.dmn.env import Env, typed
from engine.dmn.model import (
    Decision,
    DecisionService,
    DecisionTable,
    Definitions,
    FunctionBox,
    InputData,
    KnowledgeModel,
    Node,
)
from engine.dmn.program import compile_expression, function_program
from engine.dmn.result import DecisionResult
from engine.dmn.run import Program, Run
from engine.dmn.types import Types, vocabulary
from engine.dmn.walk import Text, walk


@dataclass(frozen=True, slots=True)
class Requirement:
    """A resolved requirement: the import it comes from (None: this model), and the element."""

    alias: str | None
    node: Node


@dataclass(frozen=True, slots=True)
class Plan:
    """A decision or knowledge model made ready: what it needs, what points at nothing, and its program.

    `free` are the host's variables that it reads directly, because it draws no requirements.
    """

    needs: tuple[Requirement, ...]
    missing: tuple[str, ...]
    program: Program
    free: frozenset[str] = frozenset()


def resolve(definitions: Definitions, reference: str) -> Requirement | None:
    """The element that a reference means, here or in an imported model; None when there is none."""
    namespace, _, key = reference.partition("#")
    if not namespace:
        node = find(definitions, key)
        return None if node is None else Requirement(None, node)
    for used in definitions.imports:
        if used.namespace == namespace and used.definitions is not None:
            node = find(used.definitions, key)
            if node is not None:
                return Requirement(used.name, node)
    return None


def find(definitions: Definitions, key: str) -> Node | None:
    """Any element of the graph by its id."""
    kinds: tuple[Mapping[str, Node], ...] = (
        definitions.decisions,
        definitions.inputs,
        definitions.knowledge,
        definitions.services,
    )
    return next((nodes[key] for nodes in kinds if key in nodes), None)


def requirements(definitions: Definitions, node: Node) -> tuple[tuple[Requirement, ...], tuple[str, ...]]:
    """What a decision or knowledge model needs, and the references that lead nowhere."""
    references: tuple[str, ...] = ()
    if isinstance(node, Decision):
        references = (*node.required_inputs, *node.required_decisions, *node.required_knowledge)
    elif isinstance(node, KnowledgeModel):
        references = node.required_knowledge
    found = [(reference, resolve(definitions, reference)) for reference in references]
    return tuple(r for _, r in found if r is not None), tuple(name for name, r in found if r is None)


def env_of(definitions: Definitions, node: Node) -> Env:
    """What a decision's or knowledge model's expressions may name."""
    names = set(vocabulary(definitions))
    kinds: dict[str, str | None] = {}
    for need in requirements(definitions, node)[0]:
        names.update((need.node.variable, need.node.name))
        if need.alias:
            names.add(need.alias)
        elif isinstance(need.node, InputData | Decision):
            kinds[need.node.variable] = need.node.type_ref
    return Env(
        names=frozenset(names - {""}),
        types=Types.of(definitions),
        element=node.id,
        label=node.name or node.id,
        kinds=kinds,
    )


def plan_of(definitions: Definitions, node: Node) -> Plan:
    """The plan of a decision or knowledge model, made once per model."""
    key = ("plan", node.id or node.name, type(node).__name__)
    known = definitions.programs.get(key)
    if isinstance(known, Plan):
        return known
    env = env_of(definitions, node)
    needs, missing = requirements(definitions, node)
    if isinstance(node, KnowledgeModel):
        box = node.function or FunctionBox(parameters=(), body=None)
        returns = env.types.result_of(node.type_ref)
        program = function_program(box, env, name=node.name, returns=returns)
    else:
        expression = node.expression if isinstance(node, Decision) else None
        program = typed(compile_expression(expression, env), node.type_ref, env)
    plan = Plan(needs, missing, program, _free_names(definitions, node, env))
    definitions.programs[key] = plan
    return plan


def _free_names(definitions: Definitions, node: Node, env: Env) -> frozenset[str]:
    """What the tables of a modeler that draws no requirements read from the host; nothing that this model declares."""
    names: set[str] = set()
    if isinstance(node, Decision) and not (node.required_inputs or node.required_decisions):
        for found in walk(node.expression, env):
            if found.text is not None and found.text.text.strip():
                names.update(_reads(found.text))
    return frozenset(names - {declared.variable for declared in definitions.inputs.values()})


def _reads(text: Text) -> frozenset[str]:
    parse = feel.parse_unary_tests if text.tests else feel.parse
    try:
        parsed = parse(text.text, names=text.env.names)
    except feel.FeelSyntaxError:
        return frozenset()
    return parsed.reads - text.env.names


@dataclass(slots=True)
class Frame:
    """One model during one evaluation, or during one call of a decision service.

    `inputs` are the host's values by name; `given` are values that stand in for elements, by `namespace#id` (the
    arguments of a decision service); `values` remembers what was worked out.
    """

    definitions: Definitions
    inputs: Mapping[str, Any]
    run: Run
    given: Mapping[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    used: dict[str, Any] = field(default_factory=dict)
    _active: set[str] = field(default_factory=set)
    _imported: dict[str, Frame] = field(default_factory=dict)

    def value(self, node: Node) -> Any:
        """The value of any element: an input's, a decision's, or the function that a knowledge model or service is."""
        key = f"{self.definitions.namespace}#{node.id or node.name}"
        if key in self.given:
            return self.given[key]
        if key not in self.values:
            if key in self._active:
                return self._circle(node)
            self._active.add(key)
            try:
                self.values[key] = self._evaluators()[type(node)](node)
            finally:
                self._active.discard(key)
        return self.values[key]

    def _evaluators(self) -> Mapping[type, Callable[[Any], Any]]:
        return {
            InputData: self._input,
            Decision: self._decision,
            KnowledgeModel: self._knowledge,
            DecisionService: self._service,
        }

    def _circle(self, node: Node) -> None:
        self.run.problem(
            f'"{node.name}" depends on itself.',
            f"“{node.name}”依赖于自身。",
            code="dmn.cycle",
            element=node.id,
        )

    def _input(self, node: InputData) -> Any:
        value = self.used[node.variable] = self.taken(node, self.definitions)
        return value

    def taken(self, node: Node, owner: Definitions) -> Any:
        """What the host gave for an element of `owner`, as its declared type; null and a problem where it does not fit."""
        raw = self.inputs.get(node.variable, self.inputs.get(node.name))
        try:
            value = feel.to_feel(raw)
        except feel.FeelError as error:
            self.run.problem(
                f"{node.name}: {error.text('en')}",
                f"{node.name}：{error.text('zh')}",
                code="dmn.value",
                element=node.id,
            )
            return None
        coerce = Types.of(owner).coercion(node.type_ref)
        return value if coerce is None or value is None else coerce(value, self.run, node.id, node.name)

    def _scope(self, plan: Plan, node: Node) -> tuple[dict[str, Any], dict[str, Any]]:
        """The names that a decision's logic sees, and those of them that are values (not functions) for the record."""
        scope: dict[str, Any] = {name: self.inputs[name] for name in plan.free if name in self.inputs}
        shown: dict[str, Any] = dict(scope)
        self.used.update(scope)
        for need in plan.needs:
            frame = self if need.alias is None else self.imported(need.alias)
            value = frame.value(need.node)
            names = {need.node.variable, need.node.name}
            target = scope.setdefault(need.alias, {}) if need.alias else scope
            target.update(dict.fromkeys(names, value))
            if isinstance(need.node, InputData | Decision):
                shown[f"{need.alias}.{need.node.variable}" if need.alias else need.node.variable] = value
        for reference in plan.missing:
            self.run.problem(
                f"{node.name}: the requirement {reference} leads nowhere.",
                f"{node.name}：依赖 {reference} 指向不存在的元素。",
                code="dmn.requirement",
                element=node.id,
            )
        return scope, shown

    def imported(self, alias: str) -> Frame:
        """The frame of an imported model.

        Its inputs are the context under its name, or else this model's own inputs.
        """
        if alias not in self._imported:
            definitions = next(i.definitions for i in self.definitions.imports if i.name == alias and i.definitions)
            nested = self.inputs.get(alias)
            inputs = nested if alias and isinstance(nested, Mapping) else self.inputs
            context = replace(self.run.context, types=Types.of(definitions).named)
            self._imported[alias] = Frame(definitions, inputs, replace(self.run, context=context), self.given)
        return self._imported[alias]

    def _decision(self, node: Decision) -> Any:
        plan = plan_of(self.definitions, node)
        scope, shown = self._scope(plan, node)
        mark = len(self.run.hits)
        value = plan.program(scope, self.run)
        hits = tuple(self.run.hits[mark:])
        top = node.expression.id or node.id if isinstance(node.expression, DecisionTable) else None
        own = [hit for hit in hits if hit.table == top]
        self.run.results.append(
            DecisionResult(
                decision=node.id,
                name=node.name,
                inputs=shown,
                value=value,
                rules=tuple(hit.number for hit in own),
                rule_ids=tuple(hit.rule for hit in own),
                tables=hits,
            )
        )
        return value

    def _knowledge(self, node: KnowledgeModel) -> Any:
        plan = plan_of(self.definitions, node)
        scope: dict[str, Any] = {}
        function = plan.program(scope, self.run)
        # Known before its requirements are looked at, so that a function may call itself.
        self.values[f"{self.definitions.namespace}#{node.id or node.name}"] = function
        scope.update(self._scope(plan, node)[0])
        scope.setdefault(node.variable, function)
        return function

    # -- decision services ---------------------------------------------------------------------------------------------

    def parameters(self, service: DecisionService) -> tuple[tuple[str, Requirement], ...]:
        """The service's parameters in order, input data before input decisions (clause 10.4), as (key in `given`,
        element).
        """
        found = []
        for reference in (*service.input_data, *service.input_decisions):
            need = resolve(self.definitions, reference)
            if need is not None:
                namespace = reference.partition("#")[0] or self.definitions.namespace
                found.append((f"{namespace}#{need.node.id or need.node.name}", need))
        return tuple(found)

    def _service(self, service: DecisionService) -> Any:
        parameters = self.parameters(service)
        keys = [key for key, _ in parameters]

        def call(arguments: Sequence[Any], _context: feel.Context) -> Any:
            return self.serve(service, dict(zip(keys, arguments, strict=True)))

        return feel.FeelFunction(
            service.name,
            tuple(feel.Parameter(need.node.variable, self._type(need)) for _, need in parameters),
            call,
        )

    def _type(self, need: Requirement) -> Any:
        owner = self.definitions if need.alias is None else self.imported(need.alias).definitions
        return Types.of(owner).feel_type(need.node.type_ref)

    def serve(self, service: DecisionService, given: Mapping[str, Any]) -> Any:
        """A call of a decision service: one output is its value, several are a context (clause 10.4)."""
        frame = Frame(self.definitions, self.inputs, self.run, {**self.given, **given})
        outputs = [need for need in map(self._output, service.outputs) if need is not None]
        values = {}
        for need in outputs:
            owner = frame if need.alias is None else frame.imported(need.alias)
            values[need.node.variable] = owner.value(need.node)
        value = next(iter(values.values()), None) if len(outputs) <= 1 else values
        types = Types.of(self.definitions)
        returns = types.result_of(service.type_ref)
        coerce = types.coercion(returns) if returns is not None else None
        return value if coerce is None or value is None else coerce(value, self.run, service.id, service.name)

    def _output(self, reference: str) -> Requirement | None:
        return resolve(self.definitions, reference)
