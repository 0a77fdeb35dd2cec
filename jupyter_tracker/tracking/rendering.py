"""Turns what users log into the bytes of a file: figures, images, tables, dictionaries.

Pure. The libraries that the objects belong to are there already; none is imported for them but Pillow,
which draws arrays as images.
"""

from __future__ import annotations

import importlib
import io
import json
import math
import posixpath
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_tracker.errors import InvalidParameterError, TrackerError, warn_once

_YAML = frozenset({".yaml", ".yml"})


def suffix_of(path: str) -> str:
    """Return a file's ending in lower case, with its dot."""
    return posixpath.splitext(path)[1].lower()


def dict_bytes(dictionary: Any, path: str) -> bytes:
    """Return a dictionary or list as YAML where `path` ends in ``.yaml`` or ``.yml``, else as JSON.

    Where PyYAML is missing the YAML file holds JSON, which YAML readers read.
    """
    if suffix_of(path) in _YAML:
        try:
            yaml = importlib.import_module("yaml")
        except ImportError:
            pass
        else:
            plain = json.loads(json_text(dictionary))
            return str(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True)).encode()
    return json_text(dictionary, indent=2).encode()


def json_text(value: Any, indent: int | None = None) -> str:
    """Return `value` as JSON text; NumPy numbers and arrays, dates and other objects as what they stand for."""
    try:
        return json.dumps(value, indent=indent, default=_plain, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise InvalidParameterError(f"This cannot be written as JSON: {error}.") from error


def _plain(value: Any) -> Any:
    for method in ("tolist", "isoformat", "to_dict"):
        convert = getattr(value, method, None)
        if callable(convert):
            return convert()
    if isinstance(value, set | frozenset | bytes):
        return list(value) if not isinstance(value, bytes) else value.decode("utf-8", "replace")
    return str(value)


def figure_bytes(figure: Any, path: str, save_kwargs: Mapping[str, Any] | None = None) -> bytes:
    """Return a matplotlib or Plotly figure in the format that `path` ends in.

    matplotlib draws png, svg, pdf, jpg …; Plotly html and json, and images where `kaleido` is installed.
    """
    options = dict(save_kwargs or {})
    ending = suffix_of(path).removeprefix(".")
    if hasattr(figure, "savefig"):
        buffer = io.BytesIO()
        try:
            figure.savefig(buffer, **{"format": ending or "png", **options})
        except ValueError as error:
            raise InvalidParameterError(f"Cannot draw the figure as {path!r}: {error}.") from error
        return buffer.getvalue()
    if hasattr(figure, "to_plotly_json"):
        return _plotly_bytes(figure, ending, options)
    raise InvalidParameterError(
        f"log_figure takes a figure of matplotlib or Plotly, not {type(figure).__module__}.{type(figure).__qualname__}."
    )


def _plotly_bytes(figure: Any, ending: str, options: dict[str, Any]) -> bytes:
    if ending in {"html", "htm"}:
        return str(figure.to_html(**{"include_plotlyjs": "cdn", **options})).encode()
    if ending == "json":
        return str(figure.to_json(**options)).encode()
    if ending in {"png", "jpg", "jpeg", "webp", "svg", "pdf"}:
        try:
            return bytes(figure.to_image(format=ending, **options))
        except (ImportError, ValueError, RuntimeError) as error:
            raise TrackerError(
                f"Plotly could not draw the figure as {ending} ({error}). Install kaleido, or log it as .html or .json."
            ) from error
    raise InvalidParameterError(f"Plotly figures are logged as .html, .json or an image, not '.{ending}'.")


def image_bytes(image: Any, kind: str = "png", quality: int | None = None) -> bytes:
    """Return an image in a format that Pillow writes (``png``, ``jpg``, ``webp`` …).

    `image` is a Pillow image, or an array of shape (height, width), (height, width, 1), (…, 3) or (…, 4): booleans,
    integers from 0 to 255, or floats from 0 to 1.
    """
    picture = image if hasattr(image, "save") and hasattr(image, "mode") else _image_of_array(image)
    options = {} if quality is None else {"quality": quality}
    name = {"jpg": "jpeg", "": "png"}.get(kind, kind)
    if name == "jpeg" and picture.mode not in {"L", "RGB", "CMYK"}:
        picture = picture.convert("RGB")
    buffer = io.BytesIO()
    try:
        picture.save(buffer, format=name, **options)
    except (KeyError, ValueError, OSError) as error:
        raise InvalidParameterError(f"Cannot write the image as {kind!r}: {error}.") from error
    return buffer.getvalue()


def _image_of_array(image: Any) -> Any:
    import numpy as np

    try:
        pillow = importlib.import_module("PIL.Image")
    except ImportError as error:
        raise TrackerError(
            "Logging an array as an image needs Pillow: install it, or `jupyter-experiment-tracker[images]`."
        ) from error
    pixels = np.asarray(image)
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    if not (pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] in {3, 4})) or not pixels.size:
        raise InvalidParameterError(
            f"An image has the shape (height, width) or (height, width, 1, 3 or 4), not {pixels.shape}."
        )
    return pillow.fromarray(_as_bytes(pixels))


def _as_bytes(pixels: Any) -> Any:
    import numpy as np

    kind = pixels.dtype.kind
    if kind == "b":
        return pixels.astype(np.uint8) * 255
    if kind in "iu":
        if pixels.min() < 0 or pixels.max() > 255:
            raise InvalidParameterError("Pixels of whole numbers must be from 0 to 255.")
        return pixels.astype(np.uint8)
    if kind == "f":
        if not np.isfinite(pixels).all():
            raise InvalidParameterError("Pixels of floats must be numbers: NaN or an infinity is among them.")
        return np.round(_within_one(pixels) * 255).astype(np.uint8)
    raise InvalidParameterError(f"Pixels must be booleans, integers or floats, not {pixels.dtype}.")


def _within_one(pixels: Any) -> Any:
    """Return pixels of floats as they are, or brought to 0…1 where they go beyond it: standardized images do."""
    low, high = float(pixels.min()), float(pixels.max())
    if low >= 0 and high <= 1:
        return pixels
    warn_once(
        f"Pixels of floats from {low:g} to {high:g} were stretched to 0…1: the smallest is black, the largest white.",
        topic="float pixels",
    )
    pixels = pixels.astype("float64")
    return (pixels - low) / (high - low) if high > low else pixels * 0


def table_of(data: Any) -> tuple[list[str], list[list[Any]]]:
    """Return the columns and rows of a DataFrame, or of a mapping from column to values (or to one value).

    Numbers that JSON does not know (NaN and the infinities) become None.
    """
    if hasattr(data, "columns") and hasattr(data, "to_dict"):
        columns = [str(name) for name in data.columns]
        values = [_values(data[name]) for name in data.columns]
    elif isinstance(data, Mapping):
        columns = [str(name) for name in data]
        values = [_values(value) if _is_column(value) else [value] for value in data.values()]
    else:
        raise InvalidParameterError(
            f"log_table takes a DataFrame or a dictionary of columns, not {type(data).__name__}."
        )
    lengths = {name: len(column) for name, column in zip(columns, values, strict=True)}
    if len(set(lengths.values())) > 1:
        raise InvalidParameterError(f"The columns of a table must be equally long, but they have {lengths} rows.")
    rows = [[_cell(value) for value in row] for row in zip(*values, strict=True)]
    return columns, rows


def merged_tables(
    first: tuple[list[str], list[list[Any]]], second: tuple[list[str], list[list[Any]]]
) -> tuple[list[str], list[list[Any]]]:
    """Return the rows of both tables below all their columns; what one of them does not have is None."""
    columns = [*first[0], *(name for name in second[0] if name not in first[0])]
    if columns == second[0] == first[0]:
        return columns, first[1] + second[1]
    rows = []
    for names, part in (first, second):
        for row in part:
            cells = dict(zip(names, row, strict=True))
            rows.append([cells.get(name) for name in columns])
    return columns, rows


def _is_column(value: Any) -> bool:
    return (isinstance(value, Sequence) and not isinstance(value, str | bytes)) or hasattr(value, "tolist")


def _values(column: Any) -> list[Any]:
    for method in ("tolist", "to_list"):
        convert = getattr(column, method, None)
        if callable(convert):
            found = convert()
            return found if isinstance(found, list) else [found]
    return list(column)


def _cell(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if type(value).__name__ in {"NaTType", "NAType"}:
        return None
    return value
