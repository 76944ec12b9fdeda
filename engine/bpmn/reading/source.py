"""A file's bytes become an element tree, or a refusal: no DTD, no entities, no instructions, bounded in every way.

Two passes: expat counts without building anything, so that a hostile file costs no memory; lxml then builds the tree
with every
outside access switched off. The declared encoding is honoured by decoding here, so neither parser is asked to guess.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import NoReturn
from xml.parsers import expat

from lxml import etree

from engine.bpmn.errors import BpmnUnreadable
from engine.bpmn.reading.names import Element
from engine.bpmn.rules import problem

MAX_BYTES = 2_000_000
MAX_ELEMENTS = 20_000
MAX_DEPTH = 60
MAX_ATTRIBUTES = 40
MAX_TEXT = 100_000

# Encodings that editors of diagrams are known to write; all are decoded by Python's own, bounded codecs.
ENCODINGS = frozenset({"utf-8", "utf-16", "ascii", "iso8859-1", "cp1252", "gbk", "gb2312", "gb18030"})

_DECLARATION = re.compile(r"<\?xml\s[^>]*?\?>")
_ENCODING = re.compile(r"""\sencoding\s*=\s*["']([A-Za-z][\w.:-]*)["']""")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)


def _refuse(rule: str, file: str, line: int | None = None, **data: object) -> NoReturn:
    raise BpmnUnreadable(problem(rule, data, file=file, line=line))


def _declared(head: str, file: str) -> str:
    """The codec that the XML declaration names; UTF-8 without one."""
    declaration = _DECLARATION.match(head)
    found = _ENCODING.search(declaration.group()) if declaration else None
    if found is None:
        return "utf-8"
    try:
        name = codecs.lookup(found.group(1)).name
    except LookupError:
        name = found.group(1)
    if name not in ENCODINGS:
        _refuse("xml-encoding", file, 1, encoding=found.group(1))
    return name


def decode(content: bytes, file: str) -> str:
    """The text of the file without byte order mark and XML declaration (its line breaks stay, for line numbers)."""
    codec = ""
    for mark, name in _BOMS:
        if content.startswith(mark):
            codec = name
            break
    if not codec:
        codec = _declared(content[:400].decode("latin-1"), file)
    try:
        text = content.decode(codec).removeprefix("\ufeff")
    except UnicodeDecodeError:
        _refuse("xml-encoding", file, encoding=codec)
    if "\x00" in text:
        _refuse("xml-encoding", file, encoding="NUL")
    declaration = _DECLARATION.match(text)
    if declaration is None:
        return text
    return "\n" * declaration.group().count("\n") + text[declaration.end() :]


@dataclass(slots=True)
class _Scan:
    """The counters of one expat pass; every handler raises as soon as a limit is passed."""

    file: str
    parser: expat.XMLParserType
    elements: int = 0
    depth: int = 0
    text: int = 0

    def refuse(self, rule: str, **data: object) -> NoReturn:
        _refuse(rule, self.file, self.parser.CurrentLineNumber, **data)

    def doctype(self, *_: object) -> None:
        self.refuse("xml-doctype")

    def instruction(self, *_: object) -> None:
        self.refuse("xml-instruction")

    def start(self, _name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        self.depth += 1
        self.text = 0
        if self.elements > MAX_ELEMENTS:
            self.refuse("xml-limit", what="elements", what_zh="元素数量", limit=MAX_ELEMENTS)
        if self.depth > MAX_DEPTH:
            self.refuse("xml-limit", what="levels of nesting", what_zh="嵌套层数", limit=MAX_DEPTH)
        if len(attributes) > MAX_ATTRIBUTES:
            self.refuse(
                "xml-limit", what="attributes on an element", what_zh="单个元素的属性数量", limit=MAX_ATTRIBUTES
            )
        if any(len(value) > MAX_TEXT for value in attributes.values()):
            self.refuse("xml-limit", what="characters in a text", what_zh="单段文本的字符数", limit=MAX_TEXT)

    def end(self, _name: str) -> None:
        self.depth -= 1
        self.text = 0

    def characters(self, data: str) -> None:
        self.text += len(data)
        if self.text > MAX_TEXT:
            self.refuse("xml-limit", what="characters in a text", what_zh="单段文本的字符数", limit=MAX_TEXT)


def _scan(content: bytes, file: str) -> None:
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    scan = _Scan(file, parser)
    parser.StartDoctypeDeclHandler = scan.doctype
    parser.EntityDeclHandler = scan.doctype
    parser.ProcessingInstructionHandler = scan.instruction
    parser.StartElementHandler = scan.start
    parser.EndElementHandler = scan.end
    parser.CharacterDataHandler = scan.characters
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        _refuse("xml-syntax", file, error.lineno, reason=expat.ErrorString(error.code))


def parse(content: bytes, file: str = "") -> Element:
    """The root element of the file. Raises BpmnUnreadable (rules `xml-size` … `xml-syntax`)."""
    if len(content) > MAX_BYTES:
        _refuse("xml-size", file, size=len(content), limit=MAX_BYTES)
    encoded = decode(content, file).encode("utf-8", "surrogatepass")
    _scan(encoded, file)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    try:
        return etree.fromstring(encoded, parser)
    except etree.XMLSyntaxError as error:
        _refuse("xml-syntax", file, error.lineno, reason=error.msg)
