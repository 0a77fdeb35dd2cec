"""One large file up and down, by us and by MLflow: `python -m benchmarks.artifacts`.

`__main__` starts servers and clients, one after the other; `client` is a client's process; `memory` reads what
processes take.
To add a place: an opener in `places`.
"""
