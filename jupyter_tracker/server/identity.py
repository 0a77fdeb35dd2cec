"""Whom a Jupyter server knows by name."""

from __future__ import annotations

import re
from typing import Any, Final

_MADE_UP: Final = re.compile(r"[0-9a-f]{32}|anonymous")


def vouched_name(user: Any) -> str | None:
    """Return the name of a user that an identity provider (JupyterHub, a proxy) vouches for, None where there is none.

    Whoever comes with the server's own token or password is let in as *Anonymous Somebody*, under a user name that was
    made up for this browser: that proves who may come in, not who it is.
    """
    name = str(getattr(user, "username", "") or "")
    return None if not name or _MADE_UP.fullmatch(name) else name
