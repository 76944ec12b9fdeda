"""FEEL, the expression language of DMN 1.5 (chapter 10): a library of its own, with nothing but the standard library under it.

::

    result = parse("amount > 1000 and region = \\"north\\"").evaluate({"amount": 1200, "region": "north"})
    result.value     # True
    result.warnings  # why something was null, if it was
"""

from engine.feel.comparing import equal
from engine.feel.context import DEFAULT_CONTEXT, Budget, Calendar, Context, Result
from engine.feel.errors import FeelBudgetError, FeelError, FeelSyntaxError, Position, Warning_
from engine.feel.expression import Expression, UnaryTests, parse, parse_unary_tests
from engine.feel.functions import FUNCTIONS
from engine.feel.temporal_text import parse_temporal
from engine.feel.text import string_of
from engine.feel.types import FeelType, coerce, is_instance, type_of_text
from engine.feel.values import (
    FeelFunction,
    Parameter,
    Range,
    Value,
    WideDate,
    WideDateTime,
    WideDuration,
    WideTime,
    YearsMonths,
    to_feel,
    type_name,
)

__all__ = [
    "DEFAULT_CONTEXT",
    "FUNCTIONS",
    "Budget",
    "Calendar",
    "Context",
    "Expression",
    "FeelBudgetError",
    "FeelError",
    "FeelFunction",
    "FeelSyntaxError",
    "FeelType",
    "Parameter",
    "Position",
    "Range",
    "Result",
    "UnaryTests",
    "Value",
    "Warning_",
    "WideDate",
    "WideDateTime",
    "WideDuration",
    "WideTime",
    "YearsMonths",
    "coerce",
    "equal",
    "is_instance",
    "parse",
    "parse_temporal",
    "parse_unary_tests",
    "string_of",
    "to_feel",
    "type_name",
    "type_of_text",
]
