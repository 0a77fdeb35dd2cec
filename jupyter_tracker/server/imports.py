"""Imports that take a while: what they leave is kept from the garbage collector."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def imports_kept() -> Iterator[None]:
    """Let the garbage collector skip what is made meanwhile, now and for ever: what is imported stays.

    It would look through all of it again and again, which is a fifth of the time that SQLAlchemy's import takes. One
    inside of another leaves the end of it to that.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if collects:
            gc.enable()
