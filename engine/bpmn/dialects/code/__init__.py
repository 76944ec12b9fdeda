"""Scripts in the languages of Java engines (Groovy, JavaScript, JUEL, Python with `execution`) as sandboxed Python.

The part that diagrams are written in is understood: reading and setting process variables, assignments, arithmetic,
texts, lists, maps, `if`, `for` over a list, `while`, and BPMN errors. What calls into the other engine or its Java
classes has no equivalent and is said so.
"""

from __future__ import annotations

import re

from engine.bpmn.dialects.code.jython import jython
from engine.bpmn.dialects.code.reading import tokens
from engine.bpmn.dialects.code.statements import Statements
from engine.bpmn.dialects.errors import Untranslatable

LANGUAGES = frozenset({"groovy", "javascript", "ecmascript", "js", "text/javascript", "application/javascript"})
PYTHONS = frozenset({"python", "jython", "text/python"})
LONGEST = 20_000
_RETURN = re.compile(r"^return\b\s*")


def value(text: str) -> str:
    """The expression of a script that only gives a value: `return x;` is `x`."""
    return _RETURN.sub("", text.strip()).rstrip(";").strip()


def script(text: str, language: str) -> str:
    """A script as Python for the sandbox. `language`: the script format, any case. Raises Untranslatable."""
    if len(text) > LONGEST:
        raise Untranslatable("the script is too long", "脚本过长")
    if language.lower() in PYTHONS:
        return jython(text)
    if language.lower() not in LANGUAGES:
        raise Untranslatable(f"scripts in {language} cannot run here", f"无法运行 {language} 脚本")
    return Statements(tokens(text)).whole()
