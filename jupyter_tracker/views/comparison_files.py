"""What lies in the files of some runs, side by side: packages, artifacts, the cell's source, uncommitted changes.

Reading files may take long where they lie in an object store, so this is asked for apart from the rest.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from jupyter_tracker.artifact_store import artifact_store
from jupyter_tracker.entities import Run
from jupyter_tracker.errors import InvalidParameterError, TrackerError
from jupyter_tracker.store.base import Store
from jupyter_tracker.views.artifact_list import artifact_list
from jupyter_tracker.views.comparison import ComparisonOptions, baseline_index, compared_runs
from jupyter_tracker.views.comparison_rows import CELLS, ComparisonGroup, ComparisonRow, comparison_group
from jupyter_tracker.views.rounding import file_size
from jupyter_tracker.views.run_files import run_files

ComparisonPart: TypeAlias = Literal["packages", "artifacts", "code"]
ComparisonFile: TypeAlias = Literal["source", "diff"]
"""The source of the tracked cell, or the changes that were not committed when it ran."""

_REQUIREMENTS: Final = "environment/requirements.txt"
_NAMES: Final[Mapping[ComparisonFile, str]] = {"source": "source.py", "diff": "diff.patch"}
_LABELS: Final[Mapping[ComparisonFile, str]] = {"source": "Cell source", "diff": "Uncommitted changes"}
_MOST_BYTES: Final = 400_000
_MOST_CELLS: Final = 20
_MOST_FILES: Final = 500


@dataclass(frozen=True)
class ComparisonFilesView:
    """One kind of files of some runs; the group's cells are aligned with the runs of the `ComparisonView`."""

    store_id: str
    group: ComparisonGroup
    without: list[str]
    """Ids of runs whose packages were not written down: they count neither as different nor as equal."""
    added: int
    """Rows that the baseline lacks; `removed` are those that only other runs lack."""
    removed: int
    changed: int


@dataclass(frozen=True)
class ComparedText:
    """A file of one run, as text."""

    run_id: str
    text: str | None
    """Null where the run has no such file."""
    is_cut: bool


@dataclass(frozen=True)
class ComparisonTextView:
    """A file of one or two runs."""

    store_id: str
    file: ComparisonFile
    texts: list[ComparedText]


def comparison_files_view(store: Store, options: ComparisonOptions, part: ComparisonPart) -> ComparisonFilesView:
    """Return one kind of files of some runs, side by side.

    Parameters
    ----------
    store : Store
        Where the runs are.
    options : ComparisonOptions
        Which runs; `baseline` is what rows are added to, or removed from.
    part : {"packages", "artifacts", "code"}
        Installed packages with their versions, files with their sizes, or which version of the code.

    Raises
    ------
    InvalidParameterError
        There is no such part, or the runs are too few or too many.
    ResourceDoesNotExistError
        None of the runs is there.
    """
    runs, missing = compared_runs(store, options.run_ids)
    baseline = baseline_index(runs, missing, options.baseline)
    values = _values(store, runs, part)
    here = [i for i, mapping in enumerate(values) if mapping is not None]
    among = comparison_group(part, [mapping for mapping in values if mapping is not None], CELLS)
    if part == "artifacts":
        among = replace(among, rows=[_with_sizes(row) for row in among.rows])
    counts = [_count(row, here.index(baseline)) for row in among.rows] if baseline in here else []
    return ComparisonFilesView(
        store_id=store.store_id,
        group=replace(among, rows=[_spread(row, here, len(runs)) for row in among.rows]),
        without=[run.info.run_id for i, run in enumerate(runs) if i not in here],
        added=counts.count("added"),
        removed=counts.count("removed"),
        changed=counts.count("changed"),
    )


def comparison_text_view(store: Store, run_ids: Sequence[str], file: ComparisonFile) -> ComparisonTextView:
    """Return a file of one or two runs as text, each at most 400,000 bytes of it.

    Raises
    ------
    InvalidParameterError
        There is no such file, or there are more than two runs.
    ResourceDoesNotExistError
        A run is not there.
    """
    if file not in _NAMES:
        raise InvalidParameterError(f"file={file!r}: 'source' or 'diff' is expected.")
    if not 1 <= len(run_ids) <= 2:
        raise InvalidParameterError(f"One or two runs are expected, not {len(run_ids)}.")
    texts = []
    for run_id in run_ids:
        text = _cell_text(store.get_run(run_id), file)
        is_cut = text is not None and len(text) > _MOST_BYTES
        texts.append(ComparedText(run_id, None if text is None else text[:_MOST_BYTES], is_cut))
    return ComparisonTextView(store.store_id, file, texts)


def _values(store: Store, runs: Sequence[Run], part: ComparisonPart) -> Sequence[Mapping[str, str] | None]:
    """Return the rows of each run by key; None for a run of which it is not known."""
    if part == "packages":
        return [_packages(run) for run in runs]
    if part == "artifacts":
        return [_artifacts(store, run) for run in runs]
    if part == "code":
        return _code(runs)
    raise InvalidParameterError(f"part={part!r}: 'packages', 'artifacts' or 'code' is expected.")


def _packages(run: Run) -> Mapping[str, str] | None:
    content = _read(run, _REQUIREMENTS)
    return None if content is None else _parsed(content)


@functools.lru_cache(maxsize=64)
def _parsed(content: bytes) -> Mapping[str, str]:
    """Return the versions by package. Runs of one environment have one and the same text."""
    versions = {}
    for line in content.decode("utf-8", "replace").splitlines():
        name, found, version = line.partition(" @ ") if " @ " in line else line.partition("==")
        if found and not line.startswith("#"):
            versions[name.strip()] = version.strip()
    return MappingProxyType(versions)


def _artifacts(store: Store, run: Run) -> dict[str, str]:
    """Return the sizes in bytes, as text, by path; a folder that was not looked into has none."""
    files, _ = artifact_list(functools.partial(run_files, store, run), shown=_MOST_FILES)
    return {file.path: "folder" if file.size_bytes is None else str(file.size_bytes) for file in files}


def _with_sizes(row: ComparisonRow) -> ComparisonRow:
    """Return a row with sizes for people; to the byte where they would look the same and are not."""
    shown = [cell if cell is None or not cell.isdecimal() else file_size(int(cell)) for cell in row.cells]
    if row.differs and len(set(shown)) < len(set(row.cells)):
        shown = [cell if cell is None or not cell.isdecimal() else f"{int(cell):,} B" for cell in row.cells]
    return replace(row, cells=shown)


def _code(runs: Sequence[Run]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = [{} for _ in runs]
    for file, label in _LABELS.items():
        texts = [_cell_text(run, file) for run in runs]
        versions = list(dict.fromkeys(text for text in texts if text is not None))
        for mapping, text in zip(found, texts, strict=True):
            if text is not None:
                which = f"version {versions.index(text) + 1}, " if len(versions) > 1 else ""
                mapping[label] = which + (_lines(text) if file == "source" else _changes(text))
    return found


def _lines(text: str) -> str:
    count = len(text.splitlines())
    return f"{count:,} line{'s' * (count != 1)}"


def _changes(patch: str) -> str:
    lines = patch.splitlines()
    added = sum(line.startswith("+") and not line.startswith("+++ ") for line in lines)
    removed = sum(line.startswith("-") and not line.startswith("--- ") for line in lines)
    return f"+{added:,} -{removed:,}"


def _cell_text(run: Run, file: ComparisonFile) -> str | None:
    """Return the file of a tracked cell, and of the cells that went on with the run, one behind the other."""
    texts = []
    for number in range(1, _MOST_CELLS + 1):
        content = _read(run, f"{'cell' if number == 1 else f'cell-{number}'}/{_NAMES[file]}")
        if content is None:
            break
        texts.append(content.decode("utf-8", "replace"))
    return "\n".join(texts) if texts else None


def _read(run: Run, path: str) -> bytes | None:
    """Return a file, or its first part where it is very long; None where it is not there or cannot be read."""
    if not run.info.artifact_uri:
        return None
    try:
        with artifact_store(run.info.artifact_uri).open(path) as file:
            return file.read(_MOST_BYTES + 1)
    except (TrackerError, OSError):
        return None


def _spread(row: ComparisonRow, here: Sequence[int], count: int) -> ComparisonRow:
    """Return a row of the runs that have such files as one of all runs."""
    if not row.differs:
        return row
    cells: list[str | None] = [None] * count
    for i, cell in zip(here, row.cells, strict=True):
        cells[i] = cell
    return replace(row, cells=cells)


def _count(row: ComparisonRow, baseline: int) -> str:
    if not row.differs:
        return "same"
    base = row.cells[baseline]
    if base is None:
        return "added"
    return "changed" if any(cell not in {None, base} for cell in row.cells) else "removed"
