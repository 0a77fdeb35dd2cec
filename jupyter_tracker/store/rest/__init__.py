"""The store on a tracking server: ours, or any that speaks MLflow's REST protocol.

`transport`      one request and its answer: credentials, time limits, second tries, what its errors mean
`sending`        what a journal holds, on its way to the server; `positions` remembers how far it has come
`path`           runs, experiments and logging; log calls append to a journal here, as for every store
`logged_models`, `registry`   those nouns, a request each
`ours`           what servers of ours are asked beyond MLflow's protocol, and how they are told who acts
`promoting`      moves that hold what somebody has seen, and the history of the registry
`finding`        searches on a server that knows only MLflow's words
`searching`      what tables ask for, made from searches
`upkeep`         corrections, the trash, imports: what servers of ours understand beyond the protocol
`store`          all of it together

To add an operation: a method in the file of its noun, and a test in `tests/contract/`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_tracker.store.rest.store import RestStore


def open_rest(url: str) -> RestStore:
    """Return the store on a server; nothing is asked yet, so the server may be away.

    Parameters
    ----------
    url : str
        ``http://host:port/prefix``, with ``user:password@`` before the host where it has such.
    """
    from jupyter_tracker.store.rest.store import RestStore
    from jupyter_tracker.store.rest.transport import HttpTransport

    return RestStore(HttpTransport(url))
