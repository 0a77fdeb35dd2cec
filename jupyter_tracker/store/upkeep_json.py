"""What `upkeep` is about, as JSON between our own client and server: MLflow's protocol has no words for it.

Whole runs come as lines, each a JSON object: a run, then its points piece by piece, and those again that name a logged
model or a data set. Points are packed, 8 bytes a
number and compressed, so that a long history is short on the way and is never in memory as a whole.
"""

from __future__ import annotations

import base64
import binascii
import json
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import IO, Any, BinaryIO, Final, cast

from jupyter_tracker.entities import Metric
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.store.points import Points
from jupyter_tracker.store.upkeep import ModelRecord, RegistryRecord, RunRecord, Trashed, VersionRecord
from jupyter_tracker.wire.logged import metric_to_json, metrics_of, without_empty
from jupyter_tracker.wire.logged_models import logged_model_from_json, logged_model_to_json
from jupyter_tracker.wire.reading import Fields
from jupyter_tracker.wire.registry import (
    model_version_from_json,
    model_version_to_json,
    registered_model_from_json,
    registered_model_to_json,
)
from jupyter_tracker.wire.runs import run_from_json, run_to_json

_AT_ONCE: Final = 1 << 16
_MEASURED_AT_ONCE: Final = 10_000
_LONGEST_LINE: Final = 64 << 20
_KINDS: Final = ("model", "run", "experiment")
_NUMBER_BYTES: Final = 8


def trashed_to_json(entry: Trashed) -> dict[str, Any]:
    """Return an entry of the trash."""
    return without_empty({name: getattr(entry, name) for name in Trashed.__dataclass_fields__})


def trashed_from_json(fields: Fields) -> Trashed:
    """Return the entry of the trash that an object holds."""
    kind = fields.text("kind")
    if kind not in _KINDS:
        raise fields.invalid("kind", kind, f"one of {', '.join(_KINDS)} is expected")
    return Trashed(
        cast("Any", kind),
        fields.text("id"),
        fields.optional("name") or "",
        fields.optional("artifact_uri"),
        fields.integer("size_bytes", 0),
        fields.optional("needed_by"),
        fields.integer("deleted_time") if "deleted_time" in fields else None,
    )


def model_record_to_json(record: ModelRecord) -> dict[str, Any]:
    """Return a logged model on its way into a store."""
    model = logged_model_to_json(record.model)
    return without_empty({"model": model, "artifact_uri": record.artifact_uri, "deleted": record.deleted})


def model_record_from_json(fields: Fields) -> ModelRecord:
    """Return the logged model that an object holds."""
    model = logged_model_from_json(fields.nested("model"))
    return ModelRecord(model, fields.optional("artifact_uri"), fields.flag("deleted", default=False))


def registry_record_to_json(record: RegistryRecord) -> dict[str, Any]:
    """Return a registered model on its way into a store."""
    versions = [
        without_empty({"version": model_version_to_json(each.version), "location": each.location})
        for each in record.versions
    ]
    return {"model": registered_model_to_json(replace(record.model, latest_versions=[])), "versions": versions}


def registry_record_from_json(fields: Fields) -> RegistryRecord:
    """Return the registered model that an object holds."""
    versions = [
        VersionRecord(model_version_from_json(each.nested("version")), each.optional("location"))
        for each in fields.objects("versions")
    ]
    return RegistryRecord(registered_model_from_json(fields.nested("model")), versions)


# whole runs --------------------------------------------------------------------------------------


def lines_of_runs(records: Sequence[RunRecord]) -> Iterator[bytes]:
    """Yield runs as lines, each with its points behind it."""
    for record in records:
        run = {"run": run_to_json(record.run), "artifact_uri": record.artifact_uri, "deleted_time": record.deleted_time}
        yield _line(without_empty(run))
        for points in record.metrics():
            for start in range(0, len(points.steps), _AT_ONCE):
                yield _line({"points": _packed(points, slice(start, start + _AT_ONCE))})
        for start in range(0, len(record.measured), _MEASURED_AT_ONCE):
            some = record.measured[start : start + _MEASURED_AT_ONCE]
            yield _line({"measured": [metric_to_json(metric) for metric in some]})


def runs_of_lines(file: BinaryIO, spool: IO[bytes]) -> list[RunRecord]:
    """Return the runs that lines hold; their points are read from `spool`, a file of our own, when they are wanted.

    Raises
    ------
    InvalidParameterError
        A line is not as expected; its number is in the message.
    """
    found: list[tuple[Fields, list[int], list[Metric]]] = []
    number = 0
    while line := file.readline(_LONGEST_LINE + 1):
        number += 1
        fields = _object(line, number)
        if "run" in fields:
            found.append((fields, [], []))
        elif found and "measured" in fields:
            found[-1][2].extend(metrics_of(fields, "measured"))
        elif found:
            _unpacked(fields.nested("points"))  # what is wrong is said before anything is written
            found[-1][1].append(spool.tell())
            spool.write(line)
        else:
            raise InvalidParameterError(f"Line {number} of the runs has points before a run.")
    return [_record(fields, offsets, measured, spool) for fields, offsets, measured in found]


def _record(fields: Fields, offsets: Sequence[int], measured: Sequence[Metric], spool: IO[bytes]) -> RunRecord:
    def points() -> Iterable[Points]:
        for offset in offsets:
            spool.seek(offset)
            yield _unpacked(Fields(json.loads(spool.readline())).nested("points"))

    deleted = fields.integer("deleted_time") if "deleted_time" in fields else None
    return RunRecord(run_from_json(fields.nested("run")), points, deleted, fields.optional("artifact_uri"), measured)


def _line(found: dict[str, Any]) -> bytes:
    return json.dumps(found, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def _object(line: bytes, number: int) -> Fields:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or len(line) > _LONGEST_LINE:
        raise InvalidParameterError(f"Line {number} of the runs is no JSON object of at most {_LONGEST_LINE} bytes.")
    return Fields(found, f"line {number}: ")


def _packed(points: Points, part: slice) -> dict[str, Any]:
    columns = {
        "steps": _pack(points.steps[part], "<i8"),
        "timestamps": _pack(points.timestamps[part], "<i8"),
        "values": _pack(points.values[part], "<f8"),
    }
    return {"key": points.key, "count": len(points.steps[part]), **columns}


def _pack(column: Any, kind: str) -> str:
    import numpy as np

    return base64.b64encode(zlib.compress(np.asarray(column, kind).tobytes(), 1)).decode()


def _unpacked(fields: Fields) -> Points:
    count = fields.integer("count")
    if not 0 < count <= _AT_ONCE:
        raise fields.invalid("count", count, f"1 to {_AT_ONCE} points are expected")
    steps, timestamps = (_column(fields, name, count, "<i8") for name in ("steps", "timestamps"))
    return Points(fields.text("key"), steps, timestamps, _column(fields, "values", count, "<f8"))


def _column(fields: Fields, name: str, count: int, kind: str) -> Any:
    import numpy as np

    size = count * _NUMBER_BYTES
    try:
        unpacker = zlib.decompressobj()
        content = unpacker.decompress(base64.b64decode(fields.text(name), validate=True), size + 1)
    except (binascii.Error, zlib.error, ValueError):
        content = b""
    if len(content) != size:
        raise fields.invalid(name, fields.get(name), f"{count} packed numbers are expected")
    column = np.frombuffer(content, kind)
    return column if sys.byteorder == "little" else column.astype(kind.replace("<", "="))
