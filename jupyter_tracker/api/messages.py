"""What goes into a handler and what comes out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from jupyter_tracker.api.encoding import encoded
from jupyter_tracker.api.places import Places
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.store.base import Store
from jupyter_tracker.views.store_list import StoreEntry
from jupyter_tracker.wire.reading import Fields


class Stores(Protocol):
    """The stores that a host lets be seen. A browser names one by id, never by path."""

    def get(self, store_id: str | None) -> Store:
        """Return a store, the default one for None; ResourceDoesNotExistError where there is none."""
        ...

    def entries(self) -> Iterable[StoreEntry]:
        """Return all of them, without opening more than needed."""
        ...

    def busy(self) -> Iterable[Store]:
        """Return those to which some process may be logging now, without opening others."""
        ...

    def own(self) -> Store:
        """Return the store that MLflow's clients use: the default one, made where there is none."""
        ...

    @property
    def places(self) -> Places:
        """Where artifacts are, and what clients are told of it."""
        ...


@dataclass(frozen=True)
class Request:
    """One request: the host's stores, the query as decoded text, and the JSON object of its body.

    Attributes
    ----------
    repeated : mapping of str to list of str
        Parameters of the query that were given more than once.
    parts : mapping of str to str
        What stands in the path where the route has ``{name}``.
    content : file, optional
        The body of an upload, to be read piece by piece.
    digest : str, optional
        The SHA-256 that the client says of it.
    """

    stores: Stores
    query: Mapping[str, str]
    body: Mapping[str, Any] = field(default_factory=dict)
    repeated: Mapping[str, Sequence[str]] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    content: BinaryIO | None = None
    digest: str | None = None

    @cached_property
    def fields(self) -> Fields:
        """What an operation of MLflow's protocol is given, in the body or in the query."""
        return Fields(self.body or {**self.query, **self.repeated})

    @property
    def own(self) -> Store:
        """The store of MLflow's clients."""
        return self.stores.own()

    @property
    def places(self) -> Places:
        """Where artifacts are, and what clients are told of it."""
        return self.stores.places

    @property
    def store(self) -> Store:
        """The store that the query or the body names, or the default one."""
        return self.stores.get(self.text("store") or self.optional("store"))

    def text(self, name: str) -> str | None:
        """Return a parameter, or None where it is left out or empty."""
        return self.query.get(name) or None

    def required(self, name: str) -> str:
        """Return a parameter; InvalidParameterError where it is left out."""
        value = self.text(name)
        if value is None:
            raise InvalidParameterError(f"The parameter {name!r} is missing.")
        return value

    def integer(self, name: str, default: int) -> int:
        """Return a whole number; InvalidParameterError for anything else."""
        value = self.text(name)
        if value is None:
            return default
        try:
            return int(value)
        except ValueError:
            raise InvalidParameterError(f"{name}={value[:40]!r}: a whole number is expected.") from None

    def number(self, name: str) -> float | None:
        """Return a number, or None where it is left out; InvalidParameterError for anything else."""
        value = self.text(name)
        if value is None:
            return None
        try:
            return float(value)
        except ValueError:
            raise InvalidParameterError(f"{name}={value[:40]!r}: a number is expected.") from None

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a ``true`` or ``false``; InvalidParameterError for anything else."""
        value = self.text(name)
        if value is None:
            return default
        if value.lower() not in {"true", "false"}:
            raise InvalidParameterError(f"{name}={value[:40]!r}: true or false is expected.")
        return value.lower() == "true"

    def names(self, name: str) -> list[str] | None:
        """Return a comma-separated list, or None where it is left out."""
        value = self.query.get(name)
        return None if value is None else [item for item in value.split(",") if item]

    def optional(self, name: str) -> str | None:
        """Return a text of the body, or None where it is left out; InvalidParameterError for anything else."""
        value = self.body.get(name)
        if value is not None and not isinstance(value, str):
            raise InvalidParameterError(f"{name}: a text is expected, not {_kind(value)}.")
        return value

    def given(self, name: str) -> str:
        """Return a text of the body, the empty one too; InvalidParameterError where it is left out."""
        value = self.optional(name)
        if value is None:
            raise InvalidParameterError(f"{name!r} is missing in the body of the request.")
        return value

    def listed(self, name: str, most: int) -> list[str]:
        """Return a list of 1 to `most` texts of the body, each once; InvalidParameterError for anything else."""
        value = self.body.get(name)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise InvalidParameterError(f"{name}: a list of texts is expected, not {_kind(value)}.")
        if not 1 <= len(value) <= most:
            raise InvalidParameterError(f"{name}: 1 to {most:,} entries are expected, not {len(value):,}.")
        return list(dict.fromkeys(value))


def _kind(value: object) -> str:
    return "nothing" if value is None else type(value).__name__


@dataclass(frozen=True)
class Response:
    """One answer: a JSON body, a file to be sent as it is, or bytes that are made while they are sent."""

    status: int = 200
    body: Any = None
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    file: Path | None = None
    """A local one, of our own."""
    opened: BinaryIO | None = None
    """One that is open already, and can be sought in."""
    stream: Iterator[bytes] | None = None
    text: str | None = None
    """The body as JSON, where the handler has encoded it already."""
    content: bytes | None = None
    """The body as it is, where it is no JSON."""

    @property
    def is_file(self) -> bool:
        """Whether it is a file that can be sought in."""
        return self.file is not None or self.opened is not None

    def json_text(self) -> str:
        """Return the body as JSON."""
        return self.text or encoded(self.body).decode()

    def json_bytes(self) -> bytes:
        """Return the body as the bytes of its JSON."""
        return self.text.encode() if self.text else encoded(self.body)
