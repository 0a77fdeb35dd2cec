"""What errors of PostgreSQL and MySQL mean for the user, and which of them a second try may cure.

Pure: no driver is imported, and nothing of a message that is a credential is kept.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from jupyter_tracker.errors import PermissionDeniedError, StoreError, StoreUnavailableError, TrackerError


class TransientError(StoreUnavailableError):
    """The server could not take it now. `undone`: nothing of it has happened, so that it may be tried again.

    Where the connection was lost in the middle of a commit nobody knows whether it has happened. `misnamed`: its host's
    name does not exist. A server that has answered before may be back under it, one that never has is mistyped.
    """

    def __init__(self, message: str, *, undone: bool = True, misnamed: bool = False) -> None:
        super().__init__(message)
        self.undone = undone
        self.misnamed = misnamed


# PostgreSQL's SQLSTATE, or its first two characters (https://www.postgresql.org/docs/current/errcodes-appendix.html).
_AGAIN_STATES = {"08", "40", "53", "57", "25006"}
_STATES: dict[str, tuple[type[TrackerError], str]] = {
    "28": (PermissionDeniedError, "refuses this user or password: check the URI"),
    "42501": (PermissionDeniedError, "does not let this user do that: grant it the rights, or use another user"),
    "3D": (StoreError, "has no such database: make it first, for example with `createdb`"),
    "55P03": (StoreUnavailableError, "is busy: another has held what is needed for over 30 s. Nothing was changed"),
    "57014": (StoreUnavailableError, "has cancelled this statement. Nothing was changed; try again"),
    "53100": (StoreError, "has no room on its disk. Nothing was changed"),
}
# What drivers say of PostgreSQL without a code where no server has answered. While a machine starts, what knows names
# may be away as well.
_NOBODY_THERE = ("Connection refused", "timeout expired", "No route to host", "Network is unreachable",
                 "failed to resolve host", "is bad: Temporary failure in name resolution")  # fmt: skip
# The system's EAI_NONAME on Linux, macOS and Windows, which both drivers quote: to ask once more is of no use.
# Old releases of psycopg leave out its number.
_NO_SUCH_NAME = ("[Errno -2]", "[Errno 8] nodename", "[Errno 11001]", "is bad: Name or service not known")
# MySQL's and MariaDB's error numbers.
_NUMBER_OF_NOBODY = 2003
_AGAIN_NUMBERS = {1040, 1053, 1077, 1079, 1158, 1159, 1160, 1161, 1203, 1213, 1290, 1836, 1927,
                  2002, 2003, 2006, 2013, 2014, 2055, 4031}  # fmt: skip
_NUMBERS: dict[int, tuple[type[TrackerError], str]] = {
    1044: _STATES["42501"],
    1045: _STATES["28"],
    1142: _STATES["42501"],
    1698: _STATES["28"],
    1049: (StoreError, "has no such database: make it first, with CREATE DATABASE"),
    1205: _STATES["55P03"],
    1021: _STATES["53100"],
    1114: _STATES["53100"],
    1153: (StoreError, "takes no packet of this size: raise its max_allowed_packet"),
    1273: (StoreError, "is too old: MySQL 8.0.17 or MariaDB 10.3 is needed"),
}

_LOST = "was lost in the middle of a commit, so that nobody can tell whether it has happened: look before you try again"
_MISNAMED = (
    "could not be reached: the name of its host is not known here. Check it in the URI, and this machine's network. "
    "Nothing was changed"
)
_AWAY = "could not be reached: check that it runs, and the host and port in the URI. Nothing was changed"
_BUSY = "could not be reached, or was too busy. Nothing was changed"


def explain_server(error: Any, name: str, *, secret: str | None = None, committing: bool = False) -> TrackerError:
    """Return the TrackerError that an error of SQLAlchemy or a driver stands for.

    Parameters
    ----------
    error : sqlalchemy.exc.DBAPIError or an error of a driver
        What was raised; its `orig` is looked at.
    name : str
        The store's URI without credentials.
    secret : str, optional
        A password that must not be shown, as the URL has it.
    committing : bool
        Whether it was raised by COMMIT.
    """
    cause = getattr(error, "orig", None) or error
    said = _words_of(cause, secret)
    if _may_pass(error, cause):
        lost = committing and not _rolled_back(cause)
        misnamed = _is_misnamed(cause)
        what = _LOST if lost else _MISNAMED if misnamed else _AWAY if _is_nobody_there(cause) else _BUSY
        return TransientError(f"The store {name} {what}. ({said})", undone=not lost, misnamed=misnamed)
    kind, meaning = _meaning(cause) or (StoreError, "could not be used")
    return kind(f"The store {name} {meaning}. ({said})")


def is_duplicate(error: Any) -> bool:
    """Tell whether an error says that a key was there before."""
    cause = getattr(error, "orig", None) or error
    return _state(cause) == "23505" or _number(cause) == 1062


def is_missing_table(error: Any) -> bool:
    """Tell whether an error says that there is no such table, or on MySQL: was none when the transaction began."""
    cause = getattr(error, "orig", None) or error
    return _state(cause) == "42P01" or _number(cause) in {1146, 1412}


def _may_pass(error: Any, cause: Any) -> bool:
    state, number = _state(cause), _number(cause)
    if _meaning(cause) is not None:
        return False
    if state:
        return state in _AGAIN_STATES or state[:2] in _AGAIN_STATES
    if number:
        return number in _AGAIN_NUMBERS
    # Without a code: libpq could not connect, or the connection went away.
    return bool(getattr(error, "connection_invalidated", False)) or type(cause).__name__ in {
        "OperationalError",
        "InterfaceError",
        "ConnectionTimeout",
    }


def _is_nobody_there(cause: Any) -> bool:
    said = str(cause)
    is_told = not _state(cause) and "FATAL:" not in said and any(words in said for words in _NOBODY_THERE)
    return is_told or _number(cause) == _NUMBER_OF_NOBODY


def _is_misnamed(cause: Any) -> bool:
    said = str(cause)
    return not _state(cause) and "FATAL:" not in said and any(words in said for words in _NO_SUCH_NAME)


def _rolled_back(cause: Any) -> bool:
    return _state(cause)[:2] == "40" or _number(cause) == 1213


def _meaning(cause: Any) -> tuple[type[TrackerError], str] | None:
    state = _state(cause)
    text = str(cause)
    if not state and "failed: FATAL:" in text:
        # libpq gives no SQLSTATE of a connection that was refused, only the server's words.
        if "authentication" in text or "no pg_hba.conf entry" in text or "role" in text:
            return _STATES["28"]
        if "does not exist" in text:
            return _STATES["3D"]
        return None
    return _STATES.get(state) or _STATES.get(state[:2]) or _NUMBERS.get(_number(cause))


def _state(cause: Any) -> str:
    return str(getattr(cause, "sqlstate", None) or "")


def _number(cause: Any) -> int:
    first = cause.args[0] if getattr(cause, "args", None) else None
    return first if isinstance(first, int) else 0


def _words_of(cause: Any, secret: str | None) -> str:
    said = " ".join(str(cause).split())
    for hidden in (secret, unquote(secret or "")):
        if hidden:
            said = said.replace(hidden, "***")
    return said[:500]
