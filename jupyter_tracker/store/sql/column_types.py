"""Column types that mean the same in SQLite, PostgreSQL and MySQL. Migrations use them, too: none may ever change.

Text compares by code point everywhere, so that `A` and `a` are two keys and every database sorts alike: SQLite does
so by itself, PostgreSQL by the collation "C", MySQL and MariaDB by the collation of each table (`table_options`).
"""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

# A row of MySQL has 65,535 bytes at most, and a character up to four.
_LONGEST_VARCHAR = 8000

# What a server of MySQL's kind keeps for infinity, which its doubles do not have, with `INFINITE` beside it.
LARGEST = sys.float_info.max
INFINITE = 2


# SQLAlchemy has these too, in a module that a process on another database need not import.
class _LongText(sa.Text):
    """MySQL's text of any length."""


class _LongBlob(sa.LargeBinary):
    """MySQL's bytes of any length."""


class _TinyInt(sa.Integer):
    """MySQL's boolean, which can be 2, too."""


for _kind, _name in ((_LongText, "LONGTEXT"), (_LongBlob, "LONGBLOB"), (_TinyInt, "TINYINT(1)")):
    compiles(_kind, "mysql", "mariadb")(lambda *_, name=_name, **__: name)

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def words(length: int) -> TypeEngine[str]:
    """Return the type of a text of at most `length` characters."""
    kind: TypeEngine[str] = sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")
    return kind if length <= _LONGEST_VARCHAR else kind.with_variant(_LongText(), "mysql")


def text() -> TypeEngine[str]:
    """Return the type of a text of any length."""
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql").with_variant(_LongText(), "mysql")


def blob() -> TypeEngine[bytes]:
    """Return the type of bytes of any length."""
    return sa.LargeBinary().with_variant(_LongBlob(), "mysql")


def is_nan() -> TypeEngine[bool]:
    """Return the type of the flag beside a `Real`: whether it is NaN; in MySQL also `INFINITE`."""
    return sa.Boolean().with_variant(_TinyInt(), "mysql")


class Real(sa.types.TypeDecorator[float]):
    """A metric's value. Infinity is bound as the largest double where the database has none; NaN is always NULL."""

    impl = sa.Double
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: sa.Dialect) -> float | None:
        """Return the number that the database is sent."""
        if value is None or math.isnan(value):
            return None
        return math.copysign(LARGEST, value) if dialect.name == "mysql" and math.isinf(value) else value


def flagged(value: float | None, dialect: str) -> tuple[float | None, Any]:
    """Return a value and its `is_nan` as a driver is sent them, without SQLAlchemy's types in between."""
    if value is None or math.isnan(value):
        return None, True
    if dialect == "mysql" and math.isinf(value):
        return math.copysign(LARGEST, value), INFINITE
    return value, False


def table_options(dialect: sa.Dialect) -> dict[str, Any]:
    """Return the options of a table in this database: in MySQL and MariaDB a collation that minds case and spaces."""
    if dialect.name != "mysql":
        return {}
    own: Any = dialect
    collation = "utf8mb4_nopad_bin" if own.is_mariadb else "utf8mb4_0900_bin"
    return {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": collation}
