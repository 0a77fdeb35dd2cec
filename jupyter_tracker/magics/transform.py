"""How a `%%track` line disappears from a cell before IPython runs it. Pure functions of the cell's lines.

The cell must run as if `%%track` were not there: not inside a function of ours (top-level `await` would
fail and Run All would go on past an error), and with the line numbers that the editor shows. So the line
becomes a comment. Above another cell magic it is dropped instead, since IPython knows a cell magic only on the
first line; that magic counts its lines from its own body, so nothing shifts there either.
"""

from __future__ import annotations

import re

from IPython.core.inputtransformer2 import classic_prompt, ipython_prompt, leading_empty_lines, leading_indent

_TRACK = re.compile(r"%%track(?=\s|$)")
# Cell magics that run their body as Python of the notebook. `%%track` may stand below them too; in the body
# of any other one, a `%%writefile` say, it is text.
_TRANSPARENT = re.compile(r"%%(?:capture|prun|time|timeit)\b(?!\?)")


def cleaned_lines(cell: str) -> list[str]:
    """Return the lines of a cell as a cleanup transform sees them: no blank lines above, no indent, no prompts."""
    lines = cell.splitlines(keepends=True)
    for clean in (leading_empty_lines, leading_indent, classic_prompt, ipython_prompt):
        lines = clean(lines)
    return lines


def find_track_line(lines: list[str]) -> int | None:
    """Return the index of the `%%track` line among those that head a cell, or None."""
    for index, line in enumerate(lines):
        if _TRACK.match(line):
            return index
        if line.strip() and not _TRANSPARENT.match(line):
            return None
    return None


def track_arguments(lines: list[str]) -> str | None:
    """Return the text behind `%%track`, or None where the cell is not tracked."""
    index = find_track_line(lines)
    return None if index is None else lines[index][len("%%track") :].strip()


def hide_track_line(lines: list[str]) -> list[str]:
    """Return the lines of a cell as IPython shall run them; the same ones where the cell is not tracked."""
    index = find_track_line(lines)
    if index is None:
        return lines
    rest = lines[index + 1 :]
    below = next((number for number, line in enumerate(rest) if line.strip()), None)
    if index == 0 and below is not None and rest[below].startswith("%%"):
        return rest[below:]
    return [*lines[:index], "# " + lines[index], *rest]


# IPython skips such a transform when it asks whether typed input is complete. The line is then a cell magic
# like others: in a terminal the cell goes on until a blank line.
hide_track_line.has_side_effects = True  # type: ignore[attr-defined]
