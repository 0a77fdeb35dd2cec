"""Who has signed in on the web page: a cookie that says so, signed, so that no server has to remember it.

What it is signed with includes the password's hash, or the token's, that was signed in with: a session ends when that
is changed, revoked or removed. Servers that share the users' file share the sessions, and they outlive a restart.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import re
import time
from pathlib import Path
from typing import Final

from jupyter_tracker.errors import StoreError
from jupyter_tracker.key_file import KEY_BYTES, make_key_file
from jupyter_tracker.server.users import User, Users

LASTS_S: Final = 7 * 24 * 3600
_UNTIL: Final = re.compile("[0-9]{1,12}")
"""In seconds. Python refuses to read thousands of digits, which anybody may send."""
_PASSWORD: Final = "password"  # noqa: S105 - what was signed in with, not one


class Sessions:
    """Sessions of the users of one file. Any thread may ask.

    Parameters
    ----------
    users : Users
        The users. The key lies beside their file, made at the first sign-in, for its owner only.
    """

    def __init__(self, users: Users) -> None:
        self._users = users
        self._path = users.path.with_name(f"{users.path.name}.key")
        self._key: bytes | None = None

    def start(self, user: User, token: str | None = None) -> str:
        """Return the cookie's value for a user who gave a password, or this token."""
        how = _PASSWORD if token is None else user.token_id(token)
        name = base64.urlsafe_b64encode(user.name.encode()).decode().rstrip("=")
        said = f"{name}.{how}.{int(time.time()) + LASTS_S}"
        return f"{said}.{self._signed(said, user, how)}"

    def user_of(self, value: str) -> User | None:
        """Return the user of a cookie's value; None where it is not ours, too old, or of what no longer lets in."""
        said, _, signature = value.rpartition(".")
        parts = said.split(".")
        if len(parts) != 3 or not _UNTIL.fullmatch(parts[2]) or int(parts[2]) < time.time():
            return None
        name = ""
        with contextlib.suppress(ValueError):
            name = base64.urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)).decode()
        user = self._users.find(name)
        if user is None or not hmac.compare_digest(self._signed(said, user, parts[1]).encode(), signature.encode()):
            return None
        return user if self._lets_in(user, parts[1]) else None

    @staticmethod
    def _lets_in(user: User, how: str) -> bool:
        return bool(user.password) if how == _PASSWORD else how in user.tokens

    def _signed(self, said: str, user: User, how: str) -> str:
        proof = user.password if how == _PASSWORD else user.tokens.get(how, "")
        text = f"{said}\n{proof}".encode("utf-8", "surrogatepass")
        return hmac.new(self._secret(), text, hashlib.sha256).hexdigest()

    def _secret(self) -> bytes:
        if self._key is None:
            self._key = _kept_key(self._path)
        return self._key


def _kept_key(path: Path) -> bytes:
    """Return the key of a file, made where there is none."""
    try:
        make_key_file(path)
        key = path.read_bytes()
    except OSError as error:
        raise StoreError(f"The key of the web page's sessions {path} cannot be kept: {error.strerror}.") from error
    if len(key) != KEY_BYTES:
        raise StoreError(f"{path} is no key of the web page's sessions: remove it, and everybody signs in again.")
    return key
