"""Moving whole runs: out into one zip file, and in from such a file or from MLflow's stores.

Everything that comes in is a `source.Source`, and `receiving` brings any of them into a store in the same way:
ids kept, nothing twice, nothing half. A source comes from outside and is believed nothing: names, sizes and
paths are checked before anything is written.

To add a source: a file with a class that has `source.Source`'s methods, and a function in `tracking/moving.py`.
"""
