"""The form language: JSON Schema 2020-12 in, HTML and validated data out. Knows no BPMN, SQL or HTTP.

`docs/forms.md` is the reference for authors.
"""

from forms.checking import check
from forms.errors import FormError, FormProblem, Rejected
from forms.loading import load
from forms.model import Field, FileView, Form, Kind, Option, UserChoice
from forms.parsing import parse_html
from forms.prefilling import prefill
from forms.rendering import render
from forms.submission import Submission, Upload
from forms.validation import Evaluator, calculate, validate
from forms.words import Message, Words

__all__ = [
    "Evaluator",
    "Field",
    "FileView",
    "Form",
    "FormError",
    "FormProblem",
    "Kind",
    "Message",
    "Option",
    "Rejected",
    "Submission",
    "Upload",
    "UserChoice",
    "Words",
    "calculate",
    "check",
    "load",
    "parse_html",
    "prefill",
    "render",
    "validate",
]
