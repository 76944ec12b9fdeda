"""Whether something has changed since the last deployment: a process with what it uses, a decision."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import insert, select

import engine.dmn
from engine.bpmn.model import Document
from engine.commands.deployment_files import Read, kind_of
from engine.definitions import editor_form, form_key
from engine.ids import new_id
from engine.store import tables as t
from engine.work import Work


def digest_of(document: Document, read: Read, files: Mapping[str, bytes]) -> str:
    """Over a diagram and the forms and tables that it uses; over all of them where an expression chooses. Neither the order
    of the files nor the folders that they lie in matter."""
    parts = sorted((_short(name), _hash(files[name])) for name in (*_forms(document, files), *_tables(document, read)))
    whole = hashlib.sha256(files[document.file])
    for name, digest in parts:
        whole.update(f"\0{name}\0{digest}".encode())
    return whole.hexdigest()


def _forms(document: Document, files: Mapping[str, bytes]) -> list[str]:
    """Files of the forms that the diagram names."""
    nodes = [node for process in document.processes for node in process.nodes.values()]
    named = {node.assignment.form if node.assignment else node.extensions.get("formKey") for node in nodes}
    named |= {node.extensions.get("formKey") for node in nodes}
    chosen = any(name is not None and name.lstrip().startswith("=") for name in named)
    return [name for name in files if kind_of(name) == "form" and (chosen or named & _keys(name, files[name]))]


def _keys(file: str, content: bytes) -> set[object]:
    """The keys by which a diagram may name the form of a file."""
    form = editor_form(content)
    return {form_key(file)} if form is None else {form_key(file), form.get("id")}


def _tables(document: Document, read: Read) -> Iterable[str]:
    """Files of the decisions that the diagram names; all, where one of them imports others."""
    named = {node.decision for process in document.processes for node in process.nodes.values() if node.decision}
    used = {file for file, model in read.models.items() if any(model.decision(key) is not None for key in named)}
    chosen = any(key.lstrip().startswith("=") for key in named)
    return read.models if chosen or any(read.models[file].imports for file in used) else used


def _short(name: str) -> str:
    return name.rsplit("/", 1)[-1]


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True, slots=True)
class DecisionChange:
    """A decision that gets a version. `digest`: over its file, and over all tables of the deployment if it imports others."""

    key: str
    name: str
    version: int
    file: str
    digest: str


def changed_decisions(work: Work, read: Read, files: Mapping[str, bytes]) -> list[DecisionChange]:
    """The decisions that are new or differ from their newest version."""
    changes = []
    for file, model in read.models.items():
        digest = _model_digest(file, model, read, files)
        newest = _newest(work, list(model.decisions))
        for key, decision in model.decisions.items():
            version, before = newest.get(key, (0, None))
            if before != digest:
                changes.append(DecisionChange(key, decision.name, version + 1, file, digest))
    return changes


def _model_digest(file: str, model: engine.dmn.Definitions, read: Read, files: Mapping[str, bytes]) -> str:
    if not model.imports:
        return _hash(files[file])
    others = sorted(_hash(files[name]) for name in read.models if name != file)
    return _hash("".join([_hash(files[file]), *others]).encode())


def _newest(work: Work, keys: list[str]) -> dict[str, tuple[int, str]]:
    d = t.decision_definition.c
    rows = work.connection.execute(select(d.key, d.version, d.digest).where(d.key.in_(keys)).order_by(d.version))
    return {row.key: (row.version, row.digest) for row in rows}


def store_decision(work: Work, deployment: str, change: DecisionChange) -> None:
    """A version of a decision."""
    work.connection.execute(
        insert(t.decision_definition),
        {
            "id": new_id(),
            "key": change.key,
            "version": change.version,
            "name": change.name[:400],
            "deployment_id": deployment,
            "resource_name": change.file,
            "digest": change.digest,
            "created_at": work.now,
        },
    )
