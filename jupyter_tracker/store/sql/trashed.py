"""The trash: names that deleted experiments give up, what is in it, and what is removed for good."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

import sqlalchemy as sa

from jupyter_tracker.entities import LifecycleStage, limits
from jupyter_tracker.entities.experiment import DEFAULT_EXPERIMENT_ID
from jupyter_tracker.store.journal.leftovers import journalled_runs, remove_journals
from jupyter_tracker.store.sql import schema as s
from jupyter_tracker.store.sql.access import SqlAccess
from jupyter_tracker.store.sql.locations import absolute_location, model_artifact_uri, run_artifact_uri
from jupyter_tracker.store.upkeep import Trashed

Item = TypeVar("Item")
_AT_ONCE = 500
_MODEL = re.compile(r"\bm-[0-9a-f]{32}\b")
_RUN = re.compile(r"(?:^runs:/+|/)([0-9a-f]{32})(?:/|$)")


def trash(store: SqlAccess, deleted_before: int | None = None) -> list[Trashed]:
    """See `Store.trash`."""
    with store.read() as connection:
        return _listed(connection, store.root, limits.INT64_MAX if deleted_before is None else deleted_before)


def purge(store: SqlAccess, entries: Sequence[Trashed]) -> list[Trashed]:
    """See `Store.purge`."""
    wanted = {(entry.kind, entry.id) for entry in entries}
    with store.write() as connection:
        going = [
            entry
            for entry in _listed(connection, store.root, limits.INT64_MAX)
            if entry.needed_by is None and (entry.kind, entry.id) in wanted
        ]
        ids: dict[str, list[str]] = defaultdict(list)
        for entry in going:
            ids[entry.kind].append(entry.id)
        _delete_models(connection, ids["model"])
        _delete_runs(connection, ids["run"])
        gone = _delete_experiments(connection, [int(number) for number in ids["experiment"]])
        # Drained when this transaction began.
        remove_journals(store.journal_dir, set(ids["run"]))
    return [entry for entry in going if entry.kind != "experiment" or int(entry.id) in gone]


def known_runs(store: SqlAccess, run_ids: Iterable[str]) -> set[str]:
    """See `Store.known_runs`."""
    asked = set(run_ids)
    found: set[str] = set()
    with store.read() as connection:
        for some in _pieces(sorted(asked)):
            found.update(connection.execute(sa.select(s.runs.c.run_id).where(s.runs.c.run_id.in_(some))).scalars())
    # A run whose journal waits is not lost, though no row speaks for it.
    return found | (asked & {run_id for run_id, _ in journalled_runs(store.journal_dir)})


@dataclass
class _Listing:
    """The trash while it is being listed."""

    root: Path
    before: int
    needed: Mapping[str, str]
    entries: list[Trashed] = field(default_factory=list)
    staying: dict[int, str] = field(default_factory=dict)

    def add(self, kind: Literal["model", "run"], row: Any, uri: str | None, size_bytes: int = 0) -> None:
        needed_by = self.needed.get(row.id)
        self.entries.append(Trashed(kind, row.id, row.name, uri, size_bytes, needed_by, row.deleted_time))
        if needed_by is not None:
            self.staying[row.experiment_id] = f"{kind} {row.name} ({row.id}), which {needed_by} needs"


def _listed(connection: sa.Connection, root: Path, before: int) -> list[Trashed]:
    listing = _Listing(root, before, _needed(connection))
    thrown = _thrown_experiments(connection, before)
    runs = _thrown_runs(connection, before)
    sizes = _sizes(connection, [row.run for row in runs])
    _list_models(connection, listing, {row.id for row in runs}, {row.experiment_id for row in thrown})
    for row in runs:
        own = run_artifact_uri(root, None, row.location, row.id) if row.artifact_uri is None else None
        listing.add("run", row, own, sizes.get(row.run, 0))
    going: dict[int, int] = defaultdict(int)
    for row in runs:
        going[row.experiment_id] += 1
    for row in thrown:
        needed_by = listing.staying.get(row.experiment_id)
        if needed_by is None and row.runs != going[row.experiment_id]:
            needed_by = "runs that were deleted later"
        uri = absolute_location(root, row.location)
        id_ = str(row.experiment_id)
        listing.entries.append(Trashed("experiment", id_, row.name, uri, 0, needed_by, row.deleted_time))
    return listing.entries


def _thrown_runs(connection: sa.Connection, before: int) -> Sequence[Any]:
    table = s.runs.c
    query = (
        sa.select(
            table.run,
            table.run_id.label("id"),
            table.run_name.label("name"),
            table.experiment_id,
            table.artifact_uri,
            table.deleted_time,
            s.experiments.c.artifact_location.label("location"),
        )
        .join(s.experiments, s.experiments.c.experiment_id == table.experiment_id)
        .where(table.lifecycle_stage == LifecycleStage.DELETED, sa.func.coalesce(table.deleted_time, 0) < before)
        .order_by(table.run)
    )
    return connection.execute(query).all()


def _thrown_experiments(connection: sa.Connection, before: int) -> Sequence[Any]:
    table = s.experiments.c
    runs = sa.select(sa.func.count()).where(s.runs.c.experiment_id == table.experiment_id)
    query = sa.select(
        table.experiment_id,
        table.name,
        table.artifact_location.label("location"),
        table.last_update_time.label("deleted_time"),
        runs.correlate(s.experiments).scalar_subquery().label("runs"),
    ).where(
        table.lifecycle_stage == LifecycleStage.DELETED,
        # Nothing changes an experiment in the trash, so this is when it went there.
        table.last_update_time < before,
        # New runs go there where nothing else is said.
        table.experiment_id != int(DEFAULT_EXPERIMENT_ID),
    )
    return connection.execute(query).all()


def _list_models(connection: sa.Connection, listing: _Listing, runs: set[str], experiments: set[int]) -> None:
    """List the logged models that were deleted, or whose run or experiment is going."""
    table = s.logged_models.c
    query = (
        sa.select(
            table.model_id.label("id"),
            table.name,
            table.experiment_id,
            table.artifact_location,
            table.source_run_id,
            sa.case((table.lifecycle_stage == LifecycleStage.DELETED, table.last_updated_timestamp)).label(
                "deleted_time"
            ),
            s.experiments.c.artifact_location.label("location"),
        )
        .join(s.experiments, s.experiments.c.experiment_id == table.experiment_id)
        .order_by(table.model_id)
    )
    for row in connection.execute(query):
        deleted = row.deleted_time is not None and row.deleted_time < listing.before
        if deleted or row.source_run_id in runs or row.experiment_id in experiments:
            own = row.artifact_location is None
            uri = model_artifact_uri(listing.root, None, row.location, row.id) if own else None
            listing.add("model", row, uri)


def _needed(connection: sa.Connection) -> dict[str, str]:
    """Return what needs runs and logged models, by their ids."""
    needed: dict[str, str] = {}
    io = s.model_io.c
    readers = (
        sa.select(io.model_id, s.runs.c.run_name)
        .join(s.runs, s.runs.c.run == io.run)
        .where(sa.not_(io.is_output), s.runs.c.lifecycle_stage == LifecycleStage.ACTIVE)
    )
    for model_id, run_name in connection.execute(readers):
        needed[model_id] = f"run {run_name}"
    mv = s.model_versions.c
    query = sa.select(mv.name, mv.version, mv.run_id, mv.model_id, mv.source, mv.storage_location)
    for name, version, run_id, model_id, *places in connection.execute(query):
        ids = {run_id, model_id}
        for place in places:
            ids.update(_MODEL.findall(place or ""), _RUN.findall(place or ""))
        for id_ in ids - {None}:
            needed[id_] = f"version {version} of model {name}"
    return needed


def _sizes(connection: sa.Connection, runs: Sequence[int]) -> dict[int, int]:
    table = s.metric_chunks.c
    sizes: dict[int, int] = {}
    for some in _pieces(runs):
        query = sa.select(table.run, sa.func.sum(sa.func.length(table.data))).where(table.run.in_(some))
        sizes.update((run, int(size)) for run, size in connection.execute(query.group_by(table.run)))
    return sizes


def _delete_models(connection: sa.Connection, model_ids: Sequence[str]) -> None:
    for some in _pieces(model_ids):
        connection.execute(sa.delete(s.model_io).where(s.model_io.c.model_id.in_(some)))
        connection.execute(sa.delete(s.logged_models).where(s.logged_models.c.model_id.in_(some)))


def _delete_runs(connection: sa.Connection, run_ids: Sequence[str]) -> None:
    for some in _pieces(run_ids):
        connection.execute(sa.delete(s.logged_model_metrics).where(s.logged_model_metrics.c.run_id.in_(some)))
        # Everything else of a run follows by ON DELETE CASCADE.
        connection.execute(sa.delete(s.runs).where(s.runs.c.run_id.in_(some)))
    if run_ids:
        used = sa.exists().where(s.inputs.c.dataset == s.datasets.c.dataset)
        connection.execute(sa.delete(s.datasets).where(~used))


def _delete_experiments(connection: sa.Connection, numbers: Sequence[int]) -> set[int]:
    """Delete those that are empty by now."""
    gone: set[int] = set()
    for number in numbers:
        rest = [
            connection.execute(sa.select(sa.literal(1)).where(table.c.experiment_id == number).limit(1)).first()
            for table in (s.runs, s.logged_models)
        ]
        if not any(rest):
            connection.execute(sa.delete(s.experiments).where(s.experiments.c.experiment_id == number))
            gone.add(number)
    return gone


def _pieces(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]
