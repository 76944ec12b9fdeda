"""JUEL, the expression language of Camunda 7, Flowable and Activiti, into FEEL where it has an equivalent.

A text is a template: literal parts and `${…}` or `#{…}`. What calls program code (beans, delegates) has no equivalent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from engine.bpmn.dialects import feel
from engine.bpmn.dialects.errors import Untranslatable
from engine.bpmn.dialects.feel import Term

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)[LlDdFf]?|(?P<string>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<name>[^\W\d][\w$]*)|(?P<operator>==|!=|<=|>=|&&|\|\||[-+*/%<>!?:.,()\[\]]))"
)
_WORDS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "and": "&&", "or": "||", "not": "!"}
_WORD_OPERATORS = {**_WORDS, "div": "/", "mod": "%"}
_LEVELS = {"||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6}
_FEEL_OPERATORS = {"||": "or", "&&": "and", "==": "="}
_DEEPEST = 40

# Variables that the engines provide in every expression.
_PROVIDED: Mapping[str, Term] = {
    "nrOfInstances": Term("numberOfInstances"),
    "nrOfActiveInstances": Term("numberOfActiveInstances"),
    "nrOfCompletedInstances": Term("numberOfCompletedInstances"),
    "loopCounter": Term("loopCounter - 1", simple=False),
    "authenticatedUserId": Term("facet.initiator"),
}
_OF_EXECUTION: Mapping[str, Term] = {
    "processBusinessKey": Term("facet.businessKey"),
    "businessKey": Term("facet.businessKey"),
    "processInstanceBusinessKey": Term("facet.businessKey"),
    "processInstanceId": Term("facet.instanceId"),
    "id": Term("facet.instanceId"),
}
_GETTERS = {"getProcessBusinessKey": "businessKey", "getBusinessKey": "businessKey", "getProcessInstanceId": "id"}
_HOLDERS = frozenset({"execution", "variableScope", "processInstance", "caseExecution"})


def template(text: str) -> Term | None:
    """A template as one FEEL expression; None for a text without any `${…}`. Raises Untranslatable."""
    parts = _parts(text)
    if all(not inside for inside, _ in parts):
        return None
    terms = [_Parser(part).whole() if inside else feel.string(part) for inside, part in parts]
    if len(terms) == 1:
        return terms[0]
    texts = [term if term.text.startswith('"') else feel.call("string", term) for term in terms]
    return Term(" + ".join(term.inner for term in texts), simple=False)


def expression(text: str) -> str:
    """FEEL for a place where JUEL stands by itself (a condition): `${…}`, or the bare expression. Raises Untranslatable."""
    found = template(text.strip())
    return found.text if found is not None else _Parser(text).whole().text


def _parts(text: str) -> list[tuple[bool, str]]:
    """(is an expression, text) pieces of a template. Quotes inside an expression may hold braces."""
    parts: list[tuple[bool, str]] = []
    position = 0
    while position < len(text):
        begin = min((at for at in (text.find("${", position), text.find("#{", position)) if at >= 0), default=-1)
        if begin < 0:
            parts.append((False, text[position:]))
            break
        if begin > position:
            parts.append((False, text[position:begin]))
        end = _closing(text, begin + 2)
        parts.append((True, text[begin + 2 : end]))
        position = end + 1
    return parts


def _closing(text: str, start: int) -> int:
    quote = ""
    for index in range(start, len(text)):
        char = text[index]
        if quote:
            quote = "" if char == quote and text[index - 1] != "\\" else quote
        elif char in "'\"":
            quote = char
        elif char == "}":
            return index
    raise Untranslatable("a “}” is missing", "缺少“}”")


class _Parser:
    """One expression, by precedence climbing; `?:` binds weakest."""

    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.index = 0
        self.depth = 0

    def whole(self) -> Term:
        term = self.ternary()
        if self.peek() is not None:
            raise Untranslatable(f"“{self.peek()}” is not expected there", f"此处不应出现“{self.peek()}”")
        return term

    def peek(self) -> str | None:
        return self.tokens[self.index][1] if self.index < len(self.tokens) else None

    def take(self, expected: str | None = None) -> tuple[str, str]:
        if self.index >= len(self.tokens) or (expected is not None and self.peek() != expected):
            wanted = expected or "a value"
            raise Untranslatable(f"“{wanted}” is missing", f"缺少“{wanted}”")
        self.index += 1
        return self.tokens[self.index - 1]

    def ternary(self) -> Term:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise Untranslatable("it is nested too deeply", "嵌套过深")
        condition = self.operators(0)
        if self.peek() == "?":
            self.take()
            yes = self.ternary()
            self.take(":")
            condition = feel.choose(condition, yes, self.ternary())
        self.depth -= 1
        return condition

    def operators(self, level: int) -> Term:
        left = self.unary()
        while True:
            operator = self.peek() or ""
            binding = _LEVELS.get(operator, 0)
            if binding <= level or self.tokens[self.index][0] == "string":
                return left
            self.take()
            right = self.operators(binding)
            if operator == "%":
                left = feel.call("modulo", left, right)
            else:
                left = feel.binary(left, _FEEL_OPERATORS.get(operator, operator), right)

    def unary(self) -> Term:
        kind, token = self.take()
        if kind != "string" and token == "!":
            return feel.call("not", self.unary())
        if kind != "string" and token == "-":
            return Term(f"-{self.unary().inner}")
        if kind == "name" and token == "empty":
            return feel.is_empty(self.unary())
        return self.path(kind, token)

    def path(self, kind: str, token: str) -> Term:
        base = self.primary(kind, token)
        holder = token if kind == "name" and token in _HOLDERS else None
        while self.peek() in (".", "["):
            opened = self.take()[1] == "["
            base = self.subscript(base) if opened else self.dotted(base, self.take()[1], holder)
            holder = None
        if holder is not None:
            raise Untranslatable(f"“{token}” is an object of the other engine", f"“{token}”是其他引擎的对象")
        return base

    def primary(self, kind: str, token: str) -> Term:
        if kind == "number":
            return Term(token)
        if kind == "string":
            return feel.string(_unquoted(token))
        if token == "(":
            inside = self.ternary()
            self.take(")")
            return Term(inside.text, simple=False) if not inside.simple else inside
        if kind != "name":
            raise Untranslatable(f"“{token}” is not expected there", f"此处不应出现“{token}”")
        if token in ("true", "false", "null"):
            return Term(token)
        if self.peek() == "(":
            return _function(token, self.arguments())
        if token in _HOLDERS:
            return Term(token)
        return _PROVIDED.get(token) or feel.name(token)

    def subscript(self, base: Term) -> Term:
        kind, token = self.tokens[self.index] if self.index < len(self.tokens) else ("", "")
        index = self.ternary()
        self.take("]")
        return feel.member(base, _unquoted(token)) if kind == "string" and index.simple else feel.item(base, index)

    def dotted(self, base: Term, key: str, holder: str | None) -> Term:
        if self.peek() != "(":
            if holder is not None:
                if key not in _OF_EXECUTION:
                    raise Untranslatable(f"“{holder}.{key}” has no counterpart", f"“{holder}.{key}”没有对应内容")
                return _OF_EXECUTION[key]
            return feel.member(base, key)
        arguments = self.arguments()
        return _of_execution(holder, key, arguments) if holder is not None else _method(base, key, arguments)

    def arguments(self) -> list[Term]:
        self.take("(")
        found: list[Term] = []
        while self.peek() != ")":
            found.append(self.ternary())
            if self.peek() != ")":
                self.take(",")
        self.take(")")
        return found


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    position = 0
    text = text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise Untranslatable(
                f"“{text[position:].strip()[:12]}” is not understood", f"无法理解“{text[position:].strip()[:12]}”"
            )
        kind = match.lastgroup or ""
        token = match[kind]
        if kind == "name" and token in _WORD_OPERATORS:
            kind, token = "operator", _WORD_OPERATORS[token]
        tokens.append((kind, token))
        position = match.end()
    return tokens


def _unquoted(token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1])


def _text_of(term: Term) -> str:
    """The value of a string literal. Raises Untranslatable for anything else."""
    if not (term.text.startswith('"') and term.text.endswith('"')):
        raise Untranslatable("a name is computed", "名称是计算得出的")
    return term.text[1:-1]


def _of_execution(holder: str, method: str, arguments: list[Term]) -> Term:
    if method in ("getVariable", "getVariableLocal", "getVariableTyped") and len(arguments) == 1:
        return feel.name(_text_of(arguments[0]))
    if method in ("hasVariable", "hasVariableLocal") and len(arguments) == 1:
        return feel.binary(feel.name(_text_of(arguments[0])), "!=", Term("null"))
    if method in _GETTERS and not arguments:
        return _OF_EXECUTION[_GETTERS[method]]
    raise Untranslatable(f"“{holder}.{method}()” has no counterpart", f"“{holder}.{method}()”没有对应功能")


def _substring(base: Term, arguments: list[Term]) -> Term:
    start = (
        Term(str(int(arguments[0].text) + 1))
        if arguments[0].text.isdigit()
        else feel.binary(arguments[0], "+", Term("1"))
    )
    if len(arguments) == 1:
        return feel.call("substring", base, start)
    return feel.call("substring", base, start, feel.binary(arguments[1], "-", arguments[0]))


def _same_without_case(base: Term, arguments: list[Term]) -> Term:
    return feel.binary(feel.call("lower case", base), "=", feel.call("lower case", arguments[0]))


_Method = Callable[[Term, list[Term]], Term]
_METHODS: Mapping[tuple[str, int], _Method] = {
    ("equals", 1): lambda base, args: feel.binary(base, "=", args[0]),
    ("equalsIgnoreCase", 1): _same_without_case,
    ("contains", 1): lambda base, args: feel.contains(base, args[0]),
    ("containsKey", 1): lambda base, args: feel.binary(feel.call("get value", base, args[0]), "!=", Term("null")),
    ("startsWith", 1): lambda base, args: feel.call("starts with", base, args[0]),
    ("endsWith", 1): lambda base, args: feel.call("ends with", base, args[0]),
    ("toUpperCase", 0): lambda base, args: feel.call("upper case", base),
    ("toLowerCase", 0): lambda base, args: feel.call("lower case", base),
    ("length", 0): lambda base, args: feel.call("string length", base),
    ("size", 0): lambda base, args: feel.call("count", base),
    ("isEmpty", 0): lambda base, args: feel.is_empty(base),
    ("substring", 1): _substring,
    ("substring", 2): _substring,
    ("concat", 1): lambda base, args: feel.binary(base, "+", args[0]),
    ("toString", 0): lambda base, args: feel.call("string", base),
    ("booleanValue", 0): lambda base, args: base,
    ("intValue", 0): lambda base, args: feel.call("floor", base),
    ("longValue", 0): lambda base, args: feel.call("floor", base),
    ("doubleValue", 0): lambda base, args: base,
    ("matches", 1): lambda base, args: feel.call("matches", base, feel.string(f"^(?:{_text_of(args[0])})$")),
    # Spin, Camunda's JSON values
    ("prop", 1): lambda base, args: feel.member(base, _text_of(args[0])),
    ("value", 0): lambda base, args: base,
    ("stringValue", 0): lambda base, args: base,
    ("numberValue", 0): lambda base, args: base,
    ("boolValue", 0): lambda base, args: base,
    ("elements", 0): lambda base, args: base,
    ("hasProp", 1): lambda base, args: feel.binary(feel.call("get value", base, args[0]), "!=", Term("null")),
}


def _method(base: Term, method: str, arguments: list[Term]) -> Term:
    if method == "get" and len(arguments) == 1:
        literal = arguments[0].text.startswith('"')
        return feel.member(base, _text_of(arguments[0])) if literal else feel.item(base, arguments[0])
    known = _METHODS.get((method, len(arguments)))
    if known is not None:
        return known(base, arguments)
    getter = re.fullmatch(r"get([A-Z])(\w*)", method)
    if getter is not None and not arguments:
        return feel.member(base, getter[1].lower() + getter[2])
    raise Untranslatable(f"“{method}()” calls program code", f"“{method}()”调用了程序代码")


def _function(function: str, arguments: list[Term]) -> Term:
    if function in ("now", "dateTime") and not arguments:
        return Term("facet.now")
    if function == "currentUser" and not arguments:
        return Term("facet.initiator")
    if function in ("S", "JSON") and len(arguments) == 1:
        return arguments[0]
    raise Untranslatable(f"“{function}()” calls program code", f"“{function}()”调用了程序代码")
