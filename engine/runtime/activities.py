"""Tasks and call activities (BPMN 10.3, 13.3.3)."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from engine.bpmn.model import Node
from engine.errors import ElementFailed, InvalidInput, ScriptPostponed
from engine.facts import (
    CallRequested,
    DecisionEvaluated,
    ExternalTaskOpened,
    ScriptRequested,
    ServiceRequested,
    TaskCancelled,
    TaskCompleted,
    TaskCreated,
    WorkWithdrawn,
)
from engine.runtime.element import Element
from engine.runtime.environment import Text
from engine.runtime.events import ThrowEvent
from engine.runtime.instance import Token
from engine.runtime.timers import parse_duration, resolve_moment
from engine.text import fill

if TYPE_CHECKING:
    from engine.runtime.spec import ProcessSpec


LONGEST_NAME = 400
"""Characters of a task's name."""


class NoneTask(Element):
    """Abstract and manual tasks: the engine passes through (13.3.3)."""


class UserTask(Element):
    """Somebody does something, helped by a form."""

    def __init__(self, spec: ProcessSpec, node: Node) -> None:
        super().__init__(spec, node)
        a = node.assignment

        def text(value: str | None) -> Text | None:
            return Text(value, node.id) if value is not None else None

        self.assignee = text(a.assignee if a else None)
        self.candidate_users = text(a.candidate_users if a else None)
        self.candidate_groups = text(a.candidate_groups if a else None)
        self.due = text(a.due if a else None)
        self.follow_up = text(a.follow_up if a else None)
        self.priority = text(a.priority if a else None)
        self.form = text(a.form if a else None)
        self.not_who_did = a.not_who_did if a else ()

    def perform(self, token: Token) -> bool | None:
        view, context = self.view(token), self.environment(token).context

        def get(text: Text | None) -> Any:
            return text.value(view, context) if text is not None else None

        assignee = get(self.assignee)
        users, groups = names(get(self.candidate_users)), names(get(self.candidate_groups))
        if not assignee and not users and not groups and self.node.lane_group:
            groups = (self.node.lane_group,)
        form = get(self.form)
        token.workflow.fact(
            TaskCreated(
                token.id,
                self.name,
                self.called(self.node.name or self.name, view),
                self.called(self.node.extensions.get("name-zh", ""), view),
                str(assignee) if assignee else None,
                users,
                groups,
                self.not_who_did,
                self.moment(token, self.due, get(self.due)),
                self.moment(token, self.follow_up, get(self.follow_up)),
                self.priority_of(get(self.priority)),
                str(form) if form else None,
            )
        )
        token.memory["work"] = "task"
        return None

    def called(self, name: str, view: Mapping[str, Any]) -> str:
        """The task's name with its placeholders filled: `Order for {{ customer.name }}`. Sensitive variables stay out,
        since names stand in lists and mails."""
        if "{{" not in name:
            return name
        hidden = dict.fromkeys(self._wf_spec.process.sensitive)
        return " ".join(fill(name, ChainMap(hidden, view)).split())[:LONGEST_NAME]  # type: ignore[arg-type]

    def moment(self, token: Token, text: Text | None, value: Any) -> datetime | None:
        """A due or follow-up date; a duration counts from now."""
        if text is None or value is None or value == "":
            return None
        environment = self.environment(token)
        try:
            return resolve_moment(value, environment.now, environment.zone, environment.calendars)
        except InvalidInput as error:
            raise ElementFailed(
                self.name,
                f"The due date “{text.literal}” cannot be set: {error.message}",
                f"无法设置到期时间：{error.zh}",
            ) from error

    def priority_of(self, value: Any) -> int:
        """0 to 100; 50 when nothing is said."""
        if value is None or value == "":
            return 50
        try:
            return max(0, min(100, int(value)))
        except (TypeError, ValueError) as error:
            raise ElementFailed(
                self.name, f"The priority {value!r} is not a number.", f"优先级 {value!r} 不是数字。"
            ) from error

    def done(self, token: Token, data: Mapping[str, Any], by: str | None) -> None:
        """The form was accepted: data and completion stand, whatever follows."""
        token.workflow.fact(TaskCompleted(token.id, self.name, by))
        del token.memory["work"]
        self.accept(token, data)

    def revoke(self, token: Token) -> None:
        if token.memory.pop("work", None):
            token.workflow.fact(TaskCancelled(token.id, self.name))


class ServiceTask(Element):
    """A connector operation or an external topic does the work (service, send and business rule tasks)."""

    def __init__(self, spec: ProcessSpec, node: Node) -> None:
        super().__init__(spec, node)
        service = node.service
        self.operation = service.operation if service else None
        self.topic = Text(service.topic, node.id) if service and service.topic else None
        self.parameters = [(name, Text(text, node.id)) for name, text in (service.parameters if service else ())]
        self.result = service.result if service else None
        self.retries, self.retry_after = parse_retries(service.retries if service else None)

    def perform(self, token: Token) -> bool | None:
        view, context = self.view(token), self.environment(token).context
        if self.topic is not None:
            data = {name: text.value(view, context) for name, text in self.parameters}
            data.update({target: (token.locals or {}).get(target) for _, target in self.input_mappings})
            if not self.parameters and not self.input_mappings:
                data = {name: view[name] for name in view if name != "facet"}
            topic = str(self.topic.value(view, context))
            token.workflow.fact(ExternalTaskOpened(token.id, self.name, topic, data, self.retries, 0))
            token.memory["work"] = "external"
            return None
        if self.operation is None:
            raise ElementFailed(
                self.name,
                f"“{self.node.name or self.name}” names neither an operation nor a topic: nobody knows what to call.",
                f"“{self.node.name or self.name}”既没有操作也没有主题，无法调用。",
            )
        values = {name: text.value(view, context) for name, text in self.parameters}
        token.workflow.fact(
            ServiceRequested(token.id, self.name, self.operation, values, self.retries, self.retry_after)
        )
        token.memory["work"] = "service"
        return None

    def returned(self, token: Token, data: Mapping[str, Any]) -> None:
        """The work came back with its result."""
        token.memory.pop("work", None)
        if self.result is not None:
            result = data.get("result") if set(data) == {"result"} else dict(data)
            token.workflow.set_variable(token, self.result, result)
        elif self.topic is not None or self.output_mappings:
            self.accept(token, data)

    def revoke(self, token: Token) -> None:
        work = token.memory.pop("work", None)
        if work is not None:
            token.workflow.fact(WorkWithdrawn(token.id, work))


class SendTask(ThrowEvent):
    """A send task with a message throws it (13.3.3)."""


class ScriptTask(Element):
    """Sandboxed Python, or FEEL (`scriptFormat`)."""

    def __init__(self, spec: ProcessSpec, node: Node) -> None:
        super().__init__(spec, node)
        self.feel = (
            Text(node.script or "null", node.id, feel=True)
            if (node.script_format or "").strip().lower() in ("feel", "text/feel", "application/feel")
            else None
        )

    def perform(self, token: Token) -> bool | None:
        environment = self.environment(token)
        view = self.view(token)
        if self.feel is not None:
            value = self.feel.value(view, environment.context)
            if self.node.script_result is not None:
                self.accept(token, {self.node.script_result: value})
            elif isinstance(value, dict):
                self.accept(token, value)
            return True
        if not (self.node.script or "").strip():
            return True
        if environment.scripts is None:
            raise ElementFailed(self.name, "Scripts are switched off here.", "此处已禁用脚本。")
        try:
            outcome = environment.scripts.run(self.node.script or "", view, now=environment.now)
        except ScriptPostponed as postponed:
            token.workflow.fact(ScriptRequested(token.id, self.name, postponed.variables))
            token.memory["work"] = "script"
            return None
        self.take(token, outcome.values, outcome.result)
        return True

    def take(self, token: Token, values: Mapping[str, Any], result: Any) -> None:
        """What the script left behind."""
        if self.node.script_result is not None:
            values = {**values, self.node.script_result: result}
        self.accept(token, values)

    def returned(self, token: Token, data: Mapping[str, Any]) -> None:
        """The script that was postponed has run: `values` and `result` of its outcome."""
        token.memory.pop("work", None)
        self.take(token, data["values"], data["result"])

    def revoke(self, token: Token) -> None:
        if token.memory.pop("work", None):
            token.workflow.fact(WorkWithdrawn(token.id, "script"))


class BusinessRuleTask(Element):
    """Asks a decision (DMN)."""

    def __init__(self, spec: ProcessSpec, node: Node) -> None:
        super().__init__(spec, node)
        self.decision = Text(node.decision or "", node.id)

    def perform(self, token: Token) -> bool | None:
        environment = self.environment(token)
        view = self.view(token)
        key = str(self.decision.value(view, environment.context))
        answer = environment.decide(key, view, environment.context)
        token.workflow.fact(
            DecisionEvaluated(
                token.id, self.name, answer.key, answer.version, answer.inputs, answer.value, tuple(answer.detail)
            )
        )
        if answer.value is None and answer.problems:
            raise ElementFailed(
                self.name,
                f"The decision “{key}” gave no clear answer: {'; '.join(answer.problems)}",
                f"决策“{key}”没有明确结果：{'；'.join(answer.problems)}",
            )
        if self.node.decision_result is not None:
            self.accept(token, {self.node.decision_result: answer.value})
        elif isinstance(answer.value, dict):
            self.accept(token, answer.value)
        else:
            self.accept(token, {key: answer.value})
        return True


class CallActivity(Element):
    """Another process, as an instance of its own (10.3.6)."""

    def __init__(self, spec: ProcessSpec, node: Node) -> None:
        super().__init__(spec, node)
        assert node.call is not None
        self.call = node.call
        self.process = Text(node.call.process, node.id)
        self.version = Text(node.call.version, node.id) if node.call.version is not None else None
        key = node.call.business_key
        self.key = Text(key, node.id, feel=True) if key is not None else None

    def perform(self, token: Token) -> bool | None:
        view, context = self.view(token), self.environment(token).context
        if self.call.all_inputs:  # the view has what the input mappings made, too
            variables = {name: view[name] for name in view if name != "facet"}
        else:
            variables = {target: (token.locals or {}).get(target) for _, target in self.input_mappings}
        key = self.key.value(view, context) if self.key is not None else token.workflow.business_key
        version = self.version.value(view, context) if self.version is not None else None
        token.workflow.fact(
            CallRequested(
                token.id,
                self.name,
                str(self.process.value(view, context)),
                self.call.binding,
                None if version is None else str(version),
                None if key is None else str(key),
                variables,
            )
        )
        token.memory["work"] = "call"
        return None

    def returned(self, token: Token, data: Mapping[str, Any]) -> None:
        """The called instance has ended with `data`."""
        token.memory.pop("work", None)
        if self.call.all_outputs:
            token.workflow.set_variables(token, data)
        if self.output_mappings:
            self.accept(token, data)

    def revoke(self, token: Token) -> None:
        if token.memory.pop("work", None):
            token.workflow.fact(WorkWithdrawn(token.id, "call"))


def names(value: Any) -> tuple[str, ...]:
    """Usernames or group keys: a comma separated text or a list of texts."""
    if value is None:
        return ()
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(str(part).strip() for part in parts if part is not None and str(part).strip()))


def parse_retries(text: str | None) -> tuple[int | None, int | None]:
    """`R3/PT10M` → (3, 600 seconds); `5` → (5, None); None → (None, None)."""
    if not text:
        return None, None
    count, slash, pause = text.strip().removeprefix("R").partition("/")
    if not count.isdigit():
        raise InvalidInput(f"“{text}” is not a number of retries such as 3 or R3/PT10M.", f"“{text}”不是重试次数。")
    return int(count), int(parse_duration(pause).rough.total_seconds()) if slash else None


__all__ = [
    "BusinessRuleTask",
    "CallActivity",
    "NoneTask",
    "ScriptTask",
    "SendTask",
    "ServiceTask",
    "UserTask",
    "names",
    "parse_retries",
]
