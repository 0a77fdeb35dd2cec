"""Reading what a client has sent, field by field, with errors that name the field.

A request's fields come from a JSON body or from a query string, where numbers are text and lists are repeated names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from jupyter_tracker.entities.limits import INT64_MAX
from jupyter_tracker.errors import InvalidParameterError, StoreError, TrackerError
from jupyter_tracker.wire.numbers import number_from_json

_WHOLE: Final = re.compile(r"-?[0-9]{1,19}")
_STRANGE: Final = "It may be of a newer version than this one understands, or no MLflow tracking server."
_DOCS: Final = "See the API docs for more information about request parameters."


class Fields:
    """An object that came in, and where in the request it was: ``metrics[0]``.

    A field that is null, or in a query empty, counts as left out.
    """

    def __init__(self, values: Mapping[str, Any], where: str = "") -> None:
        self._values = values
        self._where = where

    def get(self, name: str) -> Any:
        """Return a field as it came, None where it was left out."""
        return self._values.get(name)

    def __contains__(self, name: str) -> bool:
        return self._values.get(name) is not None

    def text(self, name: str) -> str:
        """Return a text that must be there and not be empty."""
        value = self.optional(name)
        if not value:
            raise self.missing(name)
        return value

    def given(self, name: str) -> str:
        """Return a text that must be there, and may be empty."""
        value = self.optional(name)
        if value is None:
            raise self.missing(name)
        return value

    def optional(self, name: str) -> str | None:
        """Return a text, None where it was left out."""
        value = self._values.get(name)
        if value is None or isinstance(value, str):
            return value
        raise self.invalid(name, value, "a text is expected")

    def integer(self, name: str, default: int | None = None) -> int:
        """Return a whole number of 64 bits, which may come as text; without a default it must be there."""
        value = self._values.get(name)
        if value is None or value == "":
            if default is None:
                raise self.missing(name)
            return default
        number = _whole(value)
        if number is None or not -INT64_MAX - 1 <= number <= INT64_MAX:
            raise self.invalid(name, value, "a whole number of 64 bits is expected")
        return number

    def number(self, name: str) -> float:
        """Return a number that must be there: NaN and the infinities come as text."""
        value = self._values.get(name)
        if value is None:
            raise self.missing(name)
        try:
            return number_from_json(value)
        except (InvalidParameterError, OverflowError):
            expected = 'a number, "NaN", "Infinity" or "-Infinity" is expected'
            raise self.invalid(name, value, expected) from None

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a yes or no."""
        value = self._values.get(name)
        if value is None or value == "":
            return default
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value in {"true", "false"}:
            return value == "true"
        raise self.invalid(name, value, "true or false is expected")

    def texts(self, name: str) -> list[str]:
        """Return a list of texts, empty where it was left out; one text stands for a list of one."""
        value = self._values.get(name)
        if value is None:
            return []
        if isinstance(value, str):
            return [value]
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return value
        raise self.invalid(name, value, "a list of texts is expected")

    def listed(self, name: str) -> list[Any]:
        """Return a list as it came, empty where it was left out."""
        value = self._values.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.invalid(name, value, "a list is expected")
        return value

    def objects(self, name: str) -> list[Fields]:
        """Return a list of objects, empty where it was left out."""
        return [self.object_at(name, index) for index in range(len(self.listed(name)))]

    def object_at(self, name: str, index: int) -> Fields:
        """Return one object of a list."""
        value = self._values[name][index]
        if not isinstance(value, Mapping):
            raise self.invalid(f"{name}[{index}]", value, "an object is expected")
        return type(self)(value, f"{self._where}{name}[{index}].")

    def nested(self, name: str) -> Fields:
        """Return an object that must be there."""
        value = self._values.get(name)
        if value is None:
            raise self.missing(name)
        if not isinstance(value, Mapping):
            raise self.invalid(name, value, "an object is expected")
        return type(self)(value, f"{self._where}{name}.")

    def first_of(self, *names: str) -> str:
        """Return the first of several texts that is there: `run_id`, or as older clients say `run_uuid`."""
        for name in names:
            value = self.optional(name)
            if value:
                return value
        raise self.missing(names[0])

    def items(self) -> Iterator[tuple[str, Any]]:
        """Yield all fields as they came."""
        yield from self._values.items()

    def missing(self, name: str) -> TrackerError:
        """Return the error of a field that must be there."""
        return InvalidParameterError(f"Missing value for required parameter '{self._where}{name}'. {_DOCS}")

    def invalid(self, name: str, value: object, expected: str) -> TrackerError:
        """Return the error of a field that cannot be read."""
        shown = repr(value)
        shown = shown if len(shown) <= 80 else f"{shown[:60]}…"
        return InvalidParameterError(
            f"Invalid value {shown} for parameter '{self._where}{name}' supplied: {expected}. {_DOCS}"
        )


class AnswerFields(Fields):
    """The same of what a server has answered: what is wrong there is no mistake of whoever asked."""

    def missing(self, name: str) -> TrackerError:
        """Return the error of a field that must be there."""
        return StoreError(f"The server's answer lacks {self._where}{name}. {_STRANGE}")

    def invalid(self, name: str, value: object, expected: str) -> TrackerError:
        """Return the error of a field that cannot be read."""
        return StoreError(f"The server's answer has {value!r:.80} as {self._where}{name}: {expected}. {_STRANGE}")


def _whole(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return int(value) if isinstance(value, str) and _WHOLE.fullmatch(value) else None
