"""What the commands share: how one is declared, which store it means, and asking before something is done."""

from __future__ import annotations

import argparse
import difflib
import json
import re
import sys
from typing import Any, NoReturn

from jupyter_tracker.errors import TrackerError
from jupyter_tracker.store.base import Store
from jupyter_tracker.wire.numbers import number_to_json

_UNKNOWN = re.compile(r"(?:unrecognized arguments: |invalid choice: ')([^\s'=]+)")
_QUOTED = re.compile(r"[\w-]{2,}")


class CannotTellError(TrackerError):
    """A check could not be made, which is told apart from one that found something: exit status 2."""


class Parser(argparse.ArgumentParser):
    """A parser that names the nearest command or option where one is unknown, and shows the usage of its command.

    Attributes
    ----------
    instead : dict
        What to do instead of an option that people know from elsewhere: a sentence, without its full stop.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.instead: dict[str, str] = {}

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """As argparse does; what a command does not know is its own error and not the program's."""
        known, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return known, unknown

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and exit with status 2."""
        unknown = _UNKNOWN.search(message)
        if unknown is not None and unknown[1] in self.instead:
            message += f". {self.instead[unknown[1]]}."
        elif unknown is not None:
            choices = [*self._option_string_actions, *_QUOTED.findall(message[unknown.end() :])]
            close = difflib.get_close_matches(unknown[1], choices, n=1)
            message += f". Did you mean {close[0]}?" if close else ""
        super().error(message)


def declare(commands: Any, name: str, summary: str, examples: str, prog: str) -> argparse.ArgumentParser:
    """Return the parser of a new command, with the options that every command has."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=examples.format(prog=prog),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--store", metavar="PATH", help="another store than that of this folder's project")
    parser.add_argument("--json", action="store_true", help="write JSON instead of text")
    return parser


def open_store(uri: str | None, *, create: bool = False) -> Store:
    """Return the store that a command means; TrackerError where a path names none, unless it may be made."""
    from jupyter_tracker.tracking import active
    from jupyter_tracker.tracking.location import location_of

    path = None if uri is None else location_of(uri).path
    if path is not None and not create and not path.exists():
        raise TrackerError(f"There is no store at {path}.")
    return active.store_at(uri, create=create)


def as_json(value: object) -> str:
    """Return JSON for people and programs, in characters that the output can take.

    NaN and the infinities are text, and so is what JSON has no form for, a date in a model's metadata for one.
    """
    strict = _strict(value)
    text = json.dumps(strict, indent=2, ensure_ascii=False, default=str)
    return text if writable(text) == text else json.dumps(strict, indent=2, default=str)


def _strict(value: Any) -> Any:
    if isinstance(value, float):
        return number_to_json(value)
    if isinstance(value, dict):
        return {key if isinstance(key, str) else str(key): _strict(item) for key, item in value.items()}
    return [_strict(item) for item in value] if isinstance(value, list | tuple) else value


def writable(text: str) -> str:
    """Return text with `?` for what the output has no character for, as on Windows in a pipe."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def confirmed(question: str, *, yes: bool, needs_yes: bool = True, dry_run: bool = True) -> bool:
    """Ask on the terminal, and tell whether the answer was yes.

    Where nobody can answer, `yes` must have been given, unless `needs_yes` is False; `dry_run` tells whether the
    command has that option.

    Raises
    ------
    TrackerError
        Nobody can answer.
    """
    has_terminal = sys.stdin is not None and sys.stdin.isatty()  # None where it was closed: `<&-`
    if yes or (not has_terminal and not needs_yes):
        return True
    if not has_terminal:
        look = ", or --dry-run to look first" if dry_run else ""
        raise TrackerError(f"{question} Nobody is here to answer: give --yes{look}.")
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
