"""A large file logged and fetched, by us and by MLflow in turn: MB/s, and memory above what each process began with.

Client and tracking server are processes of their own, asked for a small file first, so that all is imported. S3 is
moto's server, in Python: it is slow, and alike for both. What was fetched is compared with what was logged.
"""

from __future__ import annotations

import argparse
import filecmp
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.artifacts.memory import Peak
from benchmarks.artifacts.places import PLACES, Place, Tracker
from benchmarks.child import ROOT
from benchmarks.machine import state

_MB = 1 << 20
_STEPS = ("upload", "download")
_TITLES = {
    "upload": "upload, MB/s",
    "download": "download, MB/s",
    "upload_client": "upload: memory of the client, MB",
    "download_client": "download: memory of the client, MB",
    "upload_server": "upload: memory of the server, MB",
    "download_server": "download: memory of the server, MB",
}


def main() -> int:
    parser = argparse.ArgumentParser("python -m benchmarks.artifacts", description=__doc__)
    parser.add_argument("--mb", type=int, default=1024, help="of the file (%(default)s)")
    parser.add_argument("--places", default=",".join(PLACES), help="(%(default)s)")
    parser.add_argument("--peers", default="ours,mlflow", help="(%(default)s)")
    parser.add_argument("--peer-python", default=str(ROOT / ".venv-bench/bin/python"), help="has MLflow and boto3")
    parser.add_argument("--folder", type=Path, help="on the disk to be measured")
    options = parser.parse_args()
    trackers = {"ours": Tracker("jupyter_tracker", sys.executable), "mlflow": Tracker("mlflow", options.peer_python)}
    names = [name for name in options.peers.split(",") if name == "ours" or Path(options.peer_python).exists()]
    print(state(Path.cwd()), flush=True)
    print(f"| place | figure | {' | '.join(names)} | ratio |\n| --- | --- |{' --- |' * len(names)} --- |", flush=True)
    with tempfile.TemporaryDirectory(dir=options.folder) as home:
        file, small = Path(home, "large.bin"), Path(home, "small.bin")
        _fill(file, options.mb)
        small.write_bytes(os.urandom(1000))
        for place in options.places.split(","):
            found = {}
            for name in names:
                folder = Path(home, f"{place}-{name}")
                folder.mkdir()
                found[name] = _measured(trackers[name], place, folder, file, small)
                print(f"{place} {name}: {found[name]}", file=sys.stderr, flush=True)
                shutil.rmtree(folder)
            _rows(place, found)
    return 0


def _fill(file: Path, count_mb: int) -> None:
    with file.open("wb") as opened:
        for _ in range(count_mb):
            opened.write(os.urandom(_MB))


def _measured(tracker: Tracker, place: str, folder: Path, file: Path, small: Path) -> dict[str, float]:
    figures: dict[str, float] = {}
    to = folder / "fetched"
    to.mkdir()
    try:
        with PLACES[place](tracker, folder) as where:
            request = {"uri": where.uri, "location": where.location, "file": str(file), "small": str(small)}
            for step in _STEPS:
                os.sync()  # or what the last one wrote is written to the disk now
                peak = None
                if where.group is not None:
                    # The server has sent and taken a file before its memory is looked at, as the client has.
                    _asked(tracker, where, {**request, "file": str(small), "step": step, "to": str(to)}, request)
                    peak = Peak(where.group)
                answer = _asked(tracker, where, {**request, "step": step, "to": str(to)}, request)
                figures[step] = file.stat().st_size / _MB / answer["seconds"]
                figures[f"{step}_client"] = answer["client_mb"]
                if peak is not None:
                    figures[f"{step}_server"] = peak.above_mb()
    except RuntimeError as error:
        print(f"{place} {tracker.module}: {error}", file=sys.stderr, flush=True)
        return {}
    if not filecmp.cmp(file, to / file.name, shallow=False):
        raise AssertionError(f"{tracker.module} fetched another file from {place} than was logged")
    return figures


def _asked(tracker: Tracker, where: Place, request: dict[str, object], known: dict[str, object]) -> dict[str, float]:
    done = subprocess.run(
        [tracker.python, "-m", "benchmarks.artifacts.client", tracker.module, json.dumps(request)],
        env=dict(where.environment), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    known["run_id"] = answer["run_id"]
    return answer


def _rows(place: str, found: dict[str, dict[str, float]]) -> None:
    for key, title in _TITLES.items():
        values = [figures.get(key) for figures in found.values()]
        if any(value is not None for value in values):
            cells = [_shown(value) for value in values]
            print(f"| {place} | {title} | {' | '.join(cells)} | {_ratio(key, values)} |", flush=True)


def _ratio(key: str, values: list[float | None]) -> str:
    if len(values) != 2 or None in values:
        return "-"
    ours, other = (max(float(value or 0), 0.1) for value in values)
    return f"{ours / other if key in _STEPS else other / ours:.2f}"


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:,.{0 if value >= 100 else 1}f}"


if __name__ == "__main__":
    sys.exit(main())
