"""BPMN 2.0.2 diagrams: read safely, linted, drawn. Knows no SpiffWorkflow and no SQL."""

from engine.bpmn.dialects.zeebe_forms import form_schema
from engine.bpmn.errors import BpmnUnreadable
from engine.bpmn.linting import FormInfo, LintContext, lint
from engine.bpmn.model import Document, Problem, Process
from engine.bpmn.reader import read

__all__ = [
    "BpmnUnreadable",
    "Document",
    "FormInfo",
    "LintContext",
    "Problem",
    "Process",
    "form_schema",
    "lint",
    "read",
]
