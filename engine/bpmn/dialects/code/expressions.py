"""Expressions of Groovy and JavaScript, written as Python."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Callable, Mapping

from engine.bpmn.dialects.code.reading import Word
from engine.bpmn.dialects.errors import Untranslatable

_LEVELS = {"||": 1, "&&": 2, "==": 3, "!=": 3, "===": 3, "!==": 3, "<": 4, "<=": 4, ">": 4, ">=": 4}
_LEVELS_TOO = {"+": 5, "-": 5, "*": 6, "/": 6, "%": 6}
_PYTHON = {"||": "or", "&&": "and", "===": "==", "!==": "!="}
_CONSTANTS = {"true": "True", "false": "False", "null": "None", "undefined": "None"}
_PROVIDED = {
    "loopCounter": "(loopCounter - 1)",
    "nrOfInstances": "numberOfInstances",
    "nrOfActiveInstances": "numberOfActiveInstances",
    "nrOfCompletedInstances": "numberOfCompletedInstances",
}
"""Names that the engines provide in a multi-instance activity; they count from 0."""
_DEEPEST = 40
_FOREIGN = frozenset(
    {"this", "super", "new", "function", "typeof", "instanceof", "delete", "void", "S", "JSON", "spin"}
)
EXECUTION = frozenset({"execution", "processInstance"})

Method = Callable[[str, list[str]], str]
_METHODS: Mapping[tuple[str, int], Method] = {
    ("size", 0): lambda base, args: f"len({base})",
    ("length", 0): lambda base, args: f"len({base})",
    ("isEmpty", 0): lambda base, args: f"len({base}) == 0",
    ("equals", 1): lambda base, args: f"{base} == {args[0]}",
    ("get", 1): lambda base, args: f"{base}[{args[0]}]",
    ("contains", 1): lambda base, args: f"{args[0]} in {base}",
    ("includes", 1): lambda base, args: f"{args[0]} in {base}",
    ("containsKey", 1): lambda base, args: f"{args[0]} in {base}",
    ("add", 1): lambda base, args: f"{base}.append({args[0]})",
    ("push", 1): lambda base, args: f"{base}.append({args[0]})",
    ("toUpperCase", 0): lambda base, args: f"{base}.upper()",
    ("toLowerCase", 0): lambda base, args: f"{base}.lower()",
    ("trim", 0): lambda base, args: f"{base}.strip()",
    ("startsWith", 1): lambda base, args: f"{base}.startswith({args[0]})",
    ("endsWith", 1): lambda base, args: f"{base}.endswith({args[0]})",
    ("concat", 1): lambda base, args: f"{base} + {args[0]}",
    ("replace", 2): lambda base, args: f"{base}.replace({args[0]}, {args[1]})",
    ("split", 1): lambda base, args: f"{base}.split({args[0]})",
    ("substring", 1): lambda base, args: f"{base}[{args[0]}:]",
    ("substring", 2): lambda base, args: f"{base}[{args[0]}:{args[1]}]",
    ("toString", 0): lambda base, args: f"str({base})",
    ("toInteger", 0): lambda base, args: f"int({base})",
    ("toLong", 0): lambda base, args: f"int({base})",
    ("intValue", 0): lambda base, args: f"int({base})",
}


class Expressions:
    """One text by precedence climbing. `locals`: names that the script declares for itself; `asked`: variables that it
    asks the engine for, which may be missing."""

    def __init__(self, words: list[Word]) -> None:
        self.words = words
        self.index = 0
        self.depth = 0
        self.locals: set[str] = set()
        self.asked: dict[str, str] = {}
        self._text = False

    # -- words -----------------------------------------------------------------------------------------------------------

    def peek(self, ahead: int = 0) -> Word:
        """The next word, a newline at the end."""
        at = self.index + ahead
        return self.words[at] if at < len(self.words) else Word("newline", "")

    def is_next(self, text: str) -> bool:
        """Whether an operator or a keyword is next."""
        word = self.peek()
        return word.text == text and word.kind in ("operator", "name")

    def take(self, text: str | None = None) -> Word:
        """The next word, which has to be `text` when that is given."""
        word = self.peek()
        if self.index >= len(self.words) or (text is not None and not self.is_next(text)):
            raise Untranslatable(f"“{text or 'a value'}” is missing", f"缺少“{text or '值'}”")
        self.index += 1
        return word

    def skip_lines(self) -> None:
        """Line breaks that mean nothing here."""
        while self.index < len(self.words) and self.peek().kind == "newline":
            self.index += 1

    # -- expressions -----------------------------------------------------------------------------------------------------

    def expression(self) -> str:
        """A whole expression as Python."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise Untranslatable("it is nested too deeply", "嵌套过深")
        found = self.operators(0)
        if self.is_next("?"):
            self.take()
            yes = self.expression()
            self.take(":")
            found = f"({yes} if {found} else {self.expression()})"
        self.depth -= 1
        return found

    def operators(self, level: int) -> str:
        left, text = self.unary()
        while (found := {**_LEVELS, **_LEVELS_TOO}.get(self._operator(), 0)) > level:
            operator = self.take().text
            self.skip_lines()
            right, also_text = self._right(found)
            if operator == "+" and text != also_text:
                left, right = (left, f"str({right})") if text else (f"str({left})", right)
                text = True
            left = f"({left} {_PYTHON.get(operator, operator)} {right})"
            text = text and operator == "+"
        self._text = text
        return left

    def _operator(self) -> str:
        word = self.peek()
        return word.text if word.kind == "operator" else ""

    def _right(self, level: int) -> tuple[str, bool]:
        found = self.operators(level)
        return found, self._text

    def unary(self) -> tuple[str, bool]:
        """(Python, whether it is known to be a text)."""
        word = self.peek()
        if word.kind == "operator" and word.text in ("!", "-"):
            self.take()
            inside, _ = self.unary()
            return (f"(not {inside})" if word.text == "!" else f"(-{inside})"), False
        found = self.path()
        return found, word.kind == "string" and found == repr(word.text)

    def path(self) -> str:
        word = self.take()
        if word.kind == "name" and word.text in EXECUTION and self.is_next("."):
            base = self.of_execution()
        else:
            base = self.primary(word)
        while self.is_next(".") or self.is_next("["):
            if self.take().text == "[":
                base = f"{base}[{self.expression()}]"
                self.take("]")
            else:
                base = self.member(base, self.take().text)
        return base

    def primary(self, word: Word) -> str:
        if word.kind == "number":
            return word.text
        if word.kind == "string":
            return repr(word.text)
        if word.text == "(":
            found = self.expression()
            self.take(")")
            return f"({found})"
        if word.text == "[" or word.text == "{":
            return self.collection(word.text)
        if word.kind != "name" or word.text in _FOREIGN:
            raise Untranslatable(f"“{word.text.strip()}” is not understood there", f"此处无法理解“{word.text.strip()}”")
        if word.text in _CONSTANTS:
            return _CONSTANTS[word.text]
        if self.is_next("("):
            raise Untranslatable(f"“{word.text}()” calls program code", f"“{word.text}()”调用了程序代码")
        return self.name(word.text)

    def name(self, text: str) -> str:
        """A variable's name in Python: what the script declares for itself begins with `_` and is not stored."""
        if keyword.iskeyword(text) or "$" in text or text in EXECUTION:
            raise Untranslatable(f"“{text}” is no name of a variable here", f"“{text}”不能作为变量名")
        return f"_{text}" if text in self.locals else _PROVIDED.get(text, text)

    def collection(self, opened: str) -> str:
        """A list, or a map in either language."""
        parts: list[str] = []
        closing = "]" if opened == "[" else "}"
        mapped = opened == "{"
        self.skip_lines()
        if self.is_next(":"):  # Groovy's empty map
            self.take()
            mapped = True
        while not self.is_next(closing):
            keyed = self.peek(1).text == ":" and self.peek().kind in ("name", "string")
            if keyed or mapped:
                key = self.take().text
                self.take(":")
                mapped = True
                parts.append(f"{key!r}: {self.expression()}")
            else:
                parts.append(self.expression())
            self.skip_lines()
            if not self.is_next(closing):
                self.take(",")
                self.skip_lines()
        self.take(closing)
        return "{" + ", ".join(parts) + "}" if mapped else "[" + ", ".join(parts) + "]"

    def arguments(self) -> list[str]:
        """What stands between parentheses."""
        self.take("(")
        found: list[str] = []
        self.skip_lines()
        while not self.is_next(")"):
            found.append(self.expression())
            self.skip_lines()
            if not self.is_next(")"):
                self.take(",")
        self.take(")")
        return found

    def member(self, base: str, key: str) -> str:
        if not self.is_next("("):
            return f"len({base})" if key == "length" else f"{base}.{self._field(key)}"
        arguments = self.arguments()
        known = _METHODS.get((key, len(arguments)))
        if known is None:
            raise Untranslatable(f"“{key}()” calls program code", f"“{key}()”调用了程序代码")
        return known(base, arguments)

    def _field(self, key: str) -> str:
        if keyword.iskeyword(key):
            raise Untranslatable(f"“{key}” is no name of a field here", f"“{key}”不能作为字段名")
        return key

    def of_execution(self) -> str:
        """`execution.getVariable("x")`; `getProcessInstance()` on the way means the same variables here."""
        self.take(".")
        method = self.take().text
        if method in ("getProcessInstance", "processInstance"):
            if self.is_next("("):
                self.arguments()
            return self.of_execution()
        if method in ("getVariable", "getVariableLocal") and self.peek(1).kind == "string":
            self.take("(")
            variable = self.take().text
            self.take(")")
            return self.ask(variable)
        if method in ("hasVariable", "hasVariableLocal") and self.peek(1).kind == "string":
            self.take("(")
            variable = self.take().text
            self.take(")")
            return f"({self.ask(variable)} is not None)"
        raise Untranslatable(f"“execution.{method}” has no counterpart", f"“execution.{method}”没有对应功能")

    def ask(self, variable: str) -> str:
        """A variable that may be missing: null then, as in the other engine."""
        if not variable.isidentifier() or keyword.iskeyword(variable):
            raise Untranslatable(f"“{variable}” is no name of a variable here", f"“{variable}”不能作为变量名")
        self.asked[variable] = f"_value_of_{variable}"
        return self.asked[variable]

    def asking(self) -> list[str]:
        """The lines that fetch what the script asks for, once, before it begins."""
        lines: list[str] = []
        for variable, kept in self.asked.items():
            lines += ["try:", f"    {kept} = {variable}", "except NameError:", f"    {kept} = None"]
            if hasattr(builtins, variable):  # then the name is there in any case; data never shows itself as “<…>”
                lines += [f'if f"{{{kept}!r}}".startswith("<"):', f"    {kept} = None"]
        return lines
