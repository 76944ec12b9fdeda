"""A decision table under proof: overlaps, gaps, hidden rules, values of the wrong kind (clause 8.2.10)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from engine import feel
from engine.dmn.bounds import constants_of, shown
from engine.dmn.columns import column_type
from engine.dmn.coverage import Box, Effort, TooManyPieces, bits, overlap, overlapping, uncovered
from engine.dmn.domain import Accepts, Piece, pieces_of
from engine.dmn.env import Env
from engine.dmn.findings import Finding, Severity
from engine.dmn.masks import Ruler
from engine.dmn.model import DecisionTable, HitPolicy, ItemDefinition, Rule, TableInput
from engine.dmn.trial import constant, passes, ranked_values

MOST_OVERLAPS = 20
MOST_GAPS = 5
MOST_TRIALS = 2_000_000
"""Tests of single values that looking at one column may cost."""

_SINGLE = (HitPolicy.UNIQUE, HitPolicy.ANY, HitPolicy.PRIORITY, HitPolicy.FIRST)
_NO_PIECES = (Piece(None, single=False, free=True),)


@dataclass(frozen=True, slots=True)
class _Column:
    """An input column cut into pieces; per rule the pieces it certainly takes and those it may take."""

    name: str
    pieces: tuple[Piece, ...]
    sure: tuple[int, ...]
    may: tuple[int, ...]
    opaque: tuple[int, ...]
    """The numbers of the rules whose cell here cannot be analysed."""


def _trials(cells: Iterable[list[Any] | None], constants: int) -> int:
    """How much work the cells of a column are: each is tried on both sides of each of its constants, and each trial looks
    at all of them; the answers are as long as the column has pieces."""
    counts = [sum(len(c) if isinstance(c, list) else 1 for c in own) for own in cells if own]
    return sum(2 * count * (count + constants // 500) for count in counts)


@dataclass(frozen=True, slots=True)
class TableCheck:
    """The proof of one table."""

    table: DecisionTable
    env: Env

    def findings(self) -> Iterator[Finding]:
        """Everything there is to say about the table's rules; cells that cannot be read are left to the caller."""
        try:
            columns = [self._column(n, column) for n, column in enumerate(self.table.inputs)]
        except TooManyPieces:
            yield self._unproven()
            return
        numbers = range(len(self.table.rules))
        sure: list[Box] = [tuple([c.sure[n] for c in columns]) for n in numbers]
        may: list[Box] = [tuple([c.may[n] for c in columns]) for n in numbers]
        effort = Effort()
        yield from self._never(columns, may)
        try:
            if self.table.hit_policy in (HitPolicy.UNIQUE, HitPolicy.ANY):
                yield from self._overlaps(columns, sure, effort)
            if self.table.hit_policy in (HitPolicy.FIRST, HitPolicy.PRIORITY):
                yield from self._hidden(sure, may, effort)
            if self.table.hit_policy in _SINGLE and not any(o.default for o in self.table.outputs):
                yield from self._gaps(columns, may, effort)
        except TooManyPieces:
            yield self._unproven()
        yield from self._opaque(columns)

    def _unproven(self) -> Finding:
        return self._finding(
            "info",
            "dmn.unproven",
            "The table has too many combinations to be proven free of gaps and overlaps.",
            "决策表的组合过多，无法证明没有缺口和重叠。",
        )

    def _finding(
        self, severity: Severity, rule: str, message: str, message_zh: str, *, line: int = 0, **data: Any
    ) -> Finding:
        return Finding(
            severity,
            rule,
            self.table.id or self.env.element,
            self.env.label,
            line or self.table.line,
            f"{self.env.label}: {message}",
            f"{self.env.label}：{message_zh}",
            data,
        )

    # -- columns become pieces -----------------------------------------------------------------------------------------

    def _column(self, number: int, column: TableInput) -> _Column:
        texts = [rule.tests[number] for rule in self.table.rules]
        items, base = column_type(column, self.env)
        accepts, constants = self._accepts(column, items)
        cells = {text: self._constants(text) for text in dict.fromkeys(texts)}
        for found in cells.values():
            constants.extend(found or ())
        if _trials(cells.values(), len(constants)) > MOST_TRIALS:
            raise TooManyPieces
        pieces = pieces_of(constants, base, accepts) if base != "list" else None
        name = column.label or column.expression.text
        if not pieces:
            free = tuple(0 if text != "-" else 1 for text in texts)
            tested = [text for text in cells if text != "-"]
            return _Column(name, _NO_PIECES, free, (1,) * len(texts), self._numbers(texts, tested))
        whole = (1 << len(pieces)) - 1
        ruler = Ruler(pieces, self.env.names)
        masks = {text: 0 if own is None else ruler.mask(text, own) for text, own in cells.items()}
        opaque = [text for text, own in cells.items() if own is None]
        return _Column(
            name,
            pieces,
            tuple(masks[text] for text in texts),
            tuple(whole if text in opaque else masks[text] for text in texts),
            self._numbers(texts, opaque),
        )

    @staticmethod
    def _numbers(texts: Sequence[str], wanted: Sequence[str]) -> tuple[int, ...]:
        return tuple(n for n, text in enumerate(texts, 1) if text in wanted)

    def _accepts(self, column: TableInput, items: Sequence[ItemDefinition]) -> tuple[Accepts, list[Any]]:
        """Which values a column may hold, and the constants that say so."""
        texts = [column.allowed] if column.allowed else []
        for item in items:
            texts.extend(text for text in (item.allowed, item.constraint) if text)
        tests: list[feel.UnaryTests] = []
        constants: list[Any] = []
        for text in texts:
            try:
                tests.append(feel.parse_unary_tests(text, names=self.env.names))
            except feel.FeelSyntaxError:
                continue
            constants.extend(constants_of(text, self.env.names) or ())

        def accepts(value: Any) -> bool:
            return all(passes(test, value) for test in tests)

        return accepts, constants

    def _constants(self, text: str) -> list[Any] | None:
        if text == "-":
            return []
        try:
            return constants_of(text, self.env.names)
        except feel.FeelSyntaxError:
            return None

    # -- what the boxes tell -------------------------------------------------------------------------------------------

    def _never(self, columns: Sequence[_Column], may: Sequence[Box]) -> Iterator[Finding]:
        for rule, box in zip(self.table.rules, may, strict=True):
            for column, mask in zip(columns, box, strict=True):
                if not mask:
                    text = rule.tests[columns.index(column)]
                    yield self._finding(
                        "warning",
                        "dmn.unreachable",
                        f"Rule {rule.number} can never match: no possible {column.name} satisfies {text}.",
                        f"规则 {rule.number} 永远不会命中：{column.name} 没有可能的值满足 {text}。",
                        line=rule.line,
                        rules=[rule.number],
                    )
                    break

    def _overlaps(self, columns: Sequence[_Column], boxes: Sequence[Box], effort: Effort) -> Iterator[Finding]:
        found = 0
        for n, m in overlapping(boxes, len(columns), effort):
            common = overlap(boxes[n], boxes[m])
            if common is None or (self.table.hit_policy is HitPolicy.ANY and self._agree(n, m)):
                continue
            yield self._overlap(n + 1, m + 1, _example(columns, common))
            found += 1
            if found >= MOST_OVERLAPS:
                return

    def _agree(self, first: int, second: int) -> bool:
        """Whether two rules' results are the same, as far as their text tells; different expressions may still agree."""
        for a, b in zip(self.table.rules[first].outputs, self.table.rules[second].outputs, strict=True):
            left, right = constant(a), constant(b)
            if left is None or right is None:
                continue
            if feel.equal(left, right) is not True:
                return False
        return True

    def _overlap(self, first: int, second: int, example: dict[str, Any]) -> Finding:
        policy = self.table.hit_policy.value
        differ = (" and their results differ", "，且结果不同") if policy == "ANY" else ("", "")
        return self._finding(
            "error",
            "dmn.overlap",
            f"Rules {first} and {second} both match for {_said(example)}{differ[0]}, but the hit policy is {policy}.",
            f"规则 {first} 和规则 {second} 在 {_said(example, '、')} 时同时命中{differ[1]}，但命中策略是 {policy}。",
            line=self.table.rules[second - 1].line,
            rules=[first, second],
            example=example,
        )

    def _hidden(self, sure: Sequence[Box], may: Sequence[Box], effort: Effort) -> Iterator[Finding]:
        ranks = self._ranks()
        for n, box in enumerate(may):
            own = ranks[n]
            if own is None or not all(box):
                continue
            stronger = [m for m, rank in enumerate(ranks) if rank is not None and (rank, m) < (own, n)]
            hiding = [m for m in stronger if overlap(sure[m], box)]
            effort.spend(len(stronger))
            if not hiding or uncovered(box, [sure[m] for m in hiding], 1, effort):
                continue
            rules = ", ".join(str(m + 1) for m in hiding)
            yield self._finding(
                "warning",
                "dmn.unreachable",
                f"Rule {n + 1} never decides: whenever it matches, rule {rules} comes first.",
                f"规则 {n + 1} 永远不起作用：凡是它命中时，规则 {rules} 都优先。",
                line=self.table.rules[n].line,
                rules=[n + 1, *(m + 1 for m in hiding)],
            )

    def _ranks(self) -> list[tuple[int, ...] | None]:
        """Each rule's precedence, lowest first: nothing but its number (FIRST), or its outputs' places in the lists.

        None where an output is not a listed constant, so that nothing is known.
        """
        if self.table.hit_policy is HitPolicy.FIRST:
            return [()] * len(self.table.rules)
        lists = [ranked_values(output, self.env) for output in self.table.outputs]
        return [self._rank(rule, lists) for rule in self.table.rules]

    @staticmethod
    def _rank(rule: Rule, lists: Sequence[Sequence[Any]]) -> tuple[int, ...] | None:
        places = []
        for entry, listed in zip(rule.outputs, lists, strict=True):
            value = constant(entry)
            place = next((n for n, other in enumerate(listed) if feel.equal(value, other) is True), None)
            if place is None and listed:
                return None
            places.append(place or 0)
        return tuple(places)

    def _gaps(self, columns: Sequence[_Column], may: Sequence[Box], effort: Effort) -> Iterator[Finding]:
        whole = tuple((1 << len(column.pieces)) - 1 for column in columns)
        for hole in uncovered(whole, may, MOST_GAPS, effort):
            example = _example(columns, hole)
            region = {c.name: _region(c.pieces, mask) for c, mask in zip(columns, hole, strict=True)}
            where = ", ".join(f"{name} {words}" for name, words in region.items() if words != "-") or "-"
            yield self._finding(
                "warning",
                "dmn.gap",
                f"No rule matches for {_said(example)} (all of: {where}); the result would be null.",
                f"{_said(example, '、')} 时没有规则命中（范围：{where}），结果将为 null。",
                example=example,
                region=region,
            )

    def _opaque(self, columns: Sequence[_Column]) -> Iterator[Finding]:
        if self.table.hit_policy not in _SINGLE:
            return
        for column in columns:
            if column.opaque:
                rules = ", ".join(map(str, column.opaque))
                yield self._finding(
                    "info",
                    "dmn.unproven",
                    f"{column.name}: the conditions of rule {rules} are not plain comparisons with constants, "
                    "so that overlaps and gaps there cannot be ruled out.",
                    f"{column.name}：规则 {rules} 的条件不是与常量的简单比较，因此无法排除重叠和缺口。",
                    rules=list(column.opaque),
                )


def _example(columns: Sequence[_Column], box: Box) -> dict[str, Any]:
    """One input inside a box; columns that every rule leaves open are left out."""
    example = {}
    for column, mask in zip(columns, box, strict=True):
        piece = column.pieces[next(bits(mask)).bit_length() - 1]
        if not piece.free:
            example[column.name] = piece.example
    return example


def _said(example: dict[str, Any], comma: str = ", ") -> str:
    return comma.join(f"{name} = {shown(value)}" for name, value in example.items()) or "-"


def _region(pieces: Sequence[Piece], mask: int) -> str:
    """A set of pieces as a person would write it: neighbouring pieces are joined."""
    if mask == (1 << len(pieces)) - 1:
        return "-"
    runs: list[list[Piece]] = []
    previous = -2
    for bit in bits(mask):
        index = bit.bit_length() - 1
        if index == previous + 1 and not _separate(pieces[index]):
            runs[-1].append(pieces[index])
        else:
            runs.append([pieces[index]])
        previous = index
    return ", ".join(map(_run, runs))


def _separate(piece: Piece) -> bool:
    """Strings, booleans and null have no neighbours."""
    return piece.example is None or isinstance(piece.example, str | bool)


def _run(run: Sequence[Piece]) -> str:
    first, last = run[0], run[-1]
    if len(run) == 1:
        return first.words()
    low, high = first.example if first.single else first.low, last.example if last.single else last.high
    if low is None and high is None:
        return "-"
    if low is None:
        return f"{'<=' if last.single else '<'} {shown(high)}"
    if high is None:
        return f"{'>=' if first.single else '>'} {shown(low)}"
    return f"{'[' if first.single else '('}{shown(low)}..{shown(high)}{']' if last.single else ')'}"
