"""A cursor over tokens that recognises names with spaces and operators in them, and that knows how to complain."""

from collections.abc import Iterable, Mapping
from typing import Final, NoReturn

from engine.feel.errors import FeelSyntaxError, nearest, position_at
from engine.feel.syntax.lexer import KEYWORDS, Token, tokenize

# What people type for "and" and "or"; in the midst of a name that is more likely than a word of the name.
_MISSPELT: Final = ("adn", "nad", "amd", "ro")
_OPERATOR_WORDS: Final = ("and", "or", "in", "between", "then", "else", "return", "satisfies", "instance")


def is_plain(name: str) -> bool:
    """Whether a name is one token, so that the parser recognises it without being told."""
    tokens = tokenize(name)
    return len(tokens) == 2 and tokens[0].kind == "name"


def spelled(text: str, tokens: list[Token]) -> str:
    """A name as written, with each run of space made one blank."""
    return " ".join(text[tokens[0].start : tokens[-1].end].split())


class KnownNames:
    """Names that are several tokens long, found longest first.

    ``outer`` is asked too, and never changed. ``functions``: a name with a keyword in it (``date and time``) counts only
    where it is called, so that ``date and time`` stays a conjunction where both are variables.
    """

    def __init__(self, names: Iterable[str] = (), outer: "KnownNames | None" = None, functions: bool = False) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        self._outer = outer
        self._functions = functions
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Makes a name known; a plain identifier needs no entry."""
        words = tuple(token.text for token in tokenize(name)[:-1])
        if len(words) < 2:
            return
        entries = self._by_first.setdefault(words[0], [])
        if (words, name) not in entries:
            entries.append((words, name))
            entries.sort(key=lambda entry: -len(entry[0]))

    def match(self, tokens: list[Token], index: int) -> tuple[str, int] | None:
        """The longest known name that starts at a token, and how many tokens it takes."""
        found = self._outer.match(tokens, index) if self._outer is not None else None
        for words, name in self._by_first.get(tokens[index].text, ()):
            if found is not None and found[1] >= len(words):
                break
            after = index + len(words)
            if tuple(token.text for token in tokens[index:after]) != words:
                continue
            if not self._functions or KEYWORDS.isdisjoint(words) or tokens[after].text == "(":
                return name, len(words)
        return found

    def all(self) -> tuple[str, ...]:
        """Every name, for suggestions."""
        own = tuple(name for entries in self._by_first.values() for _, name in entries)
        return own + (self._outer.all() if self._outer is not None else ())


class TokenStream:
    """Tokens, a place among them, and the names in force."""

    def __init__(self, text: str, names: KnownNames, suggestions: tuple[str, ...] = ()) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.index = 0
        self.names = names
        self.suggestions = suggestions

    @property
    def token(self) -> Token:
        """The token at the cursor."""
        return self.tokens[self.index]

    def ahead(self, count: int = 1) -> Token:
        """A token further on; the end token where there is none."""
        return self.tokens[min(self.index + count, len(self.tokens) - 1)]

    def advance(self) -> Token:
        """Takes the token at the cursor."""
        token = self.tokens[self.index]
        if token.kind != "end":
            self.index += 1
        return token

    def at(self, *texts: str) -> bool:
        """Whether the cursor is at one of these operators or keywords."""
        token = self.tokens[self.index]
        return token.text in texts and token.kind in ("op", "keyword")

    def accept(self, text: str) -> bool:
        """Takes an operator or keyword if it is there."""
        if self.at(text):
            self.index += 1
            return True
        return False

    def expect(self, text: str) -> Token:
        """Takes an operator or keyword, or complains."""
        if not self.at(text):
            self.fail(f'"{text}"', (text,))
        return self.advance()

    def known_name(self) -> str | None:
        """Takes a known name of several tokens, if one starts here."""
        found = self.names.match(self.tokens, self.index)
        if found is None:
            return None
        self.index += found[1]
        return found[0]

    def plain_name(self, expected: str) -> str:
        """Takes a known name, an identifier or a `quoted name`."""
        known = self.known_name()
        if known is not None:
            return known
        if self.token.kind not in ("name", "quoted"):
            self.fail(expected)
        return self.advance().text

    def words(self, expected: str) -> str:
        """Takes a name where names stand alone: a known one, or all identifiers up to the next operator or keyword."""
        if self.known_name_ahead() or self.token.kind == "quoted":
            return self.plain_name(expected)
        if self.token.kind == "keyword":
            return self.advance().text
        first = self.index
        while self.token.kind == "name":
            if self.index > first and self.token.text in _MISSPELT:
                self.fail("an operator", _OPERATOR_WORDS)
            self.index += 1
        if self.index == first:
            self.fail(expected)
        return spelled(self.text, self.tokens[first : self.index])

    def known_name_ahead(self) -> bool:
        """Whether a known name of several tokens starts here."""
        return self.names.match(self.tokens, self.index) is not None

    def fail(self, expected: str, candidates: tuple[str, ...] = ()) -> NoReturn:
        """Complains about the token at the cursor."""
        token = self.token
        found = "the end" if token.kind == "end" else f'"{token.text}"' if token.kind != "string" else token.text
        meant = nearest(token.text, candidates) if token.kind == "name" else None
        if meant is None and token.kind == "name" and self.index:
            meant = self._longer_name()
        raise FeelSyntaxError(
            "UNEXPECTED_NEAR" if meant else "UNEXPECTED",
            position_at(self.text, token.start),
            expected=expected,
            found=found,
            nearest=meant,
        )

    def _longer_name(self) -> str | None:
        """A known name near to the two words around the cursor, e.g. for ``Mothly Salary``."""
        words = spelled(self.text, self.tokens[self.index - 1 : self.index + 1])
        return nearest(words, self.suggestions + self.names.all())


def suggestions_for(functions: Mapping[str, object]) -> tuple[str, ...]:
    """The names worth suggesting beside a caller's own."""
    return tuple(functions) + tuple(sorted(KEYWORDS))
