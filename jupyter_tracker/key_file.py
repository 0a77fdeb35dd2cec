"""A file with a secret key that is made once, for its owner only: what is signed with it, nobody else has written."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

KEY_BYTES: Final = 32


def make_key_file(path: Path) -> None:
    """Make the file of a key where there is none; of two processes that do so at once, both find the same key in it.

    Raises
    ------
    OSError
        It cannot be written. Its folder must be there.
    """
    if path.exists():
        return
    made = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
        try:
            os.link(made, path)
        except FileExistsError:
            pass
        except OSError:  # a file system without hard links
            made.replace(path)
    finally:
        made.unlink(missing_ok=True)
