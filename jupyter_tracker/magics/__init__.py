"""`%%track`, `%track` and `%runs`: from a notebook cell to a run.

The only room that knows IPython (beside one function of `tracking/context.py`). `arguments` reads the text
of a magic and `transform` rewrites the cell, both pure; `capture` keeps what a cell prints and shows;
`cell_run` is one tracked cell from its first line to its last; `hooks` joins it to IPython's events;
`magics` holds the magics themselves and what `%load_ext` and `%unload_ext` do.

To add an option of `%%track`: a field in `arguments.TrackOptions`, a row in `arguments.TRACK_SPEC`, what it
does in `cell_run`, and a line in the docstring that `%%track?` shows.
"""

from jupyter_tracker.magics.magics import load_ipython_extension, unload_ipython_extension

__all__ = ["load_ipython_extension", "unload_ipython_extension"]
