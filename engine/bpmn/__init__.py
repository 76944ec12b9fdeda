"""BPMN 2.0.2 diagrams: read safely, linted, drawn. Knows no SpiffWorkflow and no SQL."""

from engine.bpmn.dialects.form_editor import form_gaps, form_schema, is_editor_form
from engine.bpmn.errors import BpmnUnreadable
from engine.bpmn.linting import CallInfo, FormInfo, LintContext, lint
from engine.bpmn.model import Document, Problem, Process
from engine.bpmn.reader import read

__all__ = [
    "BpmnUnreadable",
    "CallInfo",
    "Document",
    "FormInfo",
    "LintContext",
    "Problem",
    "Process",
    "form_gaps",
    "form_schema",
    "is_editor_form",
    "lint",
    "read",
]
