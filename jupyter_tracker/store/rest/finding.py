"""Searches on a server that knows less of the search language than we do.

It is asked what its words can say, and what they cannot is tried here, on what it finds, page after page. So a search
answers the same everywhere; where little can be said in MLflow's words it reads more than it returns.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeVar

from jupyter_tracker.entities import LifecycleStage, LoggedModel, ModelVersion, PagedList, Run
from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.search.fields import Scope
from jupyter_tracker.search.matching import in_order, matches
from jupyter_tracker.search.mlflow_filter import is_said, say, write_order
from jupyter_tracker.search.paging import offset_of, token_of
from jupyter_tracker.search.tree import Name, Node, Ordering, at_moment

T = TypeVar("T")

PAGE: Final = 1000
"""How much is asked for at once, where most of it may be left out."""


class Search(NamedTuple):
    """A search as it was asked, and as MLflow's server can be asked it: see `search.mlflow_filter.Said`."""

    as_given: str | None
    orderings: tuple[Ordering, ...]
    order_by: list[str] | None
    text: str
    rest: Node | None
    is_sorted: bool

    @property
    def is_plain(self) -> bool:
        """Whether any server answers it."""
        return self.rest is None and self.is_sorted

    @property
    def filter(self) -> str | None:
        """What a server is asked that knows all of it."""
        return self.text or None if self.rest is None else self.as_given


def search_of(as_given: str | None, node: Node, orderings: tuple[Ordering, ...], scope: Scope) -> Search:
    """Return a search from what was read of it."""
    said = say(at_moment(node, now_ms()), scope)
    order_by = [write_order(ordering) for ordering in orderings] or None
    return Search(as_given or None, orderings, order_by, said.text, said.rest, is_said(orderings, scope))


class _Place(NamedTuple):
    """Where a page begins: a page of the server's, and a row in it."""

    token: str | None
    row: int

    def written(self) -> str:
        return base64.b64encode(json.dumps({"at": self.token, "row": self.row}).encode()).decode()


def find(
    search: Search, ask: Callable[[str | None, bool], PagedList[T]], max_results: int, page_token: str | None
) -> PagedList[T]:
    """Return a page of what matches.

    Parameters
    ----------
    ask : callable
        ``ask(token, sort)``: one page of the server's; sorted as asked where `sort`, which it is able to.
    """
    if search.is_sorted:
        return _from(search, ask, max_results, page_token)
    found = (item for page in _pages(ask, None, sort=False) for item in page[1] if _is_left(item, search.rest))
    rows = in_order(found, search.orderings, values_of)
    start = offset_of(page_token)
    end = start + max_results
    return PagedList(rows[start:end], token_of(end) if len(rows) > end else None)


def _from(
    search: Search, ask: Callable[[str | None, bool], PagedList[T]], max_results: int, page_token: str | None
) -> PagedList[T]:
    first = _read(page_token)
    found: list[T] = []
    for token, page in _pages(ask, first.token, sort=True):
        for row, item in enumerate(page):
            if (token == first.token and row < first.row) or not _is_left(item, search.rest):
                continue
            if len(found) == max_results:
                return PagedList(found, _Place(token, row).written())
            found.append(item)
    return PagedList(found)


def _pages(
    ask: Callable[[str | None, bool], PagedList[T]], token: str | None, *, sort: bool
) -> Iterator[tuple[str | None, PagedList[T]]]:
    while True:
        page = ask(token, sort)
        yield token, page
        token = page.token
        if not token:
            return


def _read(token: str | None) -> _Place:
    if not token:
        return _Place(None, 0)
    try:
        place = json.loads(base64.b64decode(token, validate=True))
        at, row = place["at"], place["row"]
    except (binascii.Error, ValueError, TypeError, KeyError, RecursionError):
        at, row = None, None
    if not isinstance(row, int) or not isinstance(at, str | None):
        raise InvalidParameterError(
            f"Invalid page token {token[:40]!r}: it is not of this search. Pass it as it was given."
        )
    return _Place(at, row)


def _is_left(item: Any, rest: Node | None) -> bool:
    return rest is None or matches(item, rest, values_of)


def values_of(item: Any, name: Name) -> Sequence[Any]:
    """Return what an entity has under a field: nothing, one value, or those of several data sets."""
    if isinstance(item, Run) and name.entity in {"metric", "param", "tag"}:
        of_run: dict[str, Mapping[str, Any]] = {
            "metric": item.data.metrics,
            "param": item.data.params,
            "tag": item.data.tags,
        }
        values = of_run[name.entity]
        return [values[name.key]] if name.key in values else []
    if name.entity in {"param", "tag"}:
        labels = item.params if name.entity == "param" else item.tags
        return [labels[name.key]] if name.key in labels else []
    if name.entity == "metric":
        return [metric.value for metric in item.metrics if metric.key == name.key]
    if name.entity == "dataset":
        return _of_datasets(item, name.key)
    value = _attribute(item, name.key)
    return [] if value is None else [value]


def _of_datasets(run: Run, key: str) -> list[str]:
    inputs = run.inputs.dataset_inputs
    if key == "context":
        return [tag.value for item in inputs for tag in item.tags if tag.key == "mlflow.data.context"]
    return [getattr(item.dataset, key) for item in inputs]


_RENAMED: Final = {"version_number": "version", "source_path": "source"}


def _attribute(item: Any, key: str) -> Any:
    if isinstance(item, Run):
        if key == "duration":
            return None if item.info.end_time is None else item.info.end_time - item.info.start_time
        return getattr(item.info, key)
    if isinstance(item, ModelVersion):
        value = getattr(item, _RENAMED.get(key, key))
        return int(value) if key == "version_number" else value or None
    if isinstance(item, LoggedModel) and key == "lifecycle_stage":
        return LifecycleStage.ACTIVE  # no other is told of
    return getattr(item, key)
