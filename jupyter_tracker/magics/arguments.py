"""What a user writes behind `%%track`, `%track` and `%runs`, read into options. Pure: no IPython, no store.

`%%track` takes `key=value` and `--option`; values are quoted where they hold spaces. A word that is not
understood is an error that points at it and names the nearest option. A lone `#` begins a comment.

To add an option: a field and a row in the table of its magic.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

from jupyter_tracker.errors import InvalidParameterError

_TOKEN = re.compile(r"""(?:[^\s"']|"(?:[^"\\]|\\.)*"|'[^']*')+""")
_QUOTED = re.compile(r""""((?:[^"\\]|\\.)*)"|'([^']*)'""")
_COMMENT = re.compile(r"#(?=\s|$)")
_BEFORE_COMMENT = re.compile(r"""(?:"[^"]*"|'[^']*'|(?!#\s|#$)\S+|\s+)*""")
_ESCAPED = re.compile(r'\\(["\\])')


class MagicArgumentError(InvalidParameterError):
    """The text behind a magic cannot be read.

    Attributes
    ----------
    line : str
        The whole line as written, with the magic's name.
    position, length : int
        Where in `line` the word stands that was not understood.
    """

    def __init__(self, problem: str, line: str, position: int, length: int = 1) -> None:
        marker = " " * position + "^" * max(length, 1)
        super().__init__(f"{problem}\n    {line}\n    {marker}")
        self.problem = problem
        self.line = line
        self.position = position
        self.length = length


@dataclass(frozen=True, slots=True)
class TrackOptions:
    """What `%%track` was asked for; None and empty where nothing was said."""

    run_name: str | None = None
    experiment: str | None = None
    description: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    vars: tuple[str, ...] = ()
    resume: str | None = None
    nested: bool = False
    no_autolog: bool = False
    no_capture: bool = False
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class RunsOptions:
    """What `%runs` was asked for. `order_by` is as in `search_runs`: ``metrics.f1 desc``."""

    filter: str = ""
    order_by: str | None = None
    max_results: int | None = None
    group_by: str | None = None
    experiment: str | None = None
    all_experiments: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a line: its text without quotes, as written, and where it starts."""

    text: str
    raw: str
    start: int


TRACK_SPEC: dict[str, str] = {
    "run_name=": "name of the run",
    "experiment=": "experiment of the run; made if it does not exist",
    "description=": "a note shown with the run",
    "tags.": "a tag: tags.author=alice",
    "params.": "a param: params.lr=0.1",
    "--vars": "variables of the notebook to log as params after the cell: --vars lr,epochs",
    "--resume": "go on with a run, by id, the start of its id, or its name",
    "--nested": "a child of the run that is open; where one is open this is so in any case",
    "--no-autolog": "no automatic logging in this cell",
    "--no-capture": "keep neither source, output, figures nor git diff",
    "--quiet": "show nothing under the cell",
}
RUNS_SPEC: dict[str, str] = {
    "--filter": "the runs that match; may be left out before a filter",
    "--order-by": "column to sort by: --order-by metrics.f1 desc",
    "--group-by": "one row per value of a param or tag, with mean ± std: --group-by params.model",
    "--max": "how many runs to show at most",
    "--experiment": "experiment to look in, by name or id",
    "--all": "look in every experiment",
}

_KEYS = tuple(name[:-1] for name in TRACK_SPEC if name.endswith("="))
_GROUPS = tuple(name for name in TRACK_SPEC if name.endswith("."))
_VALUED_FLAGS = ("--vars", "--resume")
HELP_WORDS = ("--help", "-h")


def parse_track(text: str) -> TrackOptions:
    """Return what the text behind `%%track` asks for; MagicArgumentError where it cannot be read."""
    options, errors = read_track(text)
    if errors:
        raise errors[0]
    return options


def read_track(text: str) -> tuple[TrackOptions, list[MagicArgumentError]]:
    """Return what could be read of the text behind `%%track`, and what could not, in order.

    A cell whose options are wrong becomes a failed run, and that run should still bear the name that
    was asked for.
    """
    line = _Line("%%track", text)
    found: dict[str, object] = {}
    for token in line.tokens():
        try:
            _read_track_token(line, token, found)
        except MagicArgumentError as error:
            line.errors.append(error)
    return TrackOptions(**found), sorted(line.errors, key=lambda error: error.position)  # type: ignore[arg-type]


def parse_runs(text: str) -> RunsOptions:
    """Return what the text behind `%runs` asks for; what is not an option is the filter."""
    line = _Line("%runs", text)
    found: dict[str, str] = {}
    flags: set[str] = set()
    filter_words: list[Token] = []
    for token in line.tokens():
        if not token.raw.startswith("--"):
            if "--filter" in found:
                raise line.error("The filter is given twice, with --filter and without.", token)
            filter_words.append(token)
            continue
        name, value = _split_flag(line, token, RUNS_SPEC)
        if name in found or name in flags:
            raise line.error(f"{name} is given twice.", token)
        if name == "--all":
            flags.add(name)
            continue
        if name == "--filter":
            if filter_words:
                raise line.error("The filter is given twice, with --filter and without.", token)
            found[name] = value if value is not None else line.filter_after(token)
            continue
        found[name] = value if value is not None else line.value_after(token)
        if name == "--order-by":
            found[name] = (found[name] + line.direction()).strip()
    if line.errors:
        raise line.errors[0]
    if "--experiment" in found and "--all" in flags:
        raise line.error("--experiment and --all exclude each other: leave one out.", Token("", "", line.offset))
    return RunsOptions(
        filter=found.get("--filter") or _filter_of(filter_words),
        order_by=found.get("--order-by"),
        max_results=_positive(line, found["--max"]) if "--max" in found else None,
        group_by=found.get("--group-by"),
        experiment=found.get("--experiment"),
        all_experiments="--all" in flags,
    )


def _filter_of(words: Sequence[Token]) -> str:
    """Return the filter that words are; one in quotes as a whole, as in a shell, is what they hold."""
    if len(words) == 1 and _QUOTED.fullmatch(words[0].raw):
        return words[0].text
    return " ".join(word.raw for word in words)


def nearest(word: str, choices: Sequence[str]) -> str | None:
    """Return the choice that looks most like a word, or None where none does."""
    return next(iter(difflib.get_close_matches(word, choices, n=1, cutoff=0.5)), None)


def without_comment(text: str) -> str:
    """Return a text up to a lone `#`, which begins a comment."""
    match = _BEFORE_COMMENT.match(text)
    return match[0].strip() if match else ""


class _Line:
    """A magic's line, walked word by word; errors carry the column of the word."""

    def __init__(self, magic: str, text: str) -> None:
        self.magic = magic
        self.shown = f"{magic} {text.strip()}".rstrip()
        self.offset = len(magic) + 1
        self.errors: list[MagicArgumentError] = []
        self._words = list(self._split(text.strip()))
        self._next = 0

    def _split(self, text: str) -> Iterator[Token]:
        position = 0
        while position < len(text):
            if text[position].isspace():
                position += 1
                continue
            if _COMMENT.match(text, position):
                return
            match = _TOKEN.match(text, position)
            end = match.end() if match else position
            if end < len(text) and not text[end].isspace():
                at = Token("", text[end:], self.offset + end)
                self.errors.append(self.error(f"This {text[end]} is not closed.", at))
                return
            yield Token(_unquoted(text[position:end]), text[position:end], self.offset + position)
            position = end

    def tokens(self) -> Iterator[Token]:
        """Yield the words that no option has taken as its value."""
        while self._next < len(self._words):
            self._next += 1
            yield self._words[self._next - 1]

    def value_after(self, option: Token) -> str:
        """Return the value that follows an option; `a, b` with a space is one value."""
        if self._next == len(self._words) or self._words[self._next].raw.startswith("--"):
            raise self.error(f"{option.text} needs a value behind it.", option)
        value = self._take()
        while value.endswith(",") and self._next < len(self._words):
            value += self._take()
        return value

    def filter_after(self, option: Token) -> str:
        """Return the filter behind an option, up to the next one: in quotes as a whole, or word by word."""
        words = []
        while self._next < len(self._words) and not self._words[self._next].raw.startswith("--"):
            words.append(self._words[self._next])
            self._next += 1
        if not words:
            raise self.error(f"{option.text} needs a value behind it.", option)
        return _filter_of(words)

    def direction(self) -> str:
        """Return a following `asc` or `desc`, with a space before it, or nothing."""
        if self._next < len(self._words) and self._words[self._next].text.lower() in {"asc", "desc"}:
            return " " + self._take()
        return ""

    def _take(self) -> str:
        self._next += 1
        return self._words[self._next - 1].text

    def error(self, problem: str, token: Token) -> MagicArgumentError:
        return MagicArgumentError(problem, self.shown, token.start, len(token.raw))


def _read_track_token(line: _Line, token: Token, found: dict[str, object]) -> None:
    if token.raw.startswith("--") or token.raw in HELP_WORDS:
        _read_flag(line, token, found)
        return
    key, equals, value = token.text.partition("=")
    group = next((name for name in _GROUPS if key.startswith(name)), None)
    if not equals or (key not in _KEYS and group is None):
        raise line.error(_unknown(token.text), _word(token))
    if not value:
        raise line.error(f"{key}= has no value. Quote it where it holds spaces.", token)
    if group is None:
        _put(line, token, found, key, value)
        return
    name = key[len(group) :]
    entries = cast("dict[str, str]", found.setdefault(group[:-1], {}))
    if not name:
        raise line.error(f"{key} needs a name behind the dot, as in {group}name={value}.", token)
    if name in entries:
        raise line.error(f"{key} is given twice.", token)
    entries[name] = value


def _read_flag(line: _Line, token: Token, found: dict[str, object]) -> None:
    flags = [name for name in TRACK_SPEC if name.startswith("--")]
    name, value = _split_flag(line, token, flags)
    if name not in _VALUED_FLAGS:
        if value is not None:
            raise line.error(f"{name} takes no value.", token)
        _put(line, token, found, name[2:].replace("-", "_"), value=True)
        return
    text = value if value is not None else line.value_after(token)
    if name == "--resume":
        _put(line, token, found, "resume", text)
        return
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    wrong = next((part for part in names if not part.isidentifier()), None)
    if wrong is not None:
        raise line.error(f"{wrong!r} is not the name of a variable: write --vars lr,epochs.", token)
    _put(line, token, found, "vars", names)


def _split_flag(line: _Line, token: Token, choices: Sequence[str] | dict[str, str]) -> tuple[str, str | None]:
    name, equals, value = token.text.partition("=")
    if name in HELP_WORDS:
        raise line.error(f"`{line.magic}?` shows what can be written here, with examples.", token)
    if name not in choices:
        raise line.error(_unknown(name, list(choices)), _word(token))
    return name, value if equals else None


def _put(line: _Line, token: Token, found: dict[str, object], name: str, value: object) -> None:
    if name in found:
        raise line.error(f"{token.text.partition('=')[0]} is given twice.", token)
    found[name] = value


def _unknown(text: str, choices: Sequence[str] = ()) -> str:
    word, equals, value = text.partition("=")
    if word in _KEYS and not equals:
        return f"{word} needs a value: write {word}=VALUE without spaces around the =."
    if word == "":
        return "A lone = says nothing: write key=value without spaces around the =."
    head, dot, rest = word.partition(".")
    if dot and rest and not equals and not choices and f"{head}." in _GROUPS:
        return f"{word} needs a value: write {word}=VALUE without spaces around the =."
    group = nearest(head + ".", _GROUPS) if dot and not choices else None
    key = word.lstrip("-").replace("-", "_")
    best = group + rest if group else key if key in _KEYS else nearest(word, choices or [*_KEYS, *TRACK_SPEC])
    known = ", ".join(name + ("NAME=" if name.endswith(".") else "") for name in (choices or TRACK_SPEC))
    if best is not None:
        return f"Unknown option {word!r}: did you mean {best.rstrip('=')!r}?"
    if choices:
        return f"Unknown option {word!r}. There are: {known}."
    hint = f"To log it as a param write params.{word}={value}." if equals else f"A name is given as run_name={word}."
    return f"Unknown option {word!r}. {hint} There are: {known}."


def _word(token: Token) -> Token:
    """Return the part of a token before its `=`, which is what an unknown option is about."""
    return Token(token.text, token.raw.partition("=")[0] or token.raw, token.start)


def _unquoted(raw: str) -> str:
    return _QUOTED.sub(lambda match: _ESCAPED.sub(r"\1", match[1]) if match[1] is not None else match[2], raw)


def _positive(line: _Line, text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        start = line.shown.find(text)
        raise line.error(f"--max takes a whole number of at least 1, not {text!r}.", Token(text, text, start))
    return int(text)
