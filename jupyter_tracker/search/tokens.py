"""Cut a filter into tokens that know their column, and word the errors that point at one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from jupyter_tracker.errors import InvalidFilterError

NUMBER = "number"
STRING = "string"  # '…'
QUOTED = "quoted"  # "…": a value or a key, as the place has it
BACKQUOTED = "backquoted"  # `…`: a key
WORD = "word"
OPERATOR = "operator"
PUNCTUATION = "punctuation"  # ( ) , . + -
SPAN = "span"  # 2h, 1.5d
END = "end"

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<number>[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![\w.]))
  | (?P<span>(?:[0-9]+\.?[0-9]*|\.[0-9]+)[A-Za-z]+(?![\w.]))
  | (?P<string>'(?:[^']|'')*')
  | (?P<quoted>"(?:[^"]|"")*")
  | (?P<backquoted>`[^`]*`)
  | (?P<operator><>|==|!=|<=|>=|[=<>])
  | (?P<word>\w+(?:\.\w+)*)
  | (?P<punctuation>[(),.+-])
    """,
    re.VERBOSE,
)

# No database has these in a text: half a character, and the end of one.
_UNUSABLE = re.compile("[\ud800-\udfff\\x00]")
_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its kind, its text without quotes, and the 0-based column where it begins."""

    kind: str
    text: str
    position: int

    def is_word(self, *words: str) -> bool:
        """Tell whether this is one of these keywords, in any case."""
        return self.kind == WORD and self.text.upper() in words

    def is_sign(self, sign: str) -> bool:
        """Tell whether this is this punctuation mark."""
        return self.kind == PUNCTUATION and self.text == sign


def tokens_of(text: str) -> list[Token]:
    """Return the tokens of a text, with an `END` token; InvalidFilterError where it cannot be cut."""
    unusable = _UNUSABLE.search(text)
    if unusable:
        raise error_at(text, unusable.start(), f"Invalid clause(s) in filter string: {unusable.group()!r} cannot be.")
    tokens = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise error_at(text, position, f"Invalid clause(s) in filter string: {_uncut(text, position)}")
        if match.lastgroup != "space":
            tokens.append(Token(match.lastgroup, _unquoted(match.lastgroup, match.group()), position))
        position = match.end()
    return [*tokens, Token(END, "", len(text))]


def error_at(text: str, position: int, message: str) -> InvalidFilterError:
    """Return an error whose message shows the text and a caret under the column."""
    start = max(0, position - _SHOWN // 2)
    line = re.sub(r"[\s\ud800-\udfff\x00]", " ", text[start : start + _SHOWN])
    lead = "…" if start else ""
    caret = " " * (position - start + len(lead)) + "^"
    return InvalidFilterError(f"{message}\n  {lead}{line}\n  {caret}", position)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ` Did you mean 'x'?` where a known word is close to this one, else nothing."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""


def _unquoted(kind: str, text: str) -> str:
    if kind == STRING:
        return text[1:-1].replace("''", "'")
    if kind == QUOTED:
        return text[1:-1].replace('""', '"')
    return text[1:-1] if kind == BACKQUOTED else text


# What is written elsewhere, and by word processors and chats that beautify what is typed.
_INSTEAD = {
    "&": " Write AND.",
    "|": " Write OR.",
    "!": " Write NOT.",
    "[": " A key stands behind a dot: tags.team, or tags.`my team`.",
    ";": " A filter is one condition; join several by AND.",
    "≥": " Write >=.",
    "≤": " Write <=.",
    "≠": " Write !=.",
    **dict.fromkeys("\u201c\u201d\u201e«»", ' Write straight quotes: "…".'),
    **dict.fromkeys("\u2018\u2019\u201a", " Write straight quotes: '…'."),
    **dict.fromkeys("\u2013\u2014\u2212", " Write a plain minus: -."),
}


def _uncut(text: str, position: int) -> str:
    character = text[position]
    if character in "'\"`":
        return f"the {character} is never closed."
    if character in "/:@%#+":
        return f"{character!r} is not expected here. Put a key that has one in back-quotes: metrics.`val/acc`."
    return f"{character!r} is not expected here.{_INSTEAD.get(character, '')}"
