"""Whose models may run code when they are loaded: those that this user has saved, or has said so of.

A pickle runs whatever its writer wanted. So a model that needs one is loaded only if its content is on a list of
this user's, or if the caller says so. The list lies in the user's data folder, outside every store and project:
nothing that a folder, a zip or a server brings along can put a model on it. A line is the HMAC of the content's
digest with a key that only this user can read, so the list of another account, or one that was copied in, is worth
nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from jupyter_tracker import settings
from jupyter_tracker.errors import UntrustedModelError, warn_once
from jupyter_tracker.key_file import KEY_BYTES, make_key_file

_PURPOSE = b"jupyter_tracker: this user trusts the model with the digest "
_SHOWN = 12
# Written into a downloaded folder by registry clients; it says where the folder came from and is never loaded.
_NOT_CONTENT = frozenset({"registered_model_meta"})


def digest_of(files: Mapping[str, str]) -> str:
    """Return the digest of a folder from the SHA-256 of each file, by relative path."""
    whole = hashlib.sha256()
    for path in sorted(files):
        if path not in _NOT_CONTENT:
            whole.update(f"{len(path)} {path} {files[path]}\n".encode("utf-8", "surrogatepass"))
    return whole.hexdigest()


def folder_digest(folder: Path) -> str:
    """Return the digest of a folder as it is now."""
    return digest_of({name: _sha256(folder / name) for name in relative_files(folder)})


def relative_files(folder: Path) -> list[str]:
    """Return the files below a folder, as sorted relative paths with ``/``. Links to folders are not followed."""
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        found += [Path(place, name).relative_to(folder).as_posix() for name in names if not name.endswith(".pyc")]
    return sorted(found)


def remember(digest: str) -> None:
    """Put a digest on this user's list. Where that cannot be written, says so once and goes on."""
    try:
        key = _key(create=True)
        if key is None or _line(key, digest) in _lines():
            return
        descriptor = os.open(
            _folder() / "models", os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0), 0o600
        )
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(_line(key, digest) + "\n")
    except OSError as error:
        warn_once(
            f"The list of models you trust cannot be written ({error}), so loading this one asks for trust=True.",
            "trust list",
        )


def is_remembered(digest: str) -> bool:
    """Tell whether a digest is on this user's list."""
    key = _key(create=False)
    return key is not None and _line(key, digest) in _lines()


def is_granted(*, trust: bool) -> bool:
    """Tell whether the caller or the environment trusts whatever is loaded."""
    return trust or settings.flag("JUPYTER_TRACKER_TRUST_MODELS")


def refusal(uri: str, needs: Sequence[str]) -> UntrustedModelError:
    """Return the error for a model that needs what it may not have."""
    shown = ", ".join(needs[:_SHOWN]) + (f" and {len(needs) - _SHOWN} more" if len(needs) > _SHOWN else "")
    return UntrustedModelError(
        f"The model at {uri} is not on your list of trusted models, and loading it could run any code: it needs "
        f"{shown}. If you trust whoever made it, load it with load_model(…, trust=True), put it on your list with "
        f"`jupyter tracker models trust {uri}`, or set JUPYTER_TRACKER_TRUST_MODELS=1 to trust every model.",
        tuple(needs),
    )


def _folder() -> Path:
    return settings.user_data_folder() / "trust"


def _line(key: bytes, digest: str) -> str:
    return hmac.new(key, _PURPOSE + digest.encode(), hashlib.sha256).hexdigest()


def _lines() -> frozenset[str]:
    content = _read_private(_folder() / "models")
    return frozenset((content or b"").decode("ascii", "replace").split())


def _key(*, create: bool) -> bytes | None:
    """Return this user's key, made at need; None where there is none, or where others could have read it."""
    path = _folder() / "key"
    if create:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_key_file(path)
    key = _read_private(path)
    return key if key is not None and len(key) == KEY_BYTES else None


def _read_private(path: Path) -> bytes | None:
    """Return a file that only this user can change; None where it is missing, or where others can."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        if hasattr(os, "getuid"):
            about = os.fstat(file.fileno())
            if about.st_uid != os.getuid() or about.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                return None
        return file.read()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
