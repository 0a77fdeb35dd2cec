"""Files of the fluent API: the client's, for the active run."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_tracker.tracking import active
from jupyter_tracker.tracking.client import TrackerClient
from jupyter_tracker.tracking.experiments import current_experiment_id
from jupyter_tracker.tracking.runs import current_or_new
from jupyter_tracker.tracking.stack import STACK

if TYPE_CHECKING:
    import pandas as pd


def log_artifact(
    local_path: str | os.PathLike[str], artifact_path: str | None = None, run_id: str | None = None
) -> None:
    """Copy a file, or a folder with all it holds, to the active run.

    Parameters
    ----------
    local_path : str or os.PathLike
        What to copy.
    artifact_path : str, optional
        Folder among the run's files; their root where left out.
    run_id : str, optional
        Another run than the active one.

    Raises
    ------
    ResourceDoesNotExistError
        There is no such file.
    InvalidParameterError
        `artifact_path` is absolute or leads outside.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> from pathlib import Path
    >>> _ = Path("features.json").write_text("{}")
    >>> with tracker.start_run() as run:
    ...     tracker.log_artifact("features.json", "data")
    >>> [file.path for file in tracker.artifacts.list_artifacts(run_id=run.info.run_id, artifact_path="data")]
    ['data/features.json']
    """
    client, of = _target(run_id)
    client.log_artifact(of, local_path, artifact_path)


def log_artifacts(
    local_dir: str | os.PathLike[str], artifact_path: str | None = None, run_id: str | None = None
) -> None:
    """Copy what a folder holds to the active run, into its folder `artifact_path`; see `log_artifact`.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> from pathlib import Path
    >>> Path("plots").mkdir()
    >>> _ = Path("plots", "roc.txt").write_text("…", encoding="utf-8")
    >>> with tracker.start_run():
    ...     tracker.log_artifacts("plots", "plots")
    """
    client, of = _target(run_id)
    client.log_artifacts(of, local_dir, artifact_path)


def log_text(text: str, artifact_file: str, run_id: str | None = None) -> None:
    """Keep text as a file of the active run, in UTF-8.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run() as run:
    ...     tracker.log_text("all went well", "notes/summary.txt")
    >>> tracker.artifacts.load_text(f"runs:/{run.info.run_id}/notes/summary.txt")
    'all went well'
    """
    client, of = _target(run_id)
    client.log_text(of, text, artifact_file)


def log_dict(dictionary: Any, artifact_file: str, run_id: str | None = None) -> None:
    """Keep a dictionary or list as a file of the active run: YAML for ``.yaml`` and ``.yml``, else JSON.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run() as run:
    ...     tracker.log_dict({"layers": [64, 32]}, "model.json")
    >>> tracker.artifacts.load_dict(f"runs:/{run.info.run_id}/model.json")
    {'layers': [64, 32]}
    """
    client, of = _target(run_id)
    client.log_dict(of, dictionary, artifact_file)


def log_figure(figure: Any, artifact_file: str, *, save_kwargs: Mapping[str, Any] | None = None) -> None:
    """Keep a figure as a file of the active run, in the format of the file's ending.

    Parameters
    ----------
    figure : matplotlib.figure.Figure or plotly.graph_objects.Figure
        matplotlib draws png, svg, pdf, jpg …; Plotly html and json, and images where `kaleido` is installed.
    artifact_file : str
        Where to keep it, such as ``plots/roc.png``.
    save_kwargs : mapping, optional
        For the figure's own saving function, such as ``{"dpi": 200}``.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> from matplotlib.figure import Figure
    >>> figure = Figure()
    >>> _ = figure.add_subplot().plot([0, 1], [0, 1])
    >>> with tracker.start_run():
    ...     tracker.log_figure(figure, "plots/line.svg")
    """
    client, of = _target(None)
    client.log_figure(of, figure, artifact_file, save_kwargs=save_kwargs)


def log_image(
    image: Any,
    artifact_file: str | None = None,
    key: str | None = None,
    step: int | None = None,
    timestamp: int | None = None,
    synchronous: bool | None = None,
) -> None:
    """Keep an image as a file of the active run, or by `key` and `step` as one of a series.

    Parameters
    ----------
    image : PIL.Image.Image or array
        Arrays have the shape (height, width), or (height, width, 1, 3 or 4), and hold booleans, integers from 0 to
        255 or floats from 0 to 1; floats beyond that are stretched to it, with a warning.
    artifact_file : str, optional
        Where to keep it, in the format of its ending.
    key : str, optional
        The series' name, instead of a file.
    step, timestamp : int, optional
        For a series; 0, and now (ms UTC), where left out.
    synchronous : bool, optional
        Accepted for MLflow's sake.

    Examples
    --------
    >>> import numpy as np
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run():
    ...     tracker.log_image(np.zeros((8, 8, 3)), "black.png")
    """
    client, of = _target(None)
    client.log_image(of, image, artifact_file, key, step, timestamp, synchronous)


def log_table(data: Any, artifact_file: str, run_id: str | None = None) -> None:
    """Keep a DataFrame, or a dictionary of columns, as a JSON table; a second call adds rows to the same file.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run() as run:
    ...     tracker.log_table({"text": ["good", "bad"], "label": [1, 0]}, "predictions.json")
    >>> tracker.load_table("predictions.json", run_ids=[run.info.run_id])["label"].tolist()
    [1, 0]
    """
    client, of = _target(run_id)
    client.log_table(of, data, artifact_file)


def load_table(
    artifact_file: str, run_ids: Sequence[str] | None = None, extra_columns: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return a table that runs have logged, the rows of all of them together, as a DataFrame.

    Parameters
    ----------
    artifact_file : str
        Its file, ending in ``.json``.
    run_ids : sequence of str, optional
        The runs; every run of the experiment in use that has this table where left out.
    extra_columns : sequence of str, optional
        Of ``run_id``, ``experiment_id``, ``run_name``, ``status``, ``start_time`` and the like, added to each row.

    Raises
    ------
    ResourceDoesNotExistError
        No run has this table.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> for label in (0, 1):
    ...     with tracker.start_run():
    ...         tracker.log_table({"label": [label]}, "predictions.json")
    >>> sorted(tracker.load_table("predictions.json")["label"])
    [0, 1]
    """
    store = active.store(create=False)
    return TrackerClient.of(store).load_table(current_experiment_id(store), artifact_file, run_ids, extra_columns)


def get_artifact_uri(artifact_path: str | None = None) -> str:
    """Return where the active run's files are, or one of them, as a URI.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run() as run:
    ...     tracker.get_artifact_uri("plots").endswith(f"{run.info.run_id}/artifacts/plots")
    True
    """
    entry = current_or_new()
    root = entry.run.info.artifact_uri or ""
    return f"{root.rstrip('/')}/{artifact_path}" if artifact_path else root


def _target(run_id: str | None) -> tuple[TrackerClient, str]:
    """Return a client of the run's store, and its id; the active run where None, started where there is none."""
    entry = current_or_new() if run_id is None else STACK.find(run_id)
    if entry is not None:
        return TrackerClient.of(entry.store), entry.run_id
    return TrackerClient.of(active.store()), str(run_id)
