"""Files of a run, by the run's id."""

from __future__ import annotations

import json
import os
import threading
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_tracker.artifact_store import ArtifactStore, artifact_store
from jupyter_tracker.entities import FileInfo, RunInfo
from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.errors import InvalidParameterError, InvalidStateError, ResourceDoesNotExistError
from jupyter_tracker.tracking import rendering
from jupyter_tracker.tracking.operations.base import StoreClient
from jupyter_tracker.tracking.paging import all_pages
from jupyter_tracker.tracking.stack import STACK
from jupyter_tracker.views.run_files import run_files

if TYPE_CHECKING:
    import pandas as pd

IMAGES_TAG = "mlflow.loggedImages"
TABLES_TAG = "mlflow.loggedArtifacts"
_WEBP_QUALITY = 60
# Appending to a table reads, adds and rewrites it.
_table_lock = threading.Lock()


class ArtifactOperations(StoreClient):
    """What the client does with files. A file is there as a whole or not at all."""

    def log_artifact(self, run_id: str, local_path: str | os.PathLike[str], artifact_path: str | None = None) -> None:
        """Copy a file, or a folder with all it holds, into the run's folder `artifact_path`."""
        source = path_of(local_path)
        files = self._artifacts(run_id)
        if source.is_dir():
            files.log_dir(source, "/".join(part for part in (artifact_path, source.resolve().name) if part))
        else:
            files.log_file(source, artifact_path or "")

    def log_artifacts(self, run_id: str, local_dir: str | os.PathLike[str], artifact_path: str | None = None) -> None:
        """Copy what a folder holds into the run's folder `artifact_path`."""
        self._artifacts(run_id).log_dir(path_of(local_dir), artifact_path or "")

    def log_text(self, run_id: str, text: str, artifact_file: str) -> None:
        """Keep text as a file, in UTF-8."""
        if not isinstance(text, str):
            raise InvalidParameterError(f"log_text takes text, not {type(text).__name__}; log_dict takes other values.")
        self._artifacts(run_id).write(artifact_file, text.encode("utf-8", "surrogatepass"))

    def log_dict(self, run_id: str, dictionary: Any, artifact_file: str) -> None:
        """Keep a dictionary or list as YAML where the file ends in ``.yaml`` or ``.yml``, else as JSON."""
        self._artifacts(run_id).write(artifact_file, rendering.dict_bytes(dictionary, artifact_file))

    def log_figure(
        self, run_id: str, figure: Any, artifact_file: str, *, save_kwargs: Mapping[str, Any] | None = None
    ) -> None:
        """Keep a figure of matplotlib (png, svg, pdf …) or Plotly (html, json), in the format of the file's ending."""
        self._artifacts(run_id).write(artifact_file, rendering.figure_bytes(figure, artifact_file, save_kwargs))

    def log_image(
        self,
        run_id: str,
        image: Any,
        artifact_file: str | None = None,
        key: str | None = None,
        step: int | None = None,
        timestamp: int | None = None,
        synchronous: bool | None = None,  # noqa: ARG002 - the file is there when this returns
    ) -> None:
        """Keep a Pillow image or an array as a file, or by `key` and `step` as one of a series.

        Arrays have the shape (height, width), or (height, width, 1, 3 or 4), of booleans, integers from 0 to 255 or
        floats from 0 to 1. A series is kept below ``images/``, each image with a small WebP beside it.
        """
        if (artifact_file is None) == (key is None):
            raise InvalidParameterError("Give log_image either an artifact_file, or a key (and a step).")
        files = self._artifacts(run_id)
        if artifact_file is not None:
            kind = rendering.suffix_of(artifact_file).removeprefix(".")
            files.write(artifact_file, rendering.image_bytes(image, kind))
            return
        at = now_ms() if timestamp is None else timestamp
        name = f"images/{str(key).replace('/', '#')}+step+{step or 0}+timestamp+{at}+{uuid.uuid4()}"
        files.write(f"{name}.png", rendering.image_bytes(image))
        files.write(f"{name}+compressed.webp", rendering.image_bytes(image, "webp", _WEBP_QUALITY))
        self._writes.writer(run_id).set_tags({IMAGES_TAG: "true"})

    def log_table(self, run_id: str, data: Any, artifact_file: str) -> None:
        """Keep a DataFrame, or a dictionary of columns, as JSON; a second call adds its rows to the same file."""
        if rendering.suffix_of(artifact_file) != ".json":
            raise InvalidParameterError(f"A table is kept as JSON: {artifact_file!r} must end in .json.")
        table = rendering.table_of(data)
        files = self._artifacts(run_id)
        with _table_lock:
            before = _existing_table(files, artifact_file)
            columns, rows = table if before is None else rendering.merged_tables(before, table)
            files.write(artifact_file, rendering.json_text({"columns": columns, "data": rows}).encode())
            if before is None:
                self._note_table(run_id, artifact_file)

    def read_table(self, run_id: str, artifact_file: str) -> tuple[list[str], list[list[Any]]]:
        """Return the columns and rows of a table; ResourceDoesNotExistError where the run has none of this name."""
        table = _existing_table(self._artifacts(run_id), artifact_file)
        if table is None:
            raise ResourceDoesNotExistError(f"Run {run_id} has no table {artifact_file!r}.")
        return table

    def load_table(
        self,
        experiment_id: str,
        artifact_file: str,
        run_ids: Sequence[str] | None = None,
        extra_columns: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Return a table that runs have logged, the rows of all of them together, as a DataFrame.

        Without `run_ids`, every run of the experiment that has this table. `extra_columns` names attributes of
        `RunInfo` to add to each row.
        """
        from jupyter_tracker.views.frames import table_frame

        infos = [self._reads.get_run(run_id).info for run_id in run_ids or ()]
        if run_ids is None:
            infos = self._runs_with_table(str(experiment_id), artifact_file)
        if not infos:
            raise ResourceDoesNotExistError(f"No run of experiment {experiment_id} has a table {artifact_file!r}.")
        extras = [{name: getattr(info, name) for name in extra_columns or ()} for info in infos]
        tables = [self.read_table(info.run_id, artifact_file) for info in infos]
        return table_frame(list(zip(tables, extras, strict=True)))

    def list_artifacts(self, run_id: str, path: str | None = None) -> list[FileInfo]:
        """Return what the run's folder `path` holds, sorted by path; empty where there is no such folder.

        A model that the run has logged is a folder of its name.
        """
        return self._files(run_id).list(path or "")

    def download_artifacts(self, run_id: str, path: str = "", dst_path: str | os.PathLike[str] | None = None) -> str:
        """Return the local path of a file or folder of the run; of a copy below `dst_path` where that is given."""
        if dst_path is not None and not Path(dst_path).is_dir():
            raise InvalidParameterError(f"The folder {os.fspath(dst_path)!r} to download to does not exist.")
        return str(self._files(run_id).download(path or "", None if dst_path is None else Path(dst_path)))

    def _files(self, run_id: str) -> ArtifactStore:
        """Return where the run's files are, for reading: the models that it has logged are among them."""
        return run_files(self._reads, self._reads.get_run(run_id))

    def _artifacts(self, run_id: str) -> ArtifactStore:
        """Return where the run's files are; a run that is active here is not read from the store for it."""
        entry = STACK.find(run_id)
        if entry is not None and entry.store.uri == self.tracking_uri:
            uri = entry.run.info.artifact_uri
        else:
            uri = self._reads.get_run(run_id).info.artifact_uri
        if uri is None:
            raise InvalidStateError(f"Run {run_id} has no place for artifacts.")
        return artifact_store(uri)

    def _runs_with_table(self, experiment_id: str, artifact_file: str) -> list[RunInfo]:
        store, mark = self._reads, f'"path": {json.dumps(artifact_file)}'
        runs = all_pages(lambda size, token: store.search_runs([experiment_id], max_results=size, page_token=token))
        return [run.info for run in runs if mark in run.data.tags.get(TABLES_TAG, "")]

    def _note_table(self, run_id: str, artifact_file: str) -> None:
        text = self._reads.get_run(run_id).data.tags.get(TABLES_TAG, "[]")
        entry = {"path": artifact_file, "type": "table"}
        known = json.loads(text)
        if entry not in known:
            self._writes.writer(run_id).set_tags({TABLES_TAG: json.dumps([*known, entry])})


def path_of(path: object) -> Path:
    """Return the path of what to log; InvalidParameterError where it is no path."""
    if isinstance(path, str | os.PathLike):
        return Path(path)
    raise InvalidParameterError(
        f"The path of a file is expected, not a {type(path).__name__}; "
        "log_dict, log_text, log_figure and log_image keep objects."
    )


def _existing_table(files: ArtifactStore, path: str) -> tuple[list[str], list[list[Any]]] | None:
    try:
        with files.open(path) as file:
            table = json.load(file)
            return list(table["columns"]), list(table["data"])
    except ResourceDoesNotExistError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidStateError(f"{path!r} is there already and is not a table; choose another name.") from error
