"""Commands of `jupyter tracker`, one file per subject; `cli` joins them.

To add a command: a function that takes the parsed arguments and returns its output, and its arguments in the
file's `add_to`; a new file gets a line in `cli._parser`.
"""
