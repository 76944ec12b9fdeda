"""A DMN file's bytes become an element tree, or a refusal: no DTD, no entities, no instructions, bounded in every way.

Two passes: expat looks at the raw stream and counts without building anything, so that a hostile file costs no
memory; lxml then builds the tree with every outside access switched off.
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.parsers import expat

from lxml import etree

from engine.dmn.errors import DmnError

Element = etree._Element

MAX_BYTES = 2_000_000
MAX_ELEMENTS = 20_000
MAX_DEPTH = 60
MAX_ATTRIBUTES = 40
MAX_TEXT = 100_000


@dataclass(slots=True)
class _Scan:
    """The counters of one expat pass; every handler raises as soon as a limit is passed."""

    file: str
    parser: expat.XMLParserType
    elements: int = 0
    depth: int = 0
    text: int = 0

    def refuse(self, code: str, message: str, message_zh: str) -> None:
        raise DmnError(code, message, message_zh, file=self.file, line=self.parser.CurrentLineNumber)

    def declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding and encoding.lower() not in ("utf-8", "utf8", "us-ascii", "ascii"):
            self.refuse(
                "xml.encoding",
                f"The file must be UTF-8, not {encoding}.",
                f"文件必须是 UTF-8 编码，不能是 {encoding}。",
            )

    def doctype(self, *_: object) -> None:
        self.refuse("xml.doctype", "A DOCTYPE is not allowed in a DMN file.", "DMN 文件中不允许 DOCTYPE。")

    def instruction(self, *_: object) -> None:
        self.refuse(
            "xml.instruction",
            "Processing instructions are not allowed in a DMN file.",
            "DMN 文件中不允许处理指令。",
        )

    def start(self, _name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        self.depth += 1
        self.text = 0
        if self.elements > MAX_ELEMENTS:
            self.refuse("xml.elements", f"More than {MAX_ELEMENTS} elements.", f"元素超过 {MAX_ELEMENTS} 个。")
        if self.depth > MAX_DEPTH:
            self.refuse("xml.depth", f"Elements nested deeper than {MAX_DEPTH}.", f"元素嵌套超过 {MAX_DEPTH} 层。")
        if len(attributes) > MAX_ATTRIBUTES:
            self.refuse(
                "xml.attributes",
                f"An element has more than {MAX_ATTRIBUTES} attributes.",
                f"某个元素的属性超过 {MAX_ATTRIBUTES} 个。",
            )

    def end(self, _name: str) -> None:
        self.depth -= 1
        self.text = 0

    def characters(self, data: str) -> None:
        self.text += len(data)
        if self.text > MAX_TEXT:
            self.refuse(
                "xml.text", f"A text is longer than {MAX_TEXT} characters.", f"某段文本超过 {MAX_TEXT} 个字符。"
            )


def _check_bytes(content: bytes, file: str) -> None:
    if len(content) > MAX_BYTES:
        raise DmnError(
            "xml.size", f"The file is larger than {MAX_BYTES} bytes.", f"文件大于 {MAX_BYTES} 字节。", file=file
        )
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DmnError("xml.encoding", "The file must be UTF-8.", "文件必须是 UTF-8 编码。", file=file) from error
    if "\x00" in text:
        raise DmnError("xml.encoding", "The file contains a NUL character.", "文件含有 NUL 字符。", file=file)


def _scan(content: bytes, file: str) -> None:
    parser = expat.ParserCreate()
    scan = _Scan(file, parser)
    parser.XmlDeclHandler = scan.declaration
    parser.StartDoctypeDeclHandler = scan.doctype
    parser.EntityDeclHandler = scan.doctype
    parser.ProcessingInstructionHandler = scan.instruction
    parser.StartElementHandler = scan.start
    parser.EndElementHandler = scan.end
    parser.CharacterDataHandler = scan.characters
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        raise DmnError(
            "xml.syntax",
            f"The file is not well-formed XML: {reason}.",
            f"文件不是格式良好的 XML：{reason}。",
            file=file,
            line=error.lineno,
        ) from error


class _RootSeen(Exception):
    """Carries the attributes of the root element out of expat."""


def root_namespace(content: bytes) -> str:
    """The model namespace that a DMN file's root declares, without reading further; empty where there is none."""
    parser = expat.ParserCreate()

    def start(_name: str, attributes: dict[str, str]) -> None:
        raise _RootSeen(attributes.get("namespace", ""))

    def refuse(*_: object) -> None:
        raise _RootSeen("")

    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(content[:MAX_BYTES], True)
    except _RootSeen as seen:
        return str(seen.args[0])
    except expat.ExpatError:
        return ""
    return ""


def parse(content: bytes, file: str = "") -> Element:
    """The root element of a DMN file.

    Raises DmnError (`xml.size`, `xml.encoding`, `xml.doctype`, `xml.instruction`, `xml.elements`, `xml.depth`,
    `xml.attributes`, `xml.text`, `xml.syntax`).
    """
    _check_bytes(content, file)
    _scan(content, file)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise DmnError(
            "xml.syntax",
            f"The file is not well-formed XML: {error.msg}.",
            f"文件不是格式良好的 XML：{error.msg}。",
            file=file,
            line=error.lineno or 0,
        ) from error
