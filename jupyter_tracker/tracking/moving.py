"""Moving runs out of and into the store in use."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError, StoreError
from jupyter_tracker.store.base import Store
from jupyter_tracker.tracking import active
from jupyter_tracker.transfer.report import ExportReport, ImportReport, size_text
from jupyter_tracker.wire.credentials import is_server, public_address

if TYPE_CHECKING:
    from jupyter_tracker.transfer.archive_reading import ExportArchive

_SQLITE = b"SQLite format 3\0"
_DATABASES = ("mlflow.db", "mlruns.db")


def export_runs(
    path: str | os.PathLike[str],
    run_ids: Sequence[str] | None = None,
    experiment_names: Sequence[str] | None = None,
    experiment_ids: Sequence[str] | None = None,
) -> ExportReport:
    """Write runs with all they have to one zip file, and return what was written.

    Needs the extra ``transfer``. The file appears when it is complete; one that is there is replaced.

    Parameters
    ----------
    path : str or os.PathLike
        The file, such as ``churn.zip``.
    run_ids : sequence of str, optional
        These runs, with the logged models that they made.
    experiment_names, experiment_ids : sequence of str, optional
        Every active run and logged model of these experiments. Where all three are left out: the whole store, with
        its trash and its model registry.

    Returns
    -------
    ExportReport
        Counts, the file's size in bytes, and what could not be taken along.

    Raises
    ------
    ResourceDoesNotExistError
        There is no such run or experiment.
    InvalidStateError
        pyarrow is not installed.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run() as run:
    ...     tracker.log_metric("f1", 0.91)
    >>> tracker.export_runs("one.zip", run_ids=[run.info.run_id]).runs
    1
    """
    from jupyter_tracker.transfer.archive_writing import Selection, write_archive

    store = active.store(create=False)
    homes = [str(id_) for id_ in _listed(experiment_ids)]
    for name in _listed(experiment_names):
        experiment = store.get_experiment_by_name(name)
        if experiment is None:
            raise ResourceDoesNotExistError(f"There is no experiment {name!r} in {store.uri}.")
        homes.append(experiment.experiment_id)
    everything = run_ids is None and experiment_names is None and experiment_ids is None
    return write_archive(store, Selection(_listed(run_ids), homes, everything), Path(path))


def import_runs(path: str | os.PathLike[str]) -> ImportReport:
    """Bring what `export_runs` wrote into the store in use, and return what was new.

    Runs keep their ids, so importing twice gives one of each, and an import that was interrupted goes on. What is
    here already stays as it is; where it differs, the report says so. The file is checked as a whole before
    anything is written. Needs the extra ``transfer``.

    Parameters
    ----------
    path : str or os.PathLike
        The file.

    Raises
    ------
    InvalidParameterError
        It is no export, is damaged, or could do harm (names that lead outside, links, zip bombs).
    StoreError
        The disk has no room for it.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run() as run:
    ...     tracker.log_metric("f1", 0.91)
    >>> report = tracker.export_runs("all.zip")
    >>> tracker.set_tracking_uri("other.db")
    >>> tracker.import_runs("all.zip").runs
    1
    >>> tracker.import_runs("all.zip").runs
    0
    """
    return import_archive(active.store(), Path(path))


def import_mlflow(path: str | os.PathLike[str], link: bool = False) -> ImportReport:
    """Bring an MLflow store into the store in use, and return what was new.

    Experiments, runs, histories, params, tags, data sets, artifacts, logged models and the model registry come
    across with their ids, deleted runs as deleted ones. May be repeated and interrupted like `import_runs`. The
    source is only read.

    Parameters
    ----------
    path : str or os.PathLike
        An ``mlflow.db`` (SQLite), an ``mlruns`` folder (needs the extra ``transfer``), or a folder that holds one; or a
        tracking server's address, ``http://host:port``. Deleted logged models are not told by a server.
    link : bool
        Leave artifacts where they are, and refer to them, instead of copying them.

    Raises
    ------
    InvalidParameterError
        There is no MLflow store.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> tracker.import_mlflow("~/old/mlflow.db")             # doctest: +SKIP
    """
    if is_server(os.fspath(path)):
        return import_server_into(active.store(), os.fspath(path), link=link)
    return import_mlflow_into(active.store(), Path(path), link=link)


def import_archive(store: Store, path: Path) -> ImportReport:
    """Bring an export file into a store; see `import_runs`."""
    from jupyter_tracker.transfer.archive_reading import ExportArchive

    with closing(ExportArchive(path)) as source:
        return receive_archive(store, source, path)


def receive_archive(store: Store, source: ExportArchive, path: Path) -> ImportReport:
    """Bring an export file that was opened, and so checked, into a store; see `import_runs`."""
    from jupyter_tracker.transfer.receiving import receive

    root = getattr(store, "root", None)
    free = shutil.disk_usage(root).free if root is not None else source.unpacked_bytes
    if source.unpacked_bytes > free:
        raise StoreError(
            f"{path} unpacks to {size_text(source.unpacked_bytes)}, but {root} has only {size_text(free)} free. "
            "Nothing was imported."
        )
    return receive(store, source)


def import_server_into(store: Store, url: str, *, link: bool = False) -> ImportReport:
    """Bring what a tracking server has into a store; see `import_mlflow`."""
    from jupyter_tracker.transfer.receiving import receive
    from jupyter_tracker.transfer.tracked import TrackedStore

    if link:
        raise InvalidParameterError(
            f"The files of {public_address(url)} are copied: link=True is for files that are here."
        )
    server = active.store_at(url)
    if server is store:
        raise InvalidParameterError(f"{server.uri} is the store in use: choose another one to bring it into.")
    return receive(store, TrackedStore(server, largest_is_infinite=not server.knows_ours))  # type: ignore[attr-defined]


def import_mlflow_into(store: Store, path: Path, *, link: bool = False) -> ImportReport:
    """Bring an MLflow store into a store; see `import_mlflow`."""
    from jupyter_tracker.transfer.mlflow_database import MlflowDatabase
    from jupyter_tracker.transfer.mlflow_folder import MlflowFolder
    from jupyter_tracker.transfer.receiving import receive

    found = mlflow_store(path)
    if found.is_dir():
        return receive(store, MlflowFolder(found), link=link)
    with closing(MlflowDatabase(found)) as source, source.reading():
        return receive(store, source, link=link)


def mlflow_store(path: Path) -> Path:
    """Return the database file or ``mlruns`` folder that a path means.

    Raises
    ------
    InvalidParameterError
        There is none.
    """
    path = Path(str(path).removeprefix("sqlite:///").removeprefix("file://")).expanduser()
    if path.is_file():
        with path.open("rb") as file:
            if file.read(len(_SQLITE)) == _SQLITE:
                return path
    elif path.is_dir():
        for name in _DATABASES:
            if (path / name).is_file():
                return path / name
        if any(path.glob("*/meta.yaml")):
            return path
        if (path / "mlruns").is_dir():
            return path / "mlruns"
    expected = (
        "an mlflow.db (SQLite), an mlruns folder, or the folder that holds one is expected, or a server's address, "
        "http://host:port"
    )
    if not path.exists():
        raise InvalidParameterError(f"There is no MLflow store at {path}, and nothing else: {expected}.")
    hint = " An export of ours is imported without `mlflow`." if zipfile.is_zipfile(path) else ""
    raise InvalidParameterError(f"There is no MLflow store at {path}: {expected}.{hint}")


def _listed(names: Sequence[str] | None) -> list[str]:
    return [names] if isinstance(names, str) else list(names or ())
