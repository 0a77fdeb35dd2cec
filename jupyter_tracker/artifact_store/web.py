"""Single files at an ``http(s)://`` address, to be read. The web has no folders that could be listed."""

from __future__ import annotations

import os
import shutil
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import Final

from jupyter_tracker.artifact_store.local import TEMPORARY
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError, StoreError

SCHEMES: Final = ("http", "https")
_TIMEOUT_S: Final = 60


def is_web(uri: str) -> bool:
    """Tell whether a URI is an address of the web."""
    return uri.partition("://")[0].lower() in SCHEMES


def download(uri: str, dst: Path | None = None) -> Path:
    """Return a copy of the file at an address: below `dst`, or in a new temporary folder.

    Raises
    ------
    InvalidParameterError
        The address ends with a slash: it names no file.
    ResourceDoesNotExistError
        There is nothing at this address.
    StoreError
        It cannot be reached, or breaks off before its end.
    """
    name = _name_of(uri)
    if not is_web(uri) or not name or name in {".", ".."}:
        raise InvalidParameterError(f"{uri!r} names no file: a folder cannot be read over HTTP. Name a file in it.")
    folder = Path(tempfile.mkdtemp(prefix="jupyter-tracker-")) if dst is None else dst
    folder.mkdir(parents=True, exist_ok=True)
    half = folder / f"{TEMPORARY}{os.urandom(16).hex()}"
    try:
        _fetch(uri, half)
        return half.replace(folder / name)
    finally:
        half.unlink(missing_ok=True)


def _fetch(uri: str, target: Path) -> None:
    """Write what is at an address to a new file; whole, or with an error."""
    try:
        with urllib.request.urlopen(uri, timeout=_TIMEOUT_S) as answer, target.open("xb") as file:  # noqa: S310 - checked
            shutil.copyfileobj(answer, file)
            missing = answer.length  # of the size that was told: Python takes a lost connection for the end of the file
    except urllib.error.HTTPError as error:
        if error.code in {404, 410}:
            raise ResourceDoesNotExistError(f"There is nothing at {uri}.") from error
        raise StoreError(f"{uri} cannot be read: HTTP {error.code} {error.reason}.") from error
    except (OSError, HTTPException, ValueError) as error:  # ValueError: a port that is no number
        raise StoreError(f"{uri} cannot be read: {error}") from error
    if missing:
        raise StoreError(f"{uri} cannot be read: it broke off, and {missing:,} bytes are missing.")


def _name_of(uri: str) -> str:
    """Return what the file at an address is called; empty where it names none."""
    try:
        return urllib.parse.unquote(urllib.parse.urlsplit(uri).path).rpartition("/")[2]
    except ValueError:  # `http://[`
        return ""
