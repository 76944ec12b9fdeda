"""A living process instance: SpiffWorkflow's `Workflow` and `Task`, with state that is only what is alive.

`Token` is a SpiffWorkflow task; its states (FUTURE, READY, STARTED, WAITING, COMPLETED, ERROR, CANCELLED) and its lifecycle
are the library's. Three things are ours, because the library's way does not last (docs/architecture.md, The runtime):

- *Scopes.* A token knows the token of the scope that holds it (the process, a sub-process, a multi-instance body); a scope
  counts its members, so nobody searches a tree to learn whether a scope is finished. Variables live in scopes, never in
  copies per task.
- *Pruning.* A token that has moved on leaves the tree at once (`prune=True`); what hangs in the tree is the nesting of live
  scopes, whatever the history was. With `prune=False` finished tasks stay, as the library would keep them; the tests run
  both ways and compare.
- *Determinism.* Ids are counted, not drawn, and no clock is read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, ValuesView
from typing import TYPE_CHECKING, Any, cast

from SpiffWorkflow import TaskState, Workflow
from SpiffWorkflow.task import Task

from engine.errors import LimitExceeded
from engine.facts import Fact, IncidentResolved, InstanceEnded, VariableSet, WaitClosed
from engine.runtime.weights import Scale, check_fact
from engine.variables import DEFAULT_LIMITS, Limits, dumps

if TYPE_CHECKING:
    from engine.runtime.element import Element
    from engine.runtime.environment import Environment
    from engine.runtime.spec import ProcessSpec

ROOT = 1
"""Token id of the process scope."""

LIVE = TaskState.FUTURE | TaskState.WAITING | TaskState.READY | TaskState.STARTED | TaskState.ERROR


class Wait:
    """One trigger that a token listens for: a timer, message, signal or condition of the event `node`."""

    __slots__ = ("event", "id", "kind", "memory", "node")

    def __init__(self, id: int, kind: str, node: str, event: int, memory: dict[str, Any] | None = None) -> None:
        self.id = id
        self.kind = kind
        self.node = node
        """Element id of the event that is triggered: the token's own, a boundary event, an event sub-process start."""
        self.event = event
        """Index into the node's event definitions."""
        self.memory: dict[str, Any] = memory if memory is not None else {}


class Token(Task):  # type: ignore[misc]
    """A SpiffWorkflow task with a scope, local variables and the triggers it waits for.

    Plain SpiffWorkflow gives every task a random id, a copy of its parent's data and log records built on each change of
    state; here the id is counted, the data belongs to scopes and nothing is logged per state change.
    """

    workflow: Instance
    task_spec: Element

    def __init__(
        self, workflow: Instance, task_spec: Element, parent: Token | None, scope: int, state: int, id: int
    ) -> None:
        self.id = id
        self.workflow = workflow
        workflow.tasks[id] = self
        self._parent = parent.id if parent is not None else None
        self._children: dict[int, None] = {}
        self._state = state
        self.triggered = False
        self.task_spec = task_spec
        self.thread_id = 0
        self.data: dict[str, Any] = {}
        self.internal_data: dict[str, Any] = {}
        self.last_state_change = 0.0
        self.scope = scope
        self.flow: str | None = None
        """Id of the sequence flow by which it came."""
        self._locals: dict[str, Any] | None = None
        self.scale: Scale | None = None
        """The weight of `locals`, once something was written there."""
        self.members: dict[int, None] = {}
        """Live tokens inside, for tokens that are scopes; in order of creation."""
        self._waits: dict[int, Wait] = {}
        self._memory: dict[str, Any] = {}
        self.fragment: str | None = None
        """The token as `engine.runtime.codec` last wrote it, as long as nobody has touched it since."""
        self.iteration: int | None = None
        """Index of this multi-instance or loop iteration; None outside."""
        if parent is not None:
            parent._children[id] = None

    @property
    def memory(self) -> dict[str, Any]:
        """What the element keeps between stimuli; JSON-like. Who asks for it may change it, so the token is written anew."""
        self.fragment = None
        return self._memory

    @property
    def locals(self) -> dict[str, Any] | None:
        """Variables that live with this token: local inputs, a multi-instance item, a scope's own variables."""
        self.fragment = None
        return self._locals

    @locals.setter
    def locals(self, values: dict[str, Any] | None) -> None:
        self.fragment = None
        self._locals = values

    @property
    def waits(self) -> dict[int, Wait]:
        """The triggers that it listens for, by id."""
        self.fragment = None
        return self._waits

    @property
    def heard(self) -> ValuesView[Wait]:
        """The same, only to look at: for those who go through all tokens."""
        return self._waits.values()

    def _set_state(self, value: int) -> None:
        if self._state != TaskState.CANCELLED:
            self.force_state(value)

    def force_state(self, value: int) -> None:
        """Puts the token into a state, whatever it was before."""
        self.fragment = None
        waiting = self.workflow.waiting
        if value == TaskState.WAITING:
            waiting[self.id] = None
        elif self._state == TaskState.WAITING:
            waiting.pop(self.id, None)
        self._state = value

    def cancel(self) -> None:
        """Takes the token away, innermost tokens first. A token that was taken away stays so, whatever follows."""
        if not self._state & LIVE:
            return
        for member in list(self.members):
            inner = self.workflow.tasks.get(member)
            if inner is not None:
                inner.cancel()
        self._set_state(TaskState.CANCELLED)
        self.task_spec._on_cancel(self)

    @property
    def element_id(self) -> str:
        """The owner's id of the element where the token is."""
        return cast(str, self.task_spec.name)

    @property
    def scope_token(self) -> Token:
        """The token of the scope that holds this one."""
        return self.workflow.tasks[self.scope]

    @property
    def live(self) -> bool:
        """True while the token has not been completed or cancelled."""
        return bool(self._state & LIVE)

    def lookup_chain(self) -> list[dict[str, Any]]:
        """The variable mappings visible here, innermost first."""
        chain: list[dict[str, Any]] = []
        token: Token | None = self
        while token is not None:
            if token._locals is not None:
                chain.append(token._locals)
            token = self.workflow.tasks.get(token.scope) if token.id != ROOT else None
        return chain


class Instance(Workflow):  # type: ignore[misc]
    """The live state of one process instance: its tokens, its variables, and the turn that is being played.

    `key` is the business key, `id` the instance's id; `spec` the compiled definition. Everything that has to survive is
    encoded by `engine.runtime.codec`; the rest (`queue`, `facts`, `environment`) lives for one turn.
    """

    spec: ProcessSpec

    def __init__(
        self,
        spec: ProcessSpec,
        *,
        id: str,
        business_key: str | None = None,
        initiator: str | None = None,
        prune: bool = True,
    ) -> None:
        super().__init__(spec, deserializing=True)
        self.tasks: dict[int, Token] = {}
        self.id = id
        self.business_key = business_key
        self.initiator = initiator
        self.prune = prune
        self.next_id = ROOT
        self.status = "active"
        self.end_element: str | None = None
        self.queue: deque[Token] = deque()
        self.listeners: deque[Token] = deque()
        """Ready tokens on elements that listen; they go first."""
        self.waiting: dict[int, None] = {}
        """Tokens that wait at a join; few, and asked for after every step."""
        self.parked = False
        """True when a limit stopped a turn: ready tokens are left, which go on when somebody retries."""
        self.stopped = False
        """True when a limit has stopped this turn."""
        self.watching = 0
        """How many conditions are waited for: while there are none, changed variables concern nobody."""
        self.facts: list[Fact] = []
        self.changed: set[str] = set()
        self.closing: deque[Token] = deque()
        self.conditions_dirty = False
        self.steps = 0
        self.size = 0
        """Bytes of the live state as it was last stored."""
        self.volume = 0
        """Bytes of the values that this turn has written or asked others with."""
        self.environment: Environment | None = None
        self.task_tree = self.new_token(spec.root, None, 0, TaskState.STARTED)
        self.task_tree.locals = {}

    # -- tokens --------------------------------------------------------------------------------------------------------

    @property
    def root(self) -> Token:
        """The token of the process itself."""
        return self.task_tree

    @property
    def variables(self) -> dict[str, Any]:
        """The variables of the process scope."""
        assert self.root.locals is not None
        return self.root.locals

    def new_token(self, element: Element, parent: Token | None, scope: int, state: int = TaskState.FUTURE) -> Token:
        """Puts a token on `element`, hanging under `parent` in the tree and belonging to `scope`."""
        number = self.next_id
        self.next_id += 1
        token = Token(self, element, parent, scope, state, number)
        if scope:
            self.tasks[scope].members[number] = None
        return token

    def spawn(self, element: Element, after: Token, scope: Token, flow: str | None = None) -> Token:
        """A new token on `element` inside `scope`, caused by `after`; it is updated, so that it becomes READY or WAITING."""
        token = self.new_token(element, scope if self.prune else after, scope.id)
        token.flow = flow
        return token

    def retire(self, token: Token) -> None:
        """Takes a finished token out of its scope and, when pruning, out of the tree."""
        scope = self.tasks.get(token.scope)
        if scope is not None:
            scope.members.pop(token.id, None)
        token.members.clear()
        if self.prune:
            self.remove(token)

    def retire_silently(self, token: Token) -> None:
        """Consumes a token that waited at a join: it has become part of another."""
        token._set_state(TaskState.COMPLETED)
        self.retire(token)

    def settle(self, scope: Token) -> None:
        """Remembers to look whether `scope` has become empty, once the current step is over."""
        if not scope.members:
            self.closing.append(scope)

    def remove(self, token: Token) -> None:
        """Drops the token from the tree; children that live on hang under its parent."""
        parent = self.tasks.get(token._parent or 0)
        if parent is not None:
            parent._children.pop(token.id, None)
            for child in token._children:
                self.tasks[child]._parent = parent.id
                parent._children[child] = None
        self.tasks.pop(token.id, None)

    def end(self, status: str, reason: str | None = None) -> None:
        """The instance is over: `completed`, `terminated` or `cancelled`."""
        self.status = status
        self.root._set_state(TaskState.COMPLETED if status == "completed" else TaskState.CANCELLED)
        if self.root.memory.pop("incident", None):
            self.facts.append(IncidentResolved(self.root.id))
        self.facts.append(InstanceEnded(status, self.end_element, reason))

    def terminate(self, status: str = "terminated", reason: str | None = None) -> None:
        """Takes every token away and ends."""
        root = self.root
        for number in list(root.members):
            token = self.tasks.get(number)
            if token is not None:
                token.cancel()
        for wait in list(root.waits.values()):
            self.facts.append(WaitClosed(root.id, wait.id, wait.kind))
        root.waits.clear()
        self.end(status, reason)

    def waiting_tokens(self) -> list[Token]:
        """Tokens that wait at a join, in order of creation."""
        return [self.tasks[number] for number in sorted(self.waiting)]

    def live_tokens(self) -> Iterator[Token]:
        """All live tokens but the root, in order of creation."""
        return (token for token in self.tasks.values() if token.id != ROOT and token.live)

    def fact(self, fact: Fact) -> None:
        """Notes what happened. LimitExceeded, InvalidInput when it carries more than can be kept."""
        self.account(check_fact(fact, self.data_limits))
        self.facts.append(fact)

    def account(self, size: int) -> None:
        """Counts what is written or asked in this turn, each small enough by itself. LimitExceeded when it is too much: then
        no further element begins."""
        if not size or self.environment is None:
            return
        most = self.environment.limits.volume
        if self.volume + self.size + size > most:
            self.parked = self.stopped = True
            raise LimitExceeded(
                f"More than {most // 2**20} MB of data would be written at once.",
                f"一次写入的数据超过 {most // 2**20} MB。",
            )
        self.volume += size

    @property
    def data_limits(self) -> Limits:
        """How much the variables of one scope may hold."""
        return self.environment.data_limits if self.environment is not None else DEFAULT_LIMITS

    # -- variables -----------------------------------------------------------------------------------------------------

    def set_variable(self, token: Token, name: str, value: Any, *, skip_own: bool = False) -> None:
        """Writes to the nearest scope that has `name`, else to the process scope (as Camunda and Flowable do).

        `skip_own` leaves out the local variables of `token` itself: that is how results leave an activity.
        """
        holder: Token | None = token.scope_token if skip_own and token.id != ROOT else token
        while holder is not None and holder.id != ROOT:
            if holder.locals is not None and name in holder.locals:
                break
            holder = holder.scope_token
        self.write(holder or self.root, name, value, token)

    def write(self, holder: Token, name: str, value: Any, by: Token | None) -> None:
        """Writes `name` into the variables of `holder` and notes it; writing an equal value changes nothing."""
        if holder.locals is None:
            holder.locals = {}
        if name in holder.locals and same(holder.locals[name], value):
            return
        self.keep(holder, name, value)
        self.changed.add(name)
        self.facts.append(
            VariableSet(holder.id, name, value, by.id if by is not None else None, by.element_id if by else None)
        )

    def keep(self, holder: Token, name: str, value: Any) -> None:
        """Puts a value among the variables of `holder`, as long as they are not too heavy together: LimitExceeded. Nothing
        is noted."""
        if holder.locals is None:
            holder.locals = {}
        if holder.scale is None or holder.scale.variables is not holder.locals:
            holder.scale = Scale(holder.locals)
        self.account(holder.scale.take(name, value, self.data_limits))
        holder.locals[name] = value

    def set_variables(self, token: Token, values: Mapping[str, Any], *, skip_own: bool = False) -> None:
        """`set_variable` for each item."""
        for name, value in values.items():
            self.set_variable(token, name, value, skip_own=skip_own)

    # -- SpiffWorkflow's own scans, which do not scale, have no work here ------------------------------------------------

    def is_completed(self) -> bool:
        """True when the instance has ended; never derived from a bounded search of the tree."""
        return self.status != "active"

    def update_waiting_tasks(self) -> None:
        """Nothing polls: waiting tokens are woken by stimuli."""

    def _task_completed_notify(self, task: Token) -> None:
        self.last_task = None


def same(left: Any, right: Any) -> bool:
    """Whether both are stored as the same text (1 and true and 1.00 are three values; 1 and Decimal("1") are one)."""
    if left is right:
        return True
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return dumps(left) == dumps(right)
