"""The points of runs as Parquet, both directions, in bounded memory. pyarrow is used nowhere else."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, BinaryIO

from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.store.points import Points
from jupyter_tracker.transfer.requirements import pyarrow

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from jupyter_tracker.entities import MetricSeries

    Columns = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]

_ROWS_AT_ONCE = 65_536
_COLUMNS = ("run_id", "key", "step", "timestamp", "value")
Place = tuple[int, int]
"""Which rows of a file are a run's: the first, and how many."""


class PointsWriter:
    """Points of many runs on their way into one file, a group of rows at a time.

    A file for each run would be simpler, but making one takes longer than packing the points of ten runs.
    """

    def __init__(self, sink: BinaryIO) -> None:
        pa, parquet = pyarrow(), pyarrow("pyarrow.parquet")
        codec = "zstd" if pa.Codec.is_available("zstd") else "snappy"
        self._pa, self._schema = pa, _schema(pa)
        self._writer = parquet.ParquetWriter(sink, self._schema, compression=codec)
        self._waiting: list[tuple[str, str, Columns]] = []
        self._waiting_rows = 0
        self.rows = 0

    def add(self, run_id: str, series: Iterable[MetricSeries]) -> Place:
        """Add the points of a run, and return where they will be."""
        first = self.rows
        for one in series:
            for start in range(0, len(one), _ROWS_AT_ONCE):
                part = slice(start, start + _ROWS_AT_ONCE)
                columns = one.step[part], one.timestamp[part], one.value[part]
                self._waiting.append((run_id, one.key, columns))
                self._waiting_rows += len(columns[0])
                self.rows += len(columns[0])
                if self._waiting_rows >= _ROWS_AT_ONCE:
                    self._write()
        return first, self.rows - first

    def close(self) -> None:
        """Finish the file."""
        if self._waiting:
            self._write()
        self._writer.close()

    def _write(self) -> None:
        import numpy as np

        pa = self._pa
        lengths = [len(columns[0]) for _, _, columns in self._waiting]
        columns = [_words(pa, names, lengths) for names in list(zip(*self._waiting, strict=True))[:2]]
        for index in range(3):
            numbers = np.concatenate([each[index] for _, _, each in self._waiting])
            columns.append(_array(pa, self._schema.field(index + 2).type, numbers))
        table = pa.Table.from_arrays(columns, schema=self._schema)
        self._writer.write_table(table, row_group_size=_ROWS_AT_ONCE)
        self._waiting, self._waiting_rows = [], 0


class PointsReader:
    """The points of runs in a file of `PointsWriter`; one group of rows is in memory at a time.

    Parameters
    ----------
    source : file
        The file, which stays open.
    most : int
        How many rows it may have.

    Raises
    ------
    InvalidParameterError
        It is no such file, or has more rows.
    """

    def __init__(self, source: BinaryIO, most: int) -> None:
        pa, parquet = pyarrow(), pyarrow("pyarrow.parquet")
        try:
            self._file = parquet.ParquetFile(source)
        except pa.ArrowException as error:
            raise _unreadable(error) from error
        metadata = self._file.metadata
        sizes = [metadata.row_group(index).num_rows for index in range(metadata.num_row_groups)]
        if (
            metadata.num_rows > most
            or sum(sizes) != metadata.num_rows
            or not all(0 < size <= _ROWS_AT_ONCE for size in sizes)
            or not self._file.schema_arrow.equals(_schema(pa))
        ):
            raise InvalidParameterError("its metrics are not what its description says")
        self._ends = list(accumulate(sizes))
        self._group: tuple[int, list[_Rows]] = (-1, [])

    def points(self, run_id: str, place: Place) -> Iterator[Points]:
        """Give the points of a run piece by piece, each of one metric."""
        first, count = place
        if first < 0 or count < 0 or first + count > (self._ends or [0])[-1]:
            raise InvalidParameterError("its metrics are not what its description says")
        at, end = first, first + count
        while at < end:
            index = bisect_right(self._ends, at)
            start = self._ends[index - 1] if index else 0
            for rows in self._rows(index):
                yield from rows.points(run_id, max(at - start, 0), min(end - start, len(rows.codes)))
                start += len(rows.codes)
            at = self._ends[index]

    def _rows(self, index: int) -> list[_Rows]:
        if self._group[0] != index:
            pa = pyarrow()
            try:
                self._group = (index, [_Rows(batch) for batch in self._file.iter_batches(_ROWS_AT_ONCE, [index])])
            except pa.ArrowException as error:
                raise _unreadable(error) from error
        return self._group[1]


class _Rows:
    """Some rows as columns; `codes` says which metric each is of."""

    def __init__(self, batch: Any) -> None:
        import numpy as np

        *runs, keys = batch.columns[:-3]
        self._runs = _coded(runs[0]) if runs else None
        self._names, self.codes = _coded(keys)
        self._steps, self._timestamps = (_numbers(column, np.int64) for column in batch.columns[-3:-1])
        self._values = _numbers(batch.columns[-1], np.float64)

    def points(self, run_id: str, start: int, end: int) -> Iterator[Points]:
        """Give the points of a range of rows, which must be of this run."""
        import numpy as np

        if start >= end:
            return
        if self._runs is not None:
            names, codes = self._runs
            if {names[code] for code in np.unique(codes[start:end]).tolist()} != {run_id}:
                raise InvalidParameterError("its metrics are those of another run")
        codes = self.codes[start:end]
        bounds = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist(), end - start]
        for one, other in pairwise(bounds):
            part = slice(start + one, start + other)
            key = self._names[int(codes[one])]
            yield Points(key, self._steps[part], self._timestamps[part], self._values[part])

    def all(self) -> Iterator[Points]:
        """Give all points, of whatever run."""
        return self.points("", 0, len(self.codes))


def read_points(source: BinaryIO, most: int) -> Iterator[Points]:
    """Give the points of a file of one run piece by piece, each of one metric: exports of format 1 have such files.

    Raises
    ------
    InvalidParameterError
        It is no such file, or has more than `most` points.
    """
    pa, parquet = pyarrow(), pyarrow("pyarrow.parquet")
    try:
        file = parquet.ParquetFile(source)
        if file.metadata.num_rows > most or not file.schema_arrow.equals(_schema(pa, _COLUMNS[1:])):
            raise InvalidParameterError("its metrics are not what its description says")
        for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE):
            yield from _Rows(batch).all()
    except pa.ArrowException as error:
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> InvalidParameterError:
    return InvalidParameterError(f"its metrics cannot be read: {error}")


def _schema(pa: Any, columns: Sequence[str] = _COLUMNS) -> Any:
    numbers = {"step": pa.int64(), "timestamp": pa.int64(), "value": pa.float64()}
    words = pa.dictionary(pa.int32(), pa.string())
    return pa.schema([(name, numbers.get(name, words)) for name in columns])


def _words(pa: Any, names: Sequence[str], lengths: Sequence[int]) -> Any:
    """Return a column in which each name stands as often as its length says."""
    import numpy as np

    codes = {name: code for code, name in enumerate(dict.fromkeys(names))}
    each = np.repeat(np.array([codes[name] for name in names], np.int32), lengths)
    data = [name.encode() for name in codes]
    ends = np.array([0, *accumulate(map(len, data))], np.int32)
    words = pa.StringArray.from_buffers(len(data), pa.py_buffer(ends), pa.py_buffer(b"".join(data)))
    return pa.DictionaryArray.from_arrays(_array(pa, pa.int32(), each), words)


def _array(pa: Any, kind: Any, column: npt.NDArray[np.generic]) -> Any:
    # `pa.array` imports pandas, which takes longer than many an export.
    return pa.Array.from_buffers(kind, len(column), [None, pa.py_buffer(column)])


def _coded(column: Any) -> tuple[list[str], npt.NDArray[np.int32]]:
    import numpy as np

    names = [str(name) for name in column.dictionary.to_pylist()]
    codes = _numbers(column.indices, np.int32)
    if len(codes) and not 0 <= int(codes.min()) <= int(codes.max()) < len(names):
        raise InvalidParameterError("its metrics have no names")
    return names, codes


def _numbers(column: Any, kind: type[np.generic]) -> npt.NDArray[Any]:
    import numpy as np

    if column.null_count:
        raise InvalidParameterError("its metrics have empty cells")
    # `to_numpy` would import pandas, too.
    return np.frombuffer(column.buffers()[1], kind)[column.offset : column.offset + len(column)]
