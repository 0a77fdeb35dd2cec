"""Who may use a server that stands alone: a file of users with roles, hashed passwords and hashed tokens.

The file is read again when it changes, so that `jupyter tracker users` takes effect in servers that run.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import secrets
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.errors import (
    InvalidParameterError,
    ResourceAlreadyExistsError,
    ResourceDoesNotExistError,
    StoreError,
)
from jupyter_tracker.store.journal import locks
from jupyter_tracker.store.permissions import ADMIN, EDITOR, LEVELS, VIEWER, Permissions

ROLES: Final = tuple(LEVELS)
"""What a user may be: nothing but what is granted, to read, to write too, to do all that a server lets be done."""
GRANTS: Final = ("viewer", "editor", "admin")
"""What may be granted to a user in an experiment or a registered model."""
PLACES: Final = ("experiments", "models")
"""Where: the fields of `User` that hold grants."""

_SCRYPT: Final = {"n": 2**14, "r": 8, "p": 1, "maxmem": 64 << 20}
_LEAST_PASSWORD: Final = 8


@dataclass(frozen=True)
class User:
    """A user: role, the scrypt hash of a password (with its salt), and SHA-256 hashes of tokens by their ids.

    Attributes
    ----------
    experiments, models : mapping of str to str
        Roles in experiments by their ids, and in registered models by their names: beside the role, the higher counts.
    """

    name: str
    role: str
    salt: str = ""
    password: str = ""
    tokens: Mapping[str, str] = field(default_factory=dict)
    created_ms: int = 0
    experiments: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)

    def may(self, action: str) -> bool:
        """Tell whether this user may do this anywhere: ``read`` or ``write``."""
        if action == "read":  # who may read nothing finds nothing
            return True
        roles = (self.role, *self.experiments.values(), *self.models.values())
        return any(LEVELS[role] >= EDITOR for role in roles)

    @property
    def reads(self) -> dict[str, list[str]] | None:
        """The experiments (by id) and registered models (by name) that are seen; None: all of them."""
        return None if LEVELS[self.role] >= VIEWER else self._places(VIEWER)

    @property
    def writes(self) -> dict[str, list[str]] | None:
        """The experiments (by id) and registered models (by name) that may be written to; None: the role says it."""
        if LEVELS[self.role] >= EDITOR:
            return None
        return self._places(EDITOR)

    @property
    def owns(self) -> dict[str, list[str]] | None:
        """As `writes`, of those that may be renamed and deleted."""
        return None if LEVELS[self.role] >= EDITOR else self._places(ADMIN)

    def _places(self, level: int) -> dict[str, list[str]]:
        return {
            where: sorted(p for p, role in getattr(self, where).items() if LEVELS[role] >= level) for where in PLACES
        }

    @property
    def permissions(self) -> Permissions | None:
        """What each place allows; None where the role alone says it."""
        level = LEVELS[self.role]
        if level >= EDITOR or (level == VIEWER and not self.experiments and not self.models):
            return None
        return Permissions(
            self.name, self.role, tuple(sorted(self.experiments.items())), tuple(sorted(self.models.items()))
        )

    def token_id(self, token: str) -> str:
        """Return the id of one of this user's tokens; empty where it is none of them."""
        hashed = _token_hash(token)
        return next((token_id for token_id, known in self.tokens.items() if known == hashed), "")


class Users:
    """The users of one file. Any thread may ask.

    Parameters
    ----------
    path : pathlib.Path
        The file; it is made with the first user, for its owner only.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] | None = None
        self._users: dict[str, User] = {}
        self._by_token: dict[str, User] = {}

    def all(self) -> list[User]:
        """Return every user, by name."""
        self._refresh()
        return [self._users[name] for name in sorted(self._users)]

    def of_token(self, token: str) -> User | None:
        """Return the user of a token, None where it is nobody's."""
        self._refresh()
        # Looked up by its hash: how long that takes says nothing of the token.
        return self._by_token.get(_token_hash(token))

    def of_password(self, name: str, password: str) -> User | None:
        """Return the user of a name and password, None where they do not fit. Takes some 50 ms, whatever comes out."""
        self._refresh()
        user = self._users.get(name)
        salt = user.salt if user is not None and user.salt else "00" * 16
        hashed = _password_hash(password, salt)
        if user is None or not user.password or not hmac.compare_digest(hashed, user.password):
            return None
        return user

    def find(self, name: str) -> User | None:
        """Return a user, None where there is none of this name."""
        self._refresh()
        return self._users.get(name)

    def get(self, name: str) -> User:
        """Return a user; ResourceDoesNotExistError where there is none of this name."""
        self._refresh()
        if name not in self._users:
            raise ResourceDoesNotExistError(f"There is no user {name!r} in {self.path}.")
        return self._users[name]

    def add(self, name: str, role: str, password: str | None = None) -> User:
        """Make a user."""
        if not name or ":" in name or not name.isprintable() or len(name) > 100:
            raise InvalidParameterError(
                f"Invalid user name {name[:100]!r}: 1 to 100 characters without ':' are expected."
            )
        user = User(name, _checked_role(role), created_ms=now_ms())
        user = user if password is None else _with_password(user, password)
        with self._alone():
            if name in self._users:
                raise ResourceAlreadyExistsError(
                    f"There is a user {name!r} already: `users change` gives it another role or password."
                )
            return self._keep(user)

    def change(self, name: str, *, role: str | None = None, password: str | None = None) -> User:
        """Give a user another role, or another password."""
        with self._alone():
            user = self.get(name)
            if role is not None:
                user = replace(user, role=_checked_role(role))
            return self._keep(user if password is None else _with_password(user, password))

    def grant(self, name: str, where: str, place: str, role: str | None) -> User:
        """Give a user a role in a place, None to take it back.

        Parameters
        ----------
        where : str
            One of `PLACES`.
        place : str
            The id of an experiment, the name of a registered model.

        Raises
        ------
        ResourceDoesNotExistError
            There is no such user, or nothing was granted there.
        """
        with self._alone():
            user = self.get(name)
            granted = dict(getattr(user, _checked_place(where)))
            if role is not None:
                granted[place] = _checked_grant(role)
            elif granted.pop(place, None) is None:
                raise ResourceDoesNotExistError(f"The user {name!r} has no role of its own in {where[:-1]} {place!r}.")
            changed = replace(user, experiments=granted) if where == "experiments" else replace(user, models=granted)
            return self._keep(changed)

    def rename_model(self, name: str, new_name: str) -> None:
        """Let the roles that were granted in a registered model go along to its new name; the higher of two counts."""
        with self._alone():
            changed = {user.name: _with_model_renamed(user, name, new_name) for user in self._users.values()}
            if changed != self._users:
                self._write(changed)

    def new_token(self, name: str) -> tuple[str, str]:
        """Make a token for a user; return its id and the token itself, which is kept nowhere."""
        token, token_id = f"jt_{secrets.token_urlsafe(32)}", secrets.token_hex(4)
        with self._alone():
            user = self.get(name)
            self._keep(replace(user, tokens={**user.tokens, token_id: _token_hash(token)}))
        return token_id, token

    def revoke(self, name: str, token_id: str) -> None:
        """Take a token back."""
        with self._alone():
            user = self.get(name)
            if token_id not in user.tokens:
                raise ResourceDoesNotExistError(f"The user {name!r} has no token {token_id!r}.")
            others = {known: value for known, value in user.tokens.items() if known != token_id}
            self._keep(replace(user, tokens=others))

    def remove(self, name: str) -> None:
        """Remove a user with its tokens."""
        with self._alone():
            self.get(name)
            self._write({known: user for known, user in self._users.items() if known != name})

    # the file ------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Let nobody else, in whatever process, change the users between reading and writing them."""
        with locks.locked(self.path.with_name(f".{self.path.name}.lock")):
            self._read_again()
            yield

    def _keep(self, user: User) -> User:
        self._write({**self._users, user.name: user})
        return user

    def _write(self, users: dict[str, User]) -> None:
        text = json.dumps({"users": {name: _as_json(user) for name, user in users.items()}}, indent=1)
        temporary = self.path.with_name(f".{self.path.name}.{secrets.token_hex(8)}")
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.path)
        except OSError as error:
            raise StoreError(f"The users' file {self.path} cannot be written: {error.strerror}.") from error
        self._read_again()

    def _refresh(self) -> None:
        if _stamp(self.path) != self._stamp:
            self._read_again()

    def _read_again(self) -> None:
        with self._lock:
            stamp = _stamp(self.path)
            self._take(_read(self.path) if stamp is not None else {})
            self._stamp = stamp

    def _take(self, users: dict[str, User]) -> None:
        self._users = users
        self._by_token = {hashed: user for user in users.values() for hashed in user.tokens.values()}


def _with_model_renamed(user: User, name: str, new_name: str) -> User:
    if name not in user.models:
        return user
    granted = dict(user.models)
    roles = [granted.pop(name), granted.get(new_name, "none")]
    return replace(user, models={**granted, new_name: max(roles, key=LEVELS.__getitem__)})


def _as_json(user: User) -> dict[str, Any]:
    # A server of a version before there were grants can read the users of a team that has none.
    return {key: value for key, value in vars(user).items() if key != "name" and (value or key not in PLACES)}


def _read(path: Path) -> dict[str, User]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["users"]
        users = {name: User(name, **entry) for name, entry in found.items()}
        for user in users.values():
            _checked_role(user.role)
            for role in (*user.experiments.values(), *user.models.values()):
                _checked_grant(role)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, InvalidParameterError) as error:
        raise StoreError(f"The users' file {path} cannot be read: {error}.") from error
    return users


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino


def _checked_role(role: str) -> str:
    if role not in ROLES:
        raise InvalidParameterError(f"Invalid role {role!r}: one of {', '.join(ROLES)} is expected.")
    return role


def _checked_grant(role: str) -> str:
    if role not in GRANTS:
        raise InvalidParameterError(f"Invalid role {role!r}: one of {', '.join(GRANTS)} can be granted.")
    return role


def _checked_place(where: str) -> str:
    if where not in PLACES:
        raise InvalidParameterError(f"Nothing can be granted in {where!r}: one of {', '.join(PLACES)} is expected.")
    return where


def _with_password(user: User, password: str) -> User:
    if len(password) < _LEAST_PASSWORD:
        raise InvalidParameterError(f"A password needs {_LEAST_PASSWORD} characters at least.")
    salt = secrets.token_hex(16)
    return replace(user, salt=salt, password=_password_hash(password, salt))


def _password_hash(password: str, salt: str) -> str:
    return hashlib.scrypt(password.encode("utf-8", "surrogatepass"), salt=bytes.fromhex(salt), **_SCRYPT).hex()


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
