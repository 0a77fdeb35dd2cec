"""Write the tables of `docs/search.md` from `fields.py`: `python -m jupyter_tracker.search.reference`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from jupyter_tracker.search import fields
from jupyter_tracker.search.operands import operators_of

TARGET: Final = Path(__file__).parents[2] / "docs" / "search.md"
BEGIN: Final = "<!-- from jupyter_tracker/search/fields.py -->\n"
END: Final = "<!-- until here -->\n"

_VALUES = {
    fields.TEXT: "text: `'a'`",
    fields.NUMBER: "number: `0.9`",
    fields.TIME: "ms UTC, a date `'2026-11-01'`, `'2026-11-01 12:30'`, or `now - 7d`",
    fields.DURATION: "ms, or a span: `2h`, `1.5d`, `30s`",
    fields.LABEL: "text `'a'`, or a number, for values that look like one",
}
_LOGGED = {
    "metric": "the latest value",
    "param": "a param",
    "tag": "a tag",
    "dataset": "`name`, `digest` or `context` of any data set that the run read",
}


def with_tables(text: str) -> str:
    """Return the page with its tables as the code has them."""
    made = "\n".join([_operators(), *(_fields(scope) for scope in fields.SCOPES)])
    return re.sub(f"{BEGIN}.*{END}", lambda _: f"{BEGIN}\n{made}\n{END}", text, flags=re.DOTALL)


def _operators() -> str:
    rows = ["| kind | values | operators |", "| --- | --- | --- |"]
    for kind, values in _VALUES.items():
        operators = " ".join(f"`{operator}`" for operator in (*operators_of(kind), "IS NULL", "IS NOT NULL"))
        rows.append(f"| {kind} | {values} | {operators} |")
    return "\n".join(rows) + "\n"


def _fields(scope: fields.Scope) -> str:
    rows = [f"### {scope.noun.capitalize()}s\n", "| field | kind | what it is |", "| --- | --- | --- |"]
    for name in dict.fromkeys(attribute.name for attribute in scope.attributes.values()):
        attribute = scope.attributes[name]
        also = "".join(f"; also `{alias}`" for alias in attribute.aliases if " " not in alias and alias.islower())
        rows.append(f"| `{name}` | {attribute.kind} | {attribute.about or _one_of(attribute.values)}{also} |")
    logged = [entity for entity in dict.fromkeys(scope.entities.values()) if entity != "attribute"]
    rows += [f"| `{entity}s.<key>` | {scope.kind(entity, '')} | {_LOGGED[entity]} |" for entity in logged]
    return "\n".join(rows) + "\n"


def _one_of(values: Sequence[str]) -> str:
    *before, last = (f"`{value}`" for value in values)
    return f"{', '.join(before)} or {last}"


if __name__ == "__main__":
    TARGET.write_text(with_tables(TARGET.read_text(encoding="utf-8")), encoding="utf-8")
