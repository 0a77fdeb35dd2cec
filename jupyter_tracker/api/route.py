"""One row of the table of what can be asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from jupyter_tracker.api.answering import Handler


@dataclass(frozen=True)
class Route:
    """One endpoint; `path` is relative to where the host mounts the table.

    Attributes
    ----------
    path : str
        ``{name}`` in it stands for one part, ``{path}`` at its end for all that follow.
    reads : bool or None
        Whether it only reads; None: as the method and the path say.
    uploads : bool
        Its body is a file, which is read piece by piece.
    is_long : bool
        It lasts as an upload does, and has a thread of those, so that others need not wait.
    """

    method: str
    path: str
    handler: Handler
    reads: bool | None = None
    uploads: bool = False
    is_long: bool = False

    @property
    def action(self) -> str:
        """The right that it needs: ``read`` or ``write``."""
        reads = self.method == "GET" or self.path.startswith("/views/") if self.reads is None else self.reads
        return "read" if reads else "write"

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What its path is recognised by."""
        parts = re.split(r"{(\w+)}", self.path)
        names = [f"(?P<{name}>{'.+' if name == 'path' else '[^/]+'})" for name in parts[1::2]]
        fixed = list(map(re.escape, parts[::2]))
        return re.compile("".join(text for pair in zip(fixed, [*names, ""], strict=True) for text in pair), re.DOTALL)
