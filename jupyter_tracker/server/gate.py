"""Who is let in to a server that stands alone: by the name that it was called by, by origin, user and role."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from jupyter_tracker.errors import PermissionDeniedError, StoreError, TrackerError
from jupyter_tracker.server.sessions import Sessions
from jupyter_tracker.server.users import User, Users

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})
COOKIE: Final = "jupyter-tracker-session"
_REMEMBERED_S: Final = 60.0
_MOST_FAILURES: Final = 10
_FAILURES_S: Final = 60.0
_MOST_ADDRESSES: Final = 10_000
_WAYS: Final = ("basic", "bearer")
"""To say who one is, beside signing in on the page."""


class RefusedUserError(PermissionDeniedError):
    """Somebody who is known, and whose role does not allow this anywhere.

    Attributes
    ----------
    user : str
        The name, for the log.
    """

    def __init__(self, user: User, action: str) -> None:
        what = f"is a {user.role}, who" if user.role != "none" else "sees what is granted, and"
        super().__init__(
            f"The user {user.name!r} {what} may not {action}. Who runs the server changes that: "
            f"`jupyter tracker users change {user.name} --role editor`, or `grant` for one experiment."
        )
        self.user = user.name


class Gate:
    """Lets requests in or refuses them.

    Parameters
    ----------
    users : Users or None
        Who may come in; None: everybody whom the host's name lets in.
    allowed_hosts : sequence of str or None
        Names that the server may be called by (`*` for all): a page of another site may have its own name lead here.
        None: loopback names where there are no users, all names otherwise.
    note : callable, optional
        Called with the event's name and its facts at each login and each refusal.
    once : bool
        Tokens are for signing in on the web page, each once, and for nothing else.
    """

    challenge: Final = {"WWW-Authenticate": 'Basic realm="jupyter_tracker", charset="UTF-8"'}

    def __init__(
        self,
        users: Users | None = None,
        allowed_hosts: Sequence[str] | None = None,
        note: Callable[..., None] | None = None,
        *,
        once: bool = False,
    ) -> None:
        self._users = users
        self._sessions = None if users is None else Sessions(users)
        self._once = once
        self._spent: set[str] = set()
        hosts = allowed_hosts if allowed_hosts is not None else (["*"] if users else sorted(LOOPBACK))
        self._hosts = None if "*" in hosts else {host.lower() for host in hosts}
        self._note = note or (lambda *_, **__: None)
        self._lock = threading.Lock()
        self._remembered: dict[bytes, tuple[float, User]] = {}
        self._secret = secrets.token_bytes(32)
        self._failures: dict[str, deque[float]] = {}

    def is_quick(self, headers: Mapping[str, str], client: Sequence[Any] | None) -> bool:
        """Tell whether letting this one in takes no time; a password that is not remembered takes 50 ms."""
        given = headers.get("authorization", "")
        if self._users is None or given[:6].lower() != "basic ":
            return True
        # Who is locked out shall not learn from the time it takes which password is remembered.
        return not self._is_locked_out(_address_of(client)) and self._known(given) is not None

    def admit(self, headers: Mapping[str, str], client: Sequence[Any] | None, action: str) -> User | None:
        """Return the user that a request comes from, None where there are none.

        Whose role depends on the place is let in here, and asked again there (see `store.permitted`).

        The cookie of the web page says it as well as a password or a token does: a page of another site cannot send it,
        and is refused by its origin.

        Raises
        ------
        PermissionDeniedError
            Called by a name that is not allowed, from a page of another site, or by a user without the right.
        TrackerError
            ``UNAUTHENTICATED``: nobody's password or token; ``RESOURCE_EXHAUSTED``: too many of these.
        """
        self._check_host(headers)
        if self._users is None:
            return None
        user = self._signed_in(headers) or self._user(headers.get("authorization", ""), _address_of(client))
        if not user.may(action):
            raise RefusedUserError(user, action)
        return user

    def model_renamed(self, name: str, new_name: str) -> None:
        """Let roles follow a registered model to its new name. It has that already: what goes wrong is written down."""
        if self._users is None or name == new_name:
            return
        try:
            self._users.rename_model(name, new_name)
        except StoreError as error:
            self._note("grants_left_behind", model=name, new_name=new_name, why=error.message)

    # the web page --------------------------------------------------------------------------------

    def visitor(self, headers: Mapping[str, str]) -> dict[str, Any]:
        """Return what the page is told of who looks at it; PermissionDeniedError where the host's name is refused."""
        self._check_host(headers)
        known: dict[str, Any] = {
            "signs_in": self._users is not None,
            "by_token_only": self._once,
            "reads": None,
            "writes": None,
            "owns": None,
        }
        user = self._signed_in(headers)
        if user is None:
            return {"user": None, "role": None, "may_write": self._users is None, **known}
        role = "limited" if user.role == "none" else user.role  # for people
        known.update(reads=user.reads, writes=user.writes, owns=user.owns)
        return {"user": user.name, "role": role, "may_write": user.may("write"), **known}

    def sign_in(self, headers: Mapping[str, str], client: Sequence[Any] | None, asked: Mapping[str, Any]) -> str:
        """Return the value of the cookie for a token, or a name and password. A password takes some 50 ms.

        Raises
        ------
        TrackerError
            As `admit` does.
        """
        self._check_host(headers)
        if self._users is None or self._sessions is None:
            raise TrackerError("This server has no users: nobody needs to sign in.", "BAD_REQUEST")
        address = _address_of(client)
        self._check_failures(address)
        token, name = str(asked.get("token") or "").strip(), str(asked.get("user") or "")
        user = self._users.of_token(token) if token else self._users.of_password(name, str(asked.get("password") or ""))
        if user is not None and token and not self._takes(token):
            raise TrackerError("This address has let somebody in already: start the command again.", "UNAUTHENTICATED")
        if user is None:
            self._fail(address, "page")
            raise TrackerError(f"This is nobody's {'token' if token else 'name and password'}.", "UNAUTHENTICATED")
        self._note("login", user=user.name)
        return self._sessions.start(user, token or None)

    def _takes(self, token: str) -> bool:
        """Tell whether a token lets in still: where each does so once, it is spent by this."""
        if not self._once:
            return True
        with self._lock:
            is_new = token not in self._spent
            self._spent.add(token)
        return is_new

    def _signed_in(self, headers: Mapping[str, str]) -> User | None:
        """Return the user of the request's cookie. Who says otherwise in so many words is not taken for its owner."""
        if self._sessions is None or "authorization" in headers or COOKIE not in headers.get("cookie", ""):
            return None
        for pair in headers["cookie"].split(";"):
            name, _, value = pair.strip().partition("=")
            user = self._sessions.user_of(value) if name == cookie_name(headers) else None
            if user is not None:
                return user
        return None

    def _check_host(self, headers: Mapping[str, str]) -> None:
        host = headers.get("host", "").lower()
        if self._hosts is not None and _name_of(host) not in self._hosts:
            raise PermissionDeniedError(
                f"This server may not be called {host[:100]!r}. Start it with --allowed-hosts to allow that name."
            )
        origin = headers.get("origin")
        if origin is not None and _host_of(origin) != host:
            raise PermissionDeniedError(f"Pages of {origin[:100]!r} may not use this server.")

    def _user(self, given: str, address: str) -> User:
        assert self._users is not None  # noqa: S101 - the caller looked
        kind, _, value = given.partition(" ")
        how = kind.lower() if not self._once else ""
        # Nobody guesses a token: one that is right comes in whatever others behind the same proxy have tried.
        # A password can be guessed, also one that was right a moment ago.
        user = self._users.of_token(value.strip()) if how == "bearer" else None
        pair = _basic(value.strip()) if how == "basic" else None
        if pair is not None:
            user = self._of_token_of(*pair)
        if user is None:
            self._check_failures(address)
        if user is None and pair is not None:
            user = self._of_remembered(given) or self._of_password(given, *pair)
        if user is not None:
            return user
        if not given:
            raise TrackerError("A user name and password, or a token, are needed.", "UNAUTHENTICATED")
        # What stands in front may be the secret itself, sent without a word before it: the log has words of ours.
        self._fail(address, how if how in _WAYS else "other")
        what = {"bearer": "This is nobody's token (any more)", "basic": "This is nobody's name and password"}.get(how)
        raise TrackerError(f"{what or 'This lets nobody in'}: a user name and password, or a token, are needed.",
                           "UNAUTHENTICATED")  # fmt: skip

    def _of_token_of(self, name: str, token: str) -> User | None:
        """Return the user of a name and a token in place of a password, for clients that know Basic only."""
        assert self._users is not None  # noqa: S101 - the caller looked
        user = self._users.of_token(token)
        return user if user is not None and user.name == name else None

    def _of_remembered(self, given: str) -> User | None:
        """Return whose password was verified a moment ago, and is that password still."""
        assert self._users is not None  # noqa: S101 - the caller looked
        remembered = self._known(given)
        now = None if remembered is None else self._users.find(remembered.name)
        return now if remembered is not None and now is not None and now.password == remembered.password else None

    def _of_password(self, given: str, name: str, password: str) -> User | None:
        assert self._users is not None  # noqa: S101 - the caller looked
        user = self._users.of_password(name, password)
        if user is not None:
            self._note("login", user=user.name)
            with self._lock:
                if len(self._remembered) > _MOST_ADDRESSES:
                    self._remembered.clear()
                self._remembered[self._key(given)] = (time.monotonic() + _REMEMBERED_S, user)
        return user

    def _known(self, given: str) -> User | None:
        found = self._remembered.get(self._key(given))
        return found[1] if found is not None and found[0] > time.monotonic() else None

    def _key(self, given: str) -> bytes:
        # Neither a password nor what it could be guessed from lies in memory.
        return hashlib.blake2b(given.encode("latin-1", "replace"), key=self._secret).digest()

    def _check_failures(self, address: str) -> None:
        if self._is_locked_out(address):
            raise TrackerError("Too many wrong passwords or tokens: wait a minute.", "RESOURCE_EXHAUSTED")

    def _is_locked_out(self, address: str) -> bool:
        with self._lock:
            recent = self._failures.get(address)
            while recent and recent[0] < time.monotonic() - _FAILURES_S:
                recent.popleft()
            return recent is not None and len(recent) >= _MOST_FAILURES

    def _fail(self, address: str, how: str) -> None:
        self._note("refused", client=address, how=how)
        with self._lock:
            if len(self._failures) > _MOST_ADDRESSES:
                self._failures.clear()
            self._failures.setdefault(address, deque()).append(time.monotonic())


def cookie_name(headers: Mapping[str, str]) -> str:
    """Return what the cookie is called: cookies know hosts, but no ports, and two servers must not share one."""
    host = headers.get("host", "")
    port = host.rpartition(":")[2] if not host.endswith("]") and ":" in host else ""
    return f"{COOKIE}-{port}" if port.isdecimal() else COOKIE


def _host_of(origin: str) -> str:
    """Return the host that an origin names, with its port; empty where it names none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:  # `http://[`
        return ""


def _basic(value: str) -> tuple[str, str] | None:
    """Return the name and password of Basic; None where it cannot be read."""
    try:
        name, _, password = base64.b64decode(value, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        return None
    return name, password


def _address_of(client: Sequence[Any] | None) -> str:
    return str(client[0]) if client else ""


def _name_of(host: str) -> str:
    """Return the name in a Host header, without its port."""
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.rpartition(":")[0] if host.count(":") == 1 else host
