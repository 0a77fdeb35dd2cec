"""Addresses of databases on servers: with credentials for the driver, without them for everybody else.

Pure, and without SQLAlchemy: asking which store is used must not load it.
"""

from __future__ import annotations

import re
from typing import cast
from urllib.parse import parse_qsl, unquote, urlencode

from jupyter_tracker.errors import InvalidParameterError

# Scheme, as people and MLflow write it: what SQLAlchemy is to be given.
_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg", "mysql": "mysql+pymysql",
            "mariadb": "mysql+pymysql"}  # fmt: skip
SCHEMES = tuple(_DRIVERS)
# What says which server it is, of all that may stand behind `?`.
_PLACE = {"host", "port", "unix_socket", "dbname"}
# As SQLAlchemy reads it: in a password stand signs that end a host elsewhere, `/`, `?`, `#` and `[`. What `urlsplit`
# takes for the path would be half of the password, shown to people and recorded.
_CREDENTIALS = re.compile(r"(?P<user>[^:/]*)(?::[^@]*)?@")
_PLACE_OF = re.compile(r"(?P<host>[^/?]*)(?P<path>[^?]*)\??(?P<query>.*)", re.DOTALL)
_PLAIN = re.compile(
    r"[\w+]+://(?:(?P<user>[^:/@?#]+)(?::(?P<password>[^:/@?#]*))?@)?(?P<host>[\w.-]*)(?::(?P<port>\d+))?"
    r"/(?P<dbname>[^:/@?#]*)(?:\?(?P<query>[^#]*))?"
)


def is_server_url(uri: str) -> bool:
    """Tell whether a URI names a database on a server: ``postgresql://…``, ``mysql+pymysql://…``."""
    scheme, separator, _ = uri.partition("://")
    return bool(separator) and scheme.lower().partition("+")[0] in _DRIVERS


def full_url(url: str) -> str:
    """Return a URL with the driver that we use, whichever it named."""
    scheme, _, rest = url.partition("://")
    return f"{_DRIVERS[scheme.lower().partition('+')[0]]}://{rest}"


def public_uri(url: str) -> str:
    """Return a URL without user, password and options: ``postgresql://host:5432/database``.

    Raises
    ------
    InvalidParameterError
        It names no database.
    """
    scheme = {"postgres": "postgresql", "mariadb": "mysql"}.get(_kind(url), _kind(url))
    rest = url.partition("://")[2]
    credentials = _CREDENTIALS.match(rest)
    found = cast("re.Match[str]", _PLACE_OF.fullmatch(rest, 0 if credentials is None else credentials.end()))
    # Of a password with an `@` in it SQLAlchemy takes the end for the host: nobody need see it.
    host, path = found["host"].rpartition("@")[2], found["path"]
    place = [(name, value) for name, value in parse_qsl(found["query"]) if name in _PLACE]
    if not path.strip("/") and "dbname" not in dict(place):
        raise InvalidParameterError(
            f"'{scheme}://{host}{path}' names no database. Write {scheme}://user:password@host/database."
        )
    return f"{scheme}://{host}{path}" + (f"?{urlencode(place, safe='/:')}" if place else "")


def user_of(url: str) -> str | None:
    """Return as whom a URL asks for its database; None where it leaves that to the driver."""
    found = _CREDENTIALS.match(url.partition("://")[2])
    return None if found is None or not found["user"] else unquote(found["user"])


def driver_options(url: str) -> dict[str, str] | None:
    """Return what a URL says, by the names of libpq's options, as SQLAlchemy would hand it to PostgreSQL's driver.

    None where that takes more than a look at it: several hosts, addresses of IPv6, signs that nobody escaped.
    """
    plain = _PLAIN.fullmatch(url)
    if plain is None:
        return None
    said = {name: value if name == "host" else unquote(value) for name, value in plain.groupdict("").items() if value}
    more = parse_qsl(plain["query"] or "")
    said.pop("query", None)
    if len(dict(more)) < len(more) or any(sign in dict(more).get("host", "") for sign in ":,"):
        return None
    return said | dict(more)


def has_credentials(url: str) -> bool:
    """Tell whether a URL says more than `public_uri`: a user, a password or options."""
    return full_url(url) != full_url(public_uri(url))


def _kind(url: str) -> str:
    return url.partition("://")[0].lower().partition("+")[0]
