"""The points of a run as Parquet, both directions, in bounded memory. pyarrow is used nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any, BinaryIO

from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.store.points import Points
from jupyter_tracker.transfer.requirements import pyarrow

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from jupyter_tracker.entities import MetricSeries

_ROWS_AT_ONCE = 65_536
_COLUMNS = ("key", "step", "timestamp", "value")


def write_points(series: Iterable[MetricSeries], sink: BinaryIO) -> int:
    """Write the points of many metrics, and return how many there were."""
    pa, parquet = pyarrow(), pyarrow("pyarrow.parquet")
    schema = _schema(pa)
    codec = "zstd" if pa.Codec.is_available("zstd") else "snappy"
    count = 0
    with parquet.ParquetWriter(sink, schema, compression=codec) as writer:
        waiting: list[Any] = []
        rows = 0
        for one in series:
            for table in _tables(pa, schema, one):
                waiting.append(table)
                rows += table.num_rows
                if rows >= _ROWS_AT_ONCE:
                    count += _write(pa, writer, waiting)
                    waiting, rows = [], 0
        if waiting:
            count += _write(pa, writer, waiting)
    return count


def read_points(source: BinaryIO, most: int) -> Iterator[Points]:
    """Give the points of a file piece by piece, each of one metric.

    Raises
    ------
    InvalidParameterError
        It is no such file, or has more than `most` points.
    """
    pa, parquet = pyarrow(), pyarrow("pyarrow.parquet")
    try:
        file = parquet.ParquetFile(source)
        if file.metadata.num_rows > most or not file.schema_arrow.equals(_schema(pa)):
            raise InvalidParameterError("its metrics are not what its description says")
        for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE):
            yield from _pieces(batch)
    except pa.ArrowException as error:
        raise InvalidParameterError(f"its metrics cannot be read: {error}") from error


def _schema(pa: Any) -> Any:
    types = (pa.dictionary(pa.int32(), pa.string()), pa.int64(), pa.int64(), pa.float64())
    return pa.schema(list(zip(_COLUMNS, types, strict=True)))


def _tables(pa: Any, schema: Any, series: MetricSeries) -> Iterator[Any]:
    import numpy as np

    for start in range(0, len(series), _ROWS_AT_ONCE):
        end = min(start + _ROWS_AT_ONCE, len(series))
        codes = _array(pa, schema.field(0).type.index_type, np.zeros(end - start, np.int32))
        columns = [pa.DictionaryArray.from_arrays(codes, _text(pa, series.key))]
        for index, column in enumerate((series.step, series.timestamp, series.value), 1):
            columns.append(_array(pa, schema.field(index).type, np.ascontiguousarray(column[start:end])))
        yield pa.Table.from_arrays(columns, schema=schema)


def _array(pa: Any, kind: Any, column: npt.NDArray[np.generic]) -> Any:
    # `pa.array` imports pandas, which takes longer than many an export.
    return pa.Array.from_buffers(kind, len(column), [None, pa.py_buffer(column)])


def _text(pa: Any, text: str) -> Any:
    import numpy as np

    data = text.encode()
    return pa.StringArray.from_buffers(1, pa.py_buffer(np.array([0, len(data)], np.int32)), pa.py_buffer(data))


def _write(pa: Any, writer: Any, tables: list[Any]) -> int:
    table = pa.concat_tables(tables).unify_dictionaries()
    writer.write_table(table)
    rows: int = table.num_rows
    return rows


def _pieces(batch: Any) -> Iterator[Points]:
    import numpy as np

    keys = batch.column(0)
    names = keys.dictionary.to_pylist()
    codes = _numbers(keys.indices, np.int32)
    if len(codes) and not 0 <= int(codes.min()) <= int(codes.max()) < len(names):
        raise InvalidParameterError("its metrics have no names")
    steps, timestamps = _numbers(batch.column(1), np.int64), _numbers(batch.column(2), np.int64)
    values = _numbers(batch.column(3), np.float64)
    bounds = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist(), len(codes)]
    for start, end in pairwise(bounds):
        if end > start:
            key = str(names[int(codes[start])])
            yield Points(key, steps[start:end], timestamps[start:end], values[start:end])


def _numbers(column: Any, kind: type[np.generic]) -> npt.NDArray[Any]:
    import numpy as np

    if column.null_count:
        raise InvalidParameterError("its metrics have empty cells")
    # `to_numpy` would import pandas, too.
    return np.frombuffer(column.buffers()[1], kind)[column.offset : column.offset + len(column)]
