"""The built-in functions, by name (DMN 1.5, 10.3.4)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from engine.feel.functions.contexts import CONTEXTS
from engine.feel.functions.conversion import CONVERSION
from engine.feel.functions.extras import EXTRAS
from engine.feel.functions.lists import LISTS
from engine.feel.functions.numbers import NUMERIC
from engine.feel.functions.ranges import RANGES
from engine.feel.functions.strings import STRINGS
from engine.feel.functions.temporal import TEMPORAL
from engine.feel.values import Builtin

FUNCTIONS: Final[Mapping[str, Builtin]] = MappingProxyType(
    {
        function.name: function
        for family in (CONVERSION, CONTEXTS, STRINGS, LISTS, NUMERIC, TEMPORAL, RANGES, EXTRAS)
        for function in family
    }
)
