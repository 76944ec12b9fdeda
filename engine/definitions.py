"""Deployed definitions, compiled and kept: an instance's diagram, forms and decisions by the version it runs on."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, bindparam, select

import engine.bpmn
import engine.dmn
import forms
from engine.bpmn.model import Document, Process
from engine.errors import InvalidInput, NotFound
from engine.feel import Context
from engine.runtime.environment import Decided
from engine.runtime.spec import ProcessSpec
from engine.store import tables as t
from forms import Form

K = TypeVar("K")
V = TypeVar("V")


class Kept(Generic[K, V]):
    """A thread-safe cache of at most `size` values; the least recently used one goes first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    def get(self, key: K) -> V | None:
        """The value, or None."""
        with self._lock:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
            return value

    def put(self, key: K, value: V) -> None:
        """Keeps the value."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._size:
                self._values.popitem(last=False)

    def take(self, key: K) -> V | None:
        """The value, which is not kept any more; None when there is none."""
        with self._lock:
            return self._values.pop(key, None)

    def clear(self) -> None:
        """Forgets everything."""
        with self._lock:
            self._values.clear()


@dataclass(frozen=True)
class Definition:
    """One version of a process, ready to run. `resources` are the deployment's files by name (bytes as uploaded)."""

    id: str
    key: str
    version: int
    name: str
    name_zh: str
    deployment_id: str
    resource_name: str
    start_form: str | None
    starters: tuple[str, ...] | None
    process: Process
    document: Document
    spec: ProcessSpec
    forms: Mapping[str, Form]
    decisions: Mapping[str, engine.dmn.Definitions]
    decision_versions: Mapping[str, int]
    """By key, the version that each decision of the deployment had then."""

    def form(self, key: str | None) -> Form | None:
        """The form of that key as deployed with this version; None when there is none."""
        return self.forms.get(key) if key is not None else None

    @property
    def sensitive(self) -> frozenset[str]:
        """Variables that are masked unless somebody may see them."""
        return frozenset(self.process.sensitive)


class Definitions:
    """Loads definitions by id and keeps the compiled ones. `size`: how many versions."""

    def __init__(self, size: int = 256) -> None:
        self._kept: Kept[str, Definition] = Kept(size)
        self._decisions: Kept[str, tuple[str, int, engine.dmn.Definitions]] = Kept(size)

    def get(self, connection: Connection, definition_id: str) -> Definition:
        """The compiled definition. NotFound when there is none."""
        known = self._kept.get(definition_id)
        if known is None:
            known = _load(connection, definition_id)
            self._kept.put(definition_id, known)
        return known

    def decide(self, connection: Connection, definition: Definition) -> Callable[..., Decided]:
        """The decisions that `definition` sees: those of its own deployment first, else the newest of that key."""

        def decide(key: str, variables: Mapping[str, Any], context: Context) -> Decided:
            for model in definition.decisions.values():
                if model.decision(key) is not None:
                    return evaluate(model, key, definition.decision_versions.get(key, 1), variables, context)
            return self.decide_newest(connection, key, variables, context)

        return decide

    def decide_newest(
        self, connection: Connection, key: str, variables: Mapping[str, Any], context: Context
    ) -> Decided:
        """Evaluates the newest deployed decision of that key. InvalidInput when there is none."""
        row = connection.execute(_NEWEST_DECISION, {"b_key": key}).one_or_none()
        if row is None:
            raise InvalidInput(
                f"There is no decision “{key}”. Deploy its table first.", f"没有名为“{key}”的决策，请先部署。"
            )
        known = self._decisions.get(row.id)
        if known is None:
            rows = connection.execute(_RESOURCES, {"b_deployment": row.deployment_id}).all()
            files = {r.name: r.content for r in rows if r.kind == "dmn"}
            model = engine.dmn.read(files[row.resource_name], file=row.resource_name, imports=files)
            known = (key, row.version, model)
            self._decisions.put(row.id, known)
        return evaluate(known[2], key, known[1], variables, context)


def evaluate(
    model: engine.dmn.Definitions, key: str, version: int, variables: Mapping[str, Any], context: Context
) -> Decided:
    """Runs one decision and shapes what history keeps of it."""
    answer = engine.dmn.evaluate(model, key, variables, context)
    detail = [
        {"decision": r.decision, "name": r.name, "matched": list(r.rules), "output": plain(r.value)}
        for r in answer.evaluated
    ]
    inputs = {name: plain(value) for name, value in answer.inputs.items()}
    return Decided(answer.value, key, version, inputs, detail, answer.problems)


def plain(value: Any) -> Any:
    """The value, or its name when it is nothing that can be stored (a function)."""
    return None if callable(value) else value


_DEFINITION = select(t.definition).where(t.definition.c.id == bindparam("b_id"))
_RESOURCES = select(t.resource.c.name, t.resource.c.kind, t.resource.c.content).where(
    t.resource.c.deployment_id == bindparam("b_deployment")
)
_VERSIONS = (
    select(t.decision_definition.c.key, t.decision_definition.c.version)
    .where(
        t.decision_definition.c.key.in_(bindparam("b_keys", expanding=True)),
        t.decision_definition.c.deployment_id <= bindparam("b_deployment"),
    )
    .order_by(t.decision_definition.c.version)
)
_NEWEST_DECISION = (
    select(t.decision_definition)
    .where(t.decision_definition.c.key == bindparam("b_key"))
    .order_by(t.decision_definition.c.version.desc())
    .limit(1)
)


def _load(connection: Connection, definition_id: str) -> Definition:
    row = connection.execute(_DEFINITION, {"b_id": definition_id}).one_or_none()
    if row is None:
        raise NotFound("There is no such process definition.", "没有该流程定义。")
    resources = connection.execute(_RESOURCES, {"b_deployment": row.deployment_id}).all()
    content = next(r.content for r in resources if r.name == row.resource_name)
    document = engine.bpmn.read(content, file=row.resource_name)
    process = next(p for p in document.processes if p.id == row.key)
    tables = {r.name: r.content for r in resources if r.kind == "dmn"}
    decisions = {name: engine.dmn.read(data, file=name, imports=tables) for name, data in tables.items()}
    keys = [key for model in decisions.values() for key in model.decisions]
    versions = connection.execute(_VERSIONS, {"b_keys": keys, "b_deployment": row.deployment_id}).all() if keys else ()
    return Definition(
        id=row.id,
        key=row.key,
        version=row.version,
        name=row.name,
        name_zh=row.name_zh,
        deployment_id=row.deployment_id,
        resource_name=row.resource_name,
        start_form=row.start_form,
        starters=tuple(row.starters) if row.starters is not None else None,
        process=process,
        document=document,
        spec=ProcessSpec(process),
        forms=load_forms({r.name: r.content for r in resources if r.kind == "form"}, document),
        decisions=decisions,
        decision_versions={r.key: r.version for r in versions},
    )


def load_forms(files: Mapping[str, bytes], *documents: Document) -> dict[str, Form]:
    """Forms by key: the files', and forms that diagrams of other tools carry inside."""
    loaded = {
        key: forms.load(schema, key=key)
        for document in documents
        for key, schema in getattr(document, "forms", {}).items()
    }
    for name, content in files.items():
        loaded.update(read_form(name, content))
    return loaded


def form_key(file: str) -> str:
    """`forms/quote.json` → `quote`."""
    return file.rsplit("/", 1)[-1].rsplit(".", 1)[0]


def read_form(file: str, content: bytes) -> dict[str, Form]:
    """The form of a file by its key, the file's stem. A form of Camunda's or bpmn.io's editor is translated, and is also
    known by the id inside it, by which Camunda 8 links forms. Raises FormError."""
    key, form = form_key(file), editor_form(content)
    if form is None:
        return {key: forms.load(content, key=key, file=file)}
    loaded = forms.load(engine.bpmn.form_schema(form, key), key=key, file=file)
    return {key: loaded, str(form.get("id") or key): loaded}


def editor_form(content: bytes) -> Mapping[str, object] | None:
    """The form of Camunda's or bpmn.io's form editor that these bytes hold; None when they hold something else."""
    if b'"components"' not in content:
        return None
    try:
        form = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return form if engine.bpmn.is_editor_form(form) else None
