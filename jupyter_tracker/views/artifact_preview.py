"""What can be shown of a file without saving it: a bounded part, and how it is to be drawn.

Only what a file is and how much of it is read is decided here. Nothing in it is believed: a browser draws
`html`, `svg` and `plotly` in a frame without an origin, Markdown through a sanitizer, and all else as text.
"""

from __future__ import annotations

import csv
import io
import json
import posixpath
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, Literal, TypeAlias

from jupyter_tracker.views.common import cut

PreviewKind: TypeAlias = Literal["image", "svg", "html", "plotly", "markdown", "json", "code", "text", "table", "none"]

TEXT_BYTES: Final = 512_000
"""Of a text, a table or a JSON file at most so much is read."""
FRAME_BYTES: Final = 6_000_000
"""An HTML page, an SVG or a Plotly figure is shown whole or not at all."""
IMAGE_BYTES: Final = 20_000_000

_ROWS: Final = 200
_COLUMNS: Final = 60
_HEAD_BYTES: Final = 32
_FRAMES: Final[dict[str, PreviewKind]] = {".html": "html", ".htm": "html", ".svg": "svg"}
_MARKDOWN: Final = frozenset({".md", ".markdown"})
_TABLES: Final = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
_CODE: Final = {
    ".py": "python", ".js": "javascript", ".ts": "typescript", ".sh": "shell", ".r": "r", ".jl": "julia",
    ".sql": "sql", ".c": "c", ".h": "c", ".cpp": "cpp", ".rs": "rust", ".go": "go", ".java": "java",
    ".yaml": "yaml", ".yml": "yaml", ".toml": "toml", ".ini": "ini", ".cfg": "ini", ".xml": "xml", ".css": "css",
    ".diff": "diff", ".patch": "diff",
}  # fmt: skip
_NAMED: Final = {"MLmodel": "yaml", "Makefile": "make", "Dockerfile": "docker"}
_IMAGES: Final = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"GIF8", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
    (b"BM", 0, "image/bmp"),
    (b"ftypavif", 4, "image/avif"),
)
_IMAGE_NAMES: Final = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".avif"})


@dataclass(frozen=True)
class TablePreview:
    """The first rows and columns of a table, all cells as text."""

    columns: list[str]
    columns_total: int
    numeric: list[bool]
    """Which columns hold numbers only, and are aligned so."""
    rows: list[list[str]]
    rows_total: int | None
    """Null where only the beginning of the file was read."""


@dataclass(frozen=True)
class ArtifactPreviewView:
    """A file, or the beginning of it."""

    path: str
    kind: PreviewKind
    size_bytes: int
    media_type: str
    """Of an image, by its first bytes; its content is fetched apart."""
    language: str
    """Of code."""
    text: str
    truncated: bool
    """`text` or `table` is the beginning only."""
    table: TablePreview | None
    reason: str
    """Why there is nothing to see, for `none`."""


def artifact_preview_view(opened: BinaryIO, path: str) -> ArtifactPreviewView:
    """Return what can be shown of an opened file that can be sought in; `path` is how the run names it."""
    size = opened.seek(0, io.SEEK_END)
    opened.seek(0)
    suffix = posixpath.splitext(path)[1].lower()
    head = opened.read(_HEAD_BYTES)
    image = _image_type(head)
    if suffix in _IMAGE_NAMES:
        return _image(path, size, image)
    whole = suffix in _FRAMES or suffix == ".json"
    content = head + opened.read((FRAME_BYTES if whole else TEXT_BYTES) - len(head))
    text = _text(content, cut_off=len(content) < size)
    if text is None:
        return _nothing(path, size, _why(suffix))
    if suffix in _FRAMES:
        if len(content) < size:
            return _nothing(path, size, "It is too large to be shown here.")
        return _shown(path, _FRAMES[suffix], size, text)
    if suffix == ".json":
        return _json(path, size, text, whole=len(content) == size)
    return _of_text(path, suffix, size, text, truncated=len(content) < size)


def _of_text(path: str, suffix: str, size: int, text: str, *, truncated: bool) -> ArtifactPreviewView:
    if suffix in _TABLES:
        table = _csv_table(text, _TABLES[suffix], truncated=truncated)
        if table is not None:
            return _shown(path, "table", size, "", truncated=truncated, table=table)
    if suffix in _MARKDOWN:
        return _shown(path, "markdown", size, text, truncated=truncated)
    language = _CODE.get(suffix) or _NAMED.get(posixpath.basename(path))
    if language is not None:
        return _shown(path, "code", size, text, truncated=truncated, language=language)
    return _shown(path, "text", size, text, truncated=truncated)


def _json(path: str, size: int, text: str, *, whole: bool) -> ArtifactPreviewView:
    try:
        return _of_json(path, size, text, whole=whole)
    except (ValueError, RecursionError):  # what is read may still be nested too deep to be written again
        return _shown(path, "text", size, text[:TEXT_BYTES], truncated=len(text) > TEXT_BYTES)


def _of_json(path: str, size: int, text: str, *, whole: bool) -> ArtifactPreviewView:
    found = json.loads(text) if whole else None
    if _is_plotly(found):
        return _shown(path, "plotly", size, text)
    table = _split_table(found)
    if table is not None:
        return _shown(path, "table", size, "", table=table)
    if len(text) <= TEXT_BYTES and whole:
        text = json.dumps(found, indent=2, ensure_ascii=False)
    return _shown(path, "json", size, text[:TEXT_BYTES], truncated=len(text) > TEXT_BYTES or not whole)


def _is_plotly(found: Any) -> bool:
    if not isinstance(found, dict) or not isinstance(found.get("layout"), dict):
        return False
    traces = found.get("data")
    return isinstance(traces, list) and all(isinstance(trace, dict) for trace in traces)


def _split_table(found: Any) -> TablePreview | None:
    """Return the table that `log_table` wrote, and pandas with ``orient="split"``."""
    if not isinstance(found, dict) or not {"columns", "data"} <= found.keys():
        return None
    columns, rows = found["columns"], found["data"]
    if not isinstance(columns, list) or not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        return None
    shown = [[_cell(cell) for cell in row[:_COLUMNS]] for row in rows[:_ROWS]]
    return _table([_cell(column) for column in columns], shown, len(rows))


def _csv_table(text: str, delimiter: str, *, truncated: bool) -> TablePreview | None:
    if delimiter == "," and text.split("\n", 1)[0].count(";") > text.split("\n", 1)[0].count(","):
        delimiter = ";"  # what a spreadsheet writes where the comma is in the numbers
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
    except csv.Error:
        return None
    if not rows:
        return None
    if truncated and len(rows) > 1:
        del rows[-1]  # it may be cut in the middle
    shown = [[cut(cell) for cell in row[:_COLUMNS]] for row in rows[1 : _ROWS + 1]]
    return _table([cut(name) for name in rows[0]], shown, None if truncated else len(rows) - 1)


def _table(columns: list[str], rows: list[list[str]], rows_total: int | None) -> TablePreview:
    shown = columns[:_COLUMNS]
    numeric = [
        any(index < len(row) and row[index] for row in rows)
        and all(_is_number(row[index]) for row in rows if index < len(row) and row[index])
        for index in range(len(shown))
    ]
    return TablePreview(shown, len(columns), numeric, rows, rows_total)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return cut(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _image_type(head: bytes) -> str | None:
    return next((kind for magic, at, kind in _IMAGES if head[at : at + len(magic)] == magic), None)


def _image(path: str, size: int, media_type: str | None) -> ArtifactPreviewView:
    if media_type is None:
        return _nothing(path, size, "It is called a picture, but it is none.")
    if size > IMAGE_BYTES:
        return _nothing(path, size, "The picture is too large to be shown here.")
    return ArtifactPreviewView(path, "image", size, media_type, "", "", truncated=False, table=None, reason="")


def _text(content: bytes, *, cut_off: bool) -> str | None:
    """Return UTF-8 text; None for anything else. A letter that was cut in the middle is left out."""
    if b"\0" in content:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if cut_off and error.start >= len(content) - 3:
            return content[: error.start].decode("utf-8-sig")
        return None


def _why(suffix: str) -> str:
    return "A PDF is not shown here: download it." if suffix == ".pdf" else "It is not a text."


def _nothing(path: str, size: int, reason: str) -> ArtifactPreviewView:
    return ArtifactPreviewView(path, "none", size, "", "", "", truncated=False, table=None, reason=reason)


def _shown(
    path: str,
    kind: PreviewKind,
    size: int,
    text: str,
    *,
    truncated: bool = False,
    language: str = "",
    table: TablePreview | None = None,
) -> ArtifactPreviewView:
    return ArtifactPreviewView(path, kind, size, "", language, text, truncated, table, "")
