"""What a diagram says, as data: the one form of a BPMN 2.0.2 model that linter, compiler, pages and translators share.

Every element keeps the owner's own id, name and source line. The reader (`engine.bpmn.read`) makes these values;
nothing in them is executable: expressions are texts, resolved to FEEL by the runtime when the definition is compiled.

Expression texts. In the elements that BPMN defines as expressions (`conditionExpression`, `timeDuration`,
`loopCardinality`,
`completionCondition` …) the text is FEEL, with or without a leading `=`; ISO 8601 literals are also accepted in timers.
In `facet:` attributes the text is a literal unless it begins with `=`, then it is FEEL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.bpmn.interchange import Bounds as Bounds
from engine.bpmn.interchange import Edge as Edge
from engine.bpmn.interchange import Shape as Shape

Severity = Literal["error", "warning", "info"]

EventKind = Literal[
    "message", "signal", "timer", "error", "escalation", "conditional", "compensate", "terminate", "cancel", "link"
]
NodeKind = Literal[
    "startEvent",
    "endEvent",
    "intermediateCatchEvent",
    "intermediateThrowEvent",
    "boundaryEvent",
    "task",
    "userTask",
    "manualTask",
    "serviceTask",
    "scriptTask",
    "businessRuleTask",
    "sendTask",
    "receiveTask",
    "callActivity",
    "subProcess",
    "transaction",
    "adHocSubProcess",
    "exclusiveGateway",
    "parallelGateway",
    "inclusiveGateway",
    "complexGateway",
    "eventBasedGateway",
]

ACTIVITIES: frozenset[str] = frozenset(
    {
        "task",
        "userTask",
        "manualTask",
        "serviceTask",
        "scriptTask",
        "businessRuleTask",
        "sendTask",
        "receiveTask",
        "callActivity",
        "subProcess",
        "transaction",
        "adHocSubProcess",
    }
)
SCOPES: frozenset[str] = frozenset({"subProcess", "transaction", "adHocSubProcess"})
GATEWAYS: frozenset[str] = frozenset(
    {"exclusiveGateway", "parallelGateway", "inclusiveGateway", "complexGateway", "eventBasedGateway"}
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that a person should know about a file before it runs. Errors refuse the deployment, warnings do
    not."""

    severity: Severity
    rule: str
    """Rule id in kebab case, one page in docs/lint.md each."""
    message: str
    """One English sentence that says what is wrong and what to do."""
    message_zh: str = ""
    file: str = ""
    line: int | None = None
    element_id: str | None = None
    element_name: str | None = None
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Timer:
    """BPMN 10.5.5 timerEventDefinition: `date`, `duration` or `cycle`, with its expression text."""

    kind: Literal["date", "duration", "cycle"]
    expression: str


@dataclass(frozen=True, slots=True)
class EventDefinition:
    """One trigger or result of an event (BPMN 10.5.5). References are resolved: `name` and `code` are the texts that
    match."""

    kind: EventKind
    id: str | None = None
    ref: str | None = None
    """Id of the referenced message, signal, error or escalation; activity id for compensate (`activityRef`)."""
    name: str | None = None
    """Message or signal name, link name, error or escalation name. May be `=expression` for message and signal."""
    code: str | None = None
    """Error or escalation code; None catches all."""
    timer: Timer | None = None
    condition: str | None = None
    correlation: str | None = None
    """`facet:correlationKey`: FEEL text giving the key of a message; None: the business key correlates."""
    payload: str | None = None
    """`facet:payload`: FEEL text giving a context, for throwing; None: the mappings of the node, else nothing."""
    wait_for_completion: bool = True
    business_key: str | None = None
    """`facet:businessKey` of a thrown message: FEEL text for the receiver's business key; None: the sender's."""
    expires: str | None = None
    """`facet:expires` of a thrown message: ISO 8601 duration for which it is held when nobody waits yet."""
    message_id: str | None = None
    """`facet:messageId` of a thrown message: FEEL text for the idempotency key."""


@dataclass(frozen=True, slots=True)
class StandardLoop:
    """BPMN 13.3.6 standard loop. `maximum` None is unbounded (but for the engine's own limits)."""

    test_before: bool = False
    condition: str | None = None
    maximum: str | None = None


@dataclass(frozen=True, slots=True)
class MultiInstance:
    """BPMN 13.3.7 multi-instance. Either `cardinality` or `collection` (both FEEL texts)."""

    sequential: bool
    cardinality: str | None = None
    collection: str | None = None
    """FEEL text giving a list (`loopDataInputRef`, `facet:collection` …)."""
    element: str | None = None
    """Name of the local variable that holds the item (`inputDataItem`)."""
    output_collection: str | None = None
    """Variable that receives the list of outputs, in the order of the items (`loopDataOutputRef`)."""
    output_element: str | None = None
    """FEEL text evaluated in each instance's scope when it completes (`outputDataItem`)."""
    completion_condition: str | None = None
    behavior: Literal["All", "One", "None", "Complex"] = "All"
    none_event: EventDefinition | None = None
    one_event: EventDefinition | None = None
    complex: tuple[tuple[str, EventDefinition], ...] = ()
    """(condition text, event) pairs of complexBehaviorDefinition."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who does a user task, until when. Texts are literals unless they begin with `=` (FEEL)."""

    assignee: str | None = None
    candidate_users: str | None = None
    """Comma separated, or FEEL giving a string or a list of strings."""
    candidate_groups: str | None = None
    due: str | None = None
    """ISO duration (`PT48H`), ISO date-time, `<duration>@<calendar>` for business time (`PT2H@store`, `P1D@office`),
    or `=FEEL`."""
    follow_up: str | None = None
    priority: str | None = None
    form: str | None = None
    """Form key: the stem of the form's file (`quote` for quote.json)."""
    not_who_did: tuple[str, ...] = ()
    """Four eyes: ids of user tasks whose last performer may not work on this one."""


@dataclass(frozen=True, slots=True)
class Service:
    """What a service (send, business rule) task calls: a connector operation, or an external topic."""

    operation: str | None = None
    """Name of a connector operation (`mail.send`, `http.post`); None with `topic` set: an external task."""
    topic: str | None = None
    parameters: tuple[tuple[str, str], ...] = ()
    """(name, literal or `=FEEL`)."""
    result: str | None = None
    """Variable for the result; None: a result that is a context is spread over the variables of the scope's
    mappings."""
    retries: str | None = None
    """ISO repetition (`R3/PT10M`) or a number; None: the default of the settings."""


@dataclass(frozen=True, slots=True)
class DataMapping:
    """One data mapping: the FEEL text `source` is evaluated and stored under `target`."""

    source: str
    target: str
    optional: bool = False
    """A null source leaves the target as it is: a data output that was not produced moves nothing (BPMN 10.4.2)."""


@dataclass(frozen=True, slots=True)
class Call:
    """Called element of a call activity (BPMN 10.3.6)."""

    process: str
    """Process key, or `=FEEL`."""
    binding: Literal["latest", "deployment", "version"] = "latest"
    version: str | None = None
    """With the binding `version`: its number, or `=FEEL`."""
    business_key: str | None = None
    """FEEL text; None: the caller's business key."""
    all_inputs: bool = True
    """All variables of the caller's scope go in, those of input mappings on top; else only these."""
    all_outputs: bool = True
    """All variables of the called process's scope come out, those of output mappings on top; else only these."""
    global_task: bool = False


@dataclass(frozen=True, slots=True)
class AdHoc:
    """BPMN 10.3.5 ad-hoc sub-process attributes."""

    ordering: Literal["Parallel", "Sequential"] = "Parallel"
    completion_condition: str | None = None
    cancel_remaining: bool = True


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow. `inserted` marks one that the reader made (its id was missing in the file)."""

    id: str
    source: str
    target: str
    name: str = ""
    condition: str | None = None
    line: int | None = None
    inserted: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """A flow node: an event, an activity or a gateway."""

    id: str
    kind: NodeKind
    name: str = ""
    line: int | None = None
    scope: str | None = None
    """Id of the sub-process that holds the node; None at the top of the process."""
    incoming: tuple[str, ...] = ()
    """Flow ids, from the flows themselves (BPMN's own incoming/outgoing elements are optional and not trusted)."""
    outgoing: tuple[str, ...] = ()
    default: str | None = None
    documentation: str = ""
    lane: str | None = None
    """Name of the innermost lane."""
    lane_group: str | None = None
    """Group key that the lane stands for: `facet:candidateGroups` on the lane, else the lane's name."""
    # events
    events: tuple[EventDefinition, ...] = ()
    parallel_multiple: bool = False
    interrupting: bool = True
    """`isInterrupting` of an event sub-process start, `cancelActivity` of a boundary event."""
    attached_to: str | None = None
    # activities
    loop: StandardLoop | MultiInstance | None = None
    assignment: Assignment | None = None
    service: Service | None = None
    script: str | None = None
    script_format: str | None = None
    script_result: str | None = None
    decision: str | None = None
    decision_result: str | None = None
    call: Call | None = None
    message: EventDefinition | None = None
    """Message of a send or receive task."""
    instantiate: bool = False
    gateway_type: Literal["Exclusive", "Parallel"] = "Exclusive"
    """`eventGatewayType` of an instantiating event-based gateway."""
    activation_condition: str | None = None
    """Complex gateway."""
    inputs: tuple[DataMapping, ...] = ()
    outputs: tuple[DataMapping, ...] = ()
    start_quantity: int = 1
    completion_quantity: int = 1
    for_compensation: bool = False
    compensation_handler: str | None = None
    """On a compensation boundary event: id of the associated activity."""
    triggered_by_event: bool = False
    ad_hoc: AdHoc | None = None
    properties: tuple[tuple[str, str | None], ...] = ()
    """(variable name, initial FEEL text or None): BPMN properties and data objects local to a sub-process."""
    extensions: Mapping[str, str] = field(default_factory=dict)
    """Other `facet:` attributes and properties, by name."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane with the ids of the nodes in it (nested lanes are listed on their own)."""

    id: str
    name: str
    nodes: tuple[str, ...]
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Process:
    """One executable process: all nodes and flows of all its levels, by id, in document order."""

    id: str
    name: str
    executable: bool
    line: int | None
    nodes: Mapping[str, Node]
    flows: Mapping[str, Flow]
    lanes: tuple[Lane, ...] = ()
    documentation: str = ""
    participant: str | None = None
    version_tag: str | None = None
    properties: tuple[tuple[str, str | None], ...] = ()
    """(variable name, initial FEEL text or None): BPMN properties and data objects of the process."""
    starters: str | None = None
    """`facet:candidateStarterGroups`: who may start it, comma separated; None: everybody who signed in."""
    business_key: str | None = None
    """`facet:businessKey`: FEEL text for the key of instances started without one."""
    sensitive: tuple[str, ...] = ()
    """`facet:sensitiveVariables`."""
    global_task: bool = False
    """Made from a global task (BPMN 10.3.4): one task between an implicit start and end."""
    extensions: Mapping[str, str] = field(default_factory=dict)

    def children(self, scope: str | None) -> tuple[Node, ...]:
        """Nodes directly inside `scope` (None: the process itself), in document order."""
        return tuple(n for n in self.nodes.values() if n.scope == scope)


@dataclass(frozen=True, slots=True)
class MessageFlow:
    """A message flow between nodes or pools of one collaboration (BPMN 9.3)."""

    id: str
    source: str
    target: str
    name: str = ""
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Participant:
    """A pool (BPMN 9.2). `process` is None for a pool whose inside is not shown (a black box)."""

    id: str
    name: str
    process: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A BPMN file as read: every executable or not executable process of it, and the problems the reader met."""

    file: str
    processes: tuple[Process, ...]
    messages: Mapping[str, str] = field(default_factory=dict)
    """Message id → name."""
    signals: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)
    """Error id → (name, code)."""
    escalations: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)
    message_flows: tuple[MessageFlow, ...] = ()
    shapes: tuple[Shape, ...] = ()
    edges: tuple[Edge, ...] = ()
    participants: tuple[Participant, ...] = ()
    forms: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """Form key → JSON Schema, for forms that a vendor's diagram carries inside (`camunda:formField` …)."""
    problems: tuple[Problem, ...] = ()
    exporter: str | None = None
