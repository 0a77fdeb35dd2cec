"""How we say to a tracking server who we are, as MLflow's clients do: from its address, or from the environment."""

from __future__ import annotations

import base64
from typing import cast
from urllib.parse import unquote, urlsplit, urlunsplit

from jupyter_tracker import settings
from jupyter_tracker.errors import InvalidParameterError

# Addresses that this process was told to use: user and password that came with one, or None.
_named: dict[str, tuple[str, str] | None] = {}


def is_server(uri: str) -> bool:
    """Tell whether a URI is a tracking server's address."""
    return uri.lower().startswith(("http://", "https://"))


def public_address(url: str) -> str:
    """Return a server's address without credentials, and remember these for this process.

    Raises
    ------
    InvalidParameterError
        It is no address.
    """
    try:
        parts = urlsplit(url.rstrip("/"))
        host, port, user = parts.hostname, parts.port, parts.username
    except ValueError:
        host, port, user, parts = None, None, None, urlsplit("")
    if not host:
        raise InvalidParameterError("This is no address of a tracking server: http://host:port is expected.")
    name = f"[{host}]" if ":" in host else host
    public = urlunsplit((parts.scheme.lower(), name if port is None else f"{name}:{port}", parts.path, "", ""))
    if user:
        _named[public] = (unquote(user), unquote(parts.password or ""))
    return public


def use(url: str) -> str:
    """Return a server's address without credentials; from now on these, or the environment's, may be sent to it."""
    public = public_address(url)
    _named.setdefault(public, None)
    return public


def is_used(address: str) -> bool:
    """Tell whether an address is below that of a server that this process uses: no other may be asked for files."""
    return _named_for(address) is not None


def authorization(address: str) -> str | None:
    """Return the Authorization header for an address below a server's, None where there is nothing to say.

    Nobody but a server that this process uses is told anything: a location in a store may be anybody's.
    """
    known = _named_for(address)
    if known is None:
        return None
    if _named[known] is not None:
        return _basic(*cast("tuple[str, str]", _named[known]))
    user = settings.text("MLFLOW_TRACKING_USERNAME")
    if user:
        return _basic(user, settings.text("MLFLOW_TRACKING_PASSWORD"))
    token = settings.text("MLFLOW_TRACKING_TOKEN")
    return f"Bearer {token}" if token else None


def _named_for(address: str) -> str | None:
    return next((known for known in _named if address == known or address.startswith(f"{known}/")), None)


def _basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"
