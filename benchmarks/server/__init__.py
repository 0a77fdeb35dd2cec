"""Tracking servers side by side, over HTTP: `python -m benchmarks.server`.

To add a server: a `Peer` in `peers`, with what fills its tables.
"""
