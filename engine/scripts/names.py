"""What a script finds in the sandbox: the modules it may import, their names, and the built-in names.

The tables are the intersection of what the sandbox has and what a process needs; a test compares them with the sandbox.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final


def words(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


MODULES: Final[Mapping[str, frozenset[str]]] = {
    name: words(listed)
    for name, listed in {
        "base64": "a85decode a85encode b16decode b16encode b32decode b32encode b64decode b64encode b85decode b85encode "
        "decodebytes encodebytes standard_b64decode standard_b64encode urlsafe_b64decode urlsafe_b64encode",
        "binascii": "Error a2b_base64 a2b_hex b2a_base64 b2a_hex crc32 hexlify unhexlify",
        "bisect": "bisect bisect_left bisect_right insort insort_left insort_right",
        "collections": "Counter defaultdict deque namedtuple",
        "copy": "copy deepcopy",
        "dataclasses": "dataclass field is_dataclass",
        "datetime": "date datetime time timedelta timezone",
        "decimal": "Context Decimal DecimalException DivisionByZero Inexact InvalidOperation Overflow ROUND_05UP "
        "ROUND_CEILING ROUND_DOWN ROUND_FLOOR ROUND_HALF_DOWN ROUND_HALF_EVEN ROUND_HALF_UP ROUND_UP Rounded Underflow "
        "getcontext localcontext setcontext",
        "functools": "cache lru_cache partial reduce",
        "hashlib": "blake2b blake2s md5 new sha1 sha224 sha256 sha384 sha3_224 sha3_256 sha3_384 sha3_512 sha512",
        "itertools": "accumulate chain combinations combinations_with_replacement compress count cycle dropwhile "
        "filterfalse groupby islice pairwise permutations product repeat starmap takewhile tee zip_longest",
        "json": "JSONDecodeError dumps loads",
        "math": "acos acosh asin asinh atan atan2 atanh cbrt ceil comb copysign cos cosh degrees dist e erf erfc "
        "exp exp2 expm1 fabs factorial floor fmod frexp fsum gamma gcd hypot inf isclose isfinite isinf "
        "isnan isqrt lcm ldexp lgamma log log10 log1p log2 modf nan nextafter perm pi pow prod radians "
        "remainder sin sinh sqrt tan tanh tau trunc ulp",
        "random": "Random betavariate choice choices expovariate gammavariate gauss getrandbits lognormvariate "
        "normalvariate paretovariate randint random randrange sample seed shuffle triangular uniform vonmisesvariate "
        "weibullvariate",
        "re": "A ASCII DOTALL I IGNORECASE M MULTILINE Match NOFLAG Pattern S compile error escape findall finditer "
        "fullmatch match search split sub",
        "time": "gmtime localtime mktime monotonic perf_counter sleep strftime strptime time time_ns",
        "typing": "Annotated Any Callable ClassVar Dict Final FrozenSet Generic Iterable Iterator List Literal Mapping "
        "NoReturn Optional Self Sequence Set TYPE_CHECKING Tuple Type TypeVar Union",
        "unicodedata": "category combining is_normalized lookup name normalize",
    }.items()
}
"""Importable module → its usable names."""

FLOAT_MODULES: Final = frozenset({"math", "random", "time"})
"""Modules whose functions give binary floats; scripts get decimals from them instead."""

BUILTINS: Final = words(
    "ArithmeticError AssertionError AttributeError BaseException Ellipsis Exception ImportError "
    "IndexError KeyError LookupError MemoryError ModuleNotFoundError NameError NotImplemented "
    "NotImplementedError OSError OverflowError RecursionError RuntimeError StopIteration SyntaxError "
    "TimeoutError TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError ValueError "
    "ZeroDivisionError abs all any bin bool bytes chr complex dict divmod enumerate filter float format "
    "frozenset getattr hasattr hash hex id int isinstance iter len list map max min next object oct ord "
    "pow print range repr reversed round set setattr slice sorted str sum tuple type zip __name__"
)
"""Built-in names that a script may use."""

EXCEPTIONS: Final = frozenset(name for name in BUILTINS if name.endswith(("Error", "Exception", "StopIteration")))
"""Built-in exceptions; the sandbox gives them one text at most."""

PYTHON_BUILTINS: Final = words(
    "BaseExceptionGroup BlockingIOError BrokenPipeError BufferError BytesWarning ChildProcessError "
    "ConnectionError EOFError EnvironmentError ExceptionGroup FileExistsError FileNotFoundError "
    "FloatingPointError GeneratorExit IOError InterruptedError KeyboardInterrupt PermissionError "
    "SystemError SystemExit UnicodeError UserWarning Warning __builtins__ __debug__ __doc__ __file__ "
    "__import__ __loader__ __package__ __spec__ aiter anext ascii breakpoint bytearray callable "
    "classmethod compile copyright credits delattr dir eval exec exit globals help input issubclass "
    "license locals memoryview open property quit staticmethod super vars"
)
"""Names that Python has and scripts do not."""

READY: Final[Mapping[str, str]] = {
    "Decimal": "_facet_decimal",
    "date": "_facet_date",
    "datetime": "_facet_datetime",
    "time": "_facet_time",
    "timedelta": "_facet_timedelta",
    "timezone": "_facet_timezone",
    "ROUND_HALF_UP": '"ROUND_HALF_UP"',
    "ROUND_HALF_EVEN": '"ROUND_HALF_EVEN"',
    "ROUND_UP": '"ROUND_UP"',
    "ROUND_DOWN": '"ROUND_DOWN"',
    "ROUND_CEILING": '"ROUND_CEILING"',
    "ROUND_FLOOR": '"ROUND_FLOOR"',
}
"""Names that need no import, and what they stand for in the prelude. A process variable of the same name wins."""

OWN: Final = frozenset({"BpmnError", "YearsMonths"})
"""Names that only Facet's scripts have."""


def nearest(name: str, known: frozenset[str]) -> str | None:
    """The known name that was probably meant, or None where nothing is close."""
    close = get_close_matches(name, sorted(known), n=1, cutoff=0.7)
    return close[0] if close else None
