"""Statements of Groovy and JavaScript, written as Python."""

from __future__ import annotations

import keyword

from engine.bpmn.dialects.code.expressions import EXECUTION, Expressions
from engine.bpmn.dialects.code.reading import Word
from engine.bpmn.dialects.errors import Untranslatable

_DECLARING = frozenset({"def", "var", "let", "const", "final"})
_TYPES = frozenset({"Object", "String", "Integer", "Long", "Double", "Boolean", "List", "Map", "Date", "Number"})
_PRIMITIVE = frozenset({"int", "long", "double", "float", "boolean"})
_SILENT = frozenset({"println", "print"})
_ASSIGNING = frozenset({"=", "+=", "-=", "*=", "/="})
_FAILURES = frozenset({"Exception", "RuntimeException", "IllegalStateException", "IllegalArgumentException", "Error"})
_INDENT = "    "


class Statements:
    """A script from its words. What is declared (`def`, `var`, a type) stays inside; other names are variables."""

    def __init__(self, words: list[Word]) -> None:
        self.e = Expressions(words)

    def whole(self) -> str:
        """The whole script as Python. Raises Untranslatable."""
        lines = self.block(end="")
        return "\n".join([*self.e.asking(), *lines]) or "pass"

    def block(self, end: str) -> list[str]:
        """Statements up to `end` (empty: the end of the script)."""
        lines: list[str] = []
        while True:
            while self.e.index < len(self.e.words) and (self.e.peek().kind == "newline" or self.e.is_next(";")):
                self.e.index += 1
            if self.e.index >= len(self.e.words):
                if end:
                    raise Untranslatable(f"“{end}” is missing", f"缺少“{end}”")
                return lines
            if end and self.e.is_next(end):
                return lines
            lines += self.statement()

    def statement(self) -> list[str]:
        word = self.e.peek()
        known = {"if": self.branch, "for": self.each, "while": self.loop, "throw": self.throw, "return": self.give}
        if word.kind == "name" and word.text in known:
            return known[word.text]()
        if word.kind == "name" and (word.text in _DECLARING or self.is_typed()):
            return self.declare()
        if word.kind == "name" and word.text in _SILENT and self.e.peek(1).text != "=":
            return self.say()
        if self.is_set():
            return self.set_variable()
        return self.assign()

    # -- variables -------------------------------------------------------------------------------------------------------

    def is_typed(self) -> bool:
        return self.e.peek().text in _TYPES | _PRIMITIVE and self.e.peek(1).kind == "name"

    def declare(self) -> list[str]:
        """`def x = 1`, `var x`, `int x = 2`: names of the script's own."""
        while self.e.peek().text in _DECLARING | _TYPES | _PRIMITIVE and self.e.peek(1).kind == "name":
            self.e.take()
        name = self.e.take()
        if name.kind != "name" or keyword.iskeyword(name.text):
            raise Untranslatable(f"“{name.text}” is no name", f"“{name.text}”不是名称")
        if not self.e.is_next("="):
            self.e.locals.add(name.text)
            return [f"{self.e.name(name.text)} = None"]
        self.e.take()
        if self.e.peek().text in EXECUTION and self.is_instance():
            return []
        value = self.e.expression()
        self.e.locals.add(name.text)
        return [f"{self.e.name(name.text)} = {value}"]

    def is_instance(self) -> bool:
        """`def processInstance = execution.getProcessInstance()`: another word for the execution."""
        words = [self.e.peek(ahead).text for ahead in range(5)]
        if words != ["execution", ".", "getProcessInstance", "(", ")"]:
            return False
        self.e.index += 5
        return True

    def is_set(self) -> bool:
        words = [self.e.peek(ahead).text for ahead in range(9)]
        if words[0] not in EXECUTION or words[1] != ".":
            return False
        return words[2].startswith("setVariable") or (words[2] == "getProcessInstance" and words[6] == "setVariable")

    def set_variable(self) -> list[str]:
        while not self.e.peek().text.startswith("setVariable"):
            self.e.take()
        method = self.e.take().text
        if method == "setVariables":
            raise Untranslatable("“setVariables()” has no counterpart", "“setVariables()”没有对应功能")
        self.e.take("(")
        name = self.e.take()
        if name.kind != "string" or not name.text.isidentifier() or keyword.iskeyword(name.text):
            raise Untranslatable("the name of a variable is computed", "变量名是计算得出的")
        self.e.take(",")
        value = self.e.expression()
        self.e.take(")")
        self.end()
        return [f"{name.text} = {value}"]

    def assign(self) -> list[str]:
        """`x = 1`, `x.y += 2`, `x++`, or an expression by itself."""
        target = self.e.expression()
        word = self.e.peek()
        if word.kind == "operator" and word.text in _ASSIGNING:
            self.e.take()
            self.e.skip_lines()
            line = f"{self.target(target)} {word.text} {self.e.expression()}"
        elif word.kind == "operator" and word.text in ("++", "--"):
            self.e.take()
            line = f"{self.target(target)} {word.text[0]}= 1"
        else:
            line = target
        self.end()
        return [line]

    def target(self, text: str) -> str:
        if not text or text[0] in "('[{" or text[0].isdigit() or text.startswith(("len(", "_value_of_")):
            raise Untranslatable("it assigns to something that is no variable", "赋值目标不是变量")
        return text

    def end(self) -> None:
        """A statement ends at a semicolon, a line's end, a closing brace or the end of the script."""
        word = self.e.peek()
        if word.kind != "newline" and word.text not in (";", "}"):
            raise Untranslatable(f"“{word.text}” is not expected there", f"此处不应出现“{word.text}”")

    # -- control ---------------------------------------------------------------------------------------------------------

    def body(self) -> list[str]:
        self.e.skip_lines()
        if self.e.is_next("{"):
            self.e.take()
            lines = self.block("}")
            self.e.take("}")
        else:
            lines = self.statement()
        return [f"{_INDENT}{line}" for line in lines or ["pass"]]

    def branch(self) -> list[str]:
        self.e.take("if")
        self.e.take("(")
        lines = [f"if {self.e.expression()}:"]
        self.e.take(")")
        lines += self.body()
        before = self.e.index
        while self.e.index < len(self.e.words) and (self.e.peek().kind == "newline" or self.e.is_next(";")):
            self.e.index += 1
        if self.e.is_next("else"):
            self.e.take()
            return [*lines, "else:", *self.body()]
        self.e.index = before
        return lines

    def each(self) -> list[str]:
        """`for (x in list)`; `for (var x of list)`."""
        self.e.take("for")
        self.e.take("(")
        while self.e.peek().text in _DECLARING | _TYPES | _PRIMITIVE:
            self.e.take()
        name = self.e.take()
        if name.kind != "name" or self.e.peek().text not in ("in", "of", ":"):
            raise Untranslatable("only loops over a list are understood", "只支持遍历列表的循环")
        self.e.take()
        listed = self.e.expression()
        self.e.take(")")
        self.e.locals.add(name.text)
        return [f"for {self.e.name(name.text)} in {listed}:", *self.body()]

    def loop(self) -> list[str]:
        self.e.take("while")
        self.e.take("(")
        condition = self.e.expression()
        self.e.take(")")
        return [f"while {condition}:", *self.body()]

    def throw(self) -> list[str]:
        """`throw new …BpmnError("code")`; any other exception fails the task."""
        self.e.take("throw")
        self.e.take("new")
        kind = self.e.take().text
        while self.e.is_next("."):
            self.e.take()
            kind = self.e.take().text
        arguments = self.e.arguments()
        self.end()
        if kind == "BpmnError" and 1 <= len(arguments) <= 2:
            return [f"raise BpmnError({', '.join(arguments)})"]
        if kind not in _FAILURES:
            raise Untranslatable(f"“{kind}” is a class of the other engine", f"“{kind}”是其他引擎的类")
        return [f"raise Exception({arguments[0] if arguments else repr(kind)})"]

    def give(self) -> list[str]:
        """`return x` at the end of a script is its result."""
        self.e.take("return")
        value = self.e.expression()
        while self.e.index < len(self.e.words) and (self.e.peek().kind == "newline" or self.e.is_next(";")):
            self.e.index += 1
        if self.e.index < len(self.e.words):
            raise Untranslatable("“return” stands before the end", "“return”不在末尾")
        return [value]

    def say(self) -> list[str]:
        self.e.take()
        said = ", ".join(self.e.arguments()) if self.e.is_next("(") else self.e.expression()
        self.end()
        return [f"print({said})"]
