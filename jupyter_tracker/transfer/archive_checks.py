"""What is checked of an export file before anything of it is written: it may come from anybody."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Sequence

from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.transfer.archive_format import ENTRY, MANIFEST

# Below this an entry may be as dense as it likes; our own small blobs are.
_SMALL_BYTES = 16 << 20
_MOST_RATIO = 200
_TOTAL_SMALL_BYTES = 1 << 30
_JSON_BYTES = 256 << 20
_MOST_ENTRIES = 50_000_000


def check_entries(archive: zipfile.ZipFile, size_bytes: int) -> None:
    """Refuse names that an export does not have, links, encrypted and overlapping entries, and zip bombs.

    Raises
    ------
    InvalidParameterError
        The message names the entry. Nothing has been read but the directory of the file.
    """
    entries = archive.infolist()
    if len({entry.filename for entry in entries}) != len(entries):
        raise InvalidParameterError("it has two entries of one name")
    if MANIFEST not in archive.NameToInfo or len(entries) > _MOST_ENTRIES:
        raise InvalidParameterError(f"it has no {MANIFEST}")
    for entry in entries:
        _check_entry(entry)
    _check_places(entries, size_bytes)
    total = sum(entry.file_size for entry in entries)
    if total > _TOTAL_SMALL_BYTES and total > _MOST_RATIO * size_bytes:
        raise InvalidParameterError(f"it would unpack to {total:,} bytes, over {_MOST_RATIO} times its size")


def _check_entry(entry: zipfile.ZipInfo) -> None:
    shown = repr(entry.filename[:80])
    # The original name too: zipfile cuts one at a NUL.
    if not ENTRY.fullmatch(entry.filename) or entry.orig_filename != entry.filename:
        raise InvalidParameterError(f"an export has no entry of the name {shown}")
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
        raise InvalidParameterError(f"the entry {shown} is a link or a device")
    if entry.flag_bits & 0x1 or entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise InvalidParameterError(f"the entry {shown} is encrypted, or packed in a way that exports do not use")
    if entry.file_size > _SMALL_BYTES and entry.file_size > _MOST_RATIO * entry.compress_size:
        raise InvalidParameterError(
            f"the entry {shown} would unpack to {entry.file_size:,} bytes, over {_MOST_RATIO} times its size"
        )
    if entry.filename.endswith(".json") and entry.file_size > _JSON_BYTES:
        raise InvalidParameterError(f"the entry {shown} has {entry.file_size:,} bytes of JSON")


def _check_places(entries: Sequence[zipfile.ZipInfo], size_bytes: int) -> None:
    """Refuse entries that share bytes: a small file could claim the same ones many times."""
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            raise InvalidParameterError(f"the entry {entry.filename[:80]!r} overlaps another")
        end = entry.header_offset + 30 + len(entry.orig_filename) + entry.compress_size
    if end > size_bytes:
        raise InvalidParameterError("it is cut off")
