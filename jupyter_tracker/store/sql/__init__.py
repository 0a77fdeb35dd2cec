"""The stores on databases: a SQLite file, or a database on a server of PostgreSQL, MySQL or MariaDB.

`store`          `SqlStore`: the hot path and every noun, in one line each; `server_store` the same on a server
`hot`, `hot_inputs`, `opening`, `apply`, `sqlite_text`, `sqlite_ddl`   what a script that only logs runs: the driver,
                 no SQLAlchemy
`server_look`    what a server asks of a database at its start, by the driver alone
`server_path`, `server_opening`, `server_apply`, `server_engine`, `server_faults`   for a server what `hot`, `opening`,
                 `apply`, `engine` and `faults` are for a file: transactions, second tries, what its errors mean
`chunks`         metric columns as bytes
`connection`     which SQLite library, which journal mode; `faults` says what its errors mean
`schema`         the tables, once; `ddl_writer` makes the plain text of them, `migrate` and `migrations/` the upgrades
`column_types`, `dialects`, `constructs`   where databases differ: in types, in what is written, in what is asked
`maintenance`    upgrade, check, vacuum, stats
`access`, `engine`, `fetching`, `rows`, `paging`, `filters`   what the nouns share: transactions, rows, search to SQL
`experiments`, `runs`, `inputs`, `logged_models`, `registry`, `model_versions`   one noun each; `logged_model_metrics`,
                 `measured_points`, `registry_rows` and `sources` are parts of them
`run_search`, `run_seeds`, `given`   searches for runs: where they start, one statement for all filters of a form
`locations`      artifact places, kept relative to the store

To add an operation: a function in the file of its noun, a line in `store`, and a test in `tests/contract/`.
"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_tracker.store.sql.server_store import ServerStore
    from jupyter_tracker.store.sql.store import SqlStore


def open_sqlite(path: str | os.PathLike[str], artifact_root: str | None = None) -> SqlStore:
    """Open a SQLite store, made where there is none.

    Parameters
    ----------
    path : str or path-like
        The database file. Its folder must exist.
    artifact_root : str, optional
        Folder or URI below which new experiments keep artifacts; `artifacts/` beside the file where left out.

    Raises
    ------
    StoreError
        The file is damaged, belongs to another program, or was written by a newer version.
    PermissionDeniedError
        It may not be read or made by this user.
    """
    from jupyter_tracker.store.sql.store import SqlStore

    return SqlStore(Path(path).absolute(), artifact_root)


def open_server(url: str, *, create: bool = True) -> ServerStore:
    """Open a store in a database on a server; its tables are made where there are none.

    Parameters
    ----------
    url : str
        ``postgresql://user:password@host:5432/database`` or ``mysql://…``. The database must exist.
    create : bool
        Whether tables are made where there are none; else that is a ResourceDoesNotExistError.

    Raises
    ------
    StoreUnavailableError
        The server does not answer.
    PermissionDeniedError
        It refuses the user, or does not let it make tables.
    StoreError
        The database belongs to another program, or was written by a newer version.
    """
    from jupyter_tracker.store.sql.server_store import ServerStore

    return ServerStore(url, create=create)


def load_server() -> None:
    """Import what `open_server` needs, SQLAlchemy above all, and what clients ask for first."""
    for name in ("server_store", "experiments", "runs"):
        import_module(f"{__name__}.{name}")
