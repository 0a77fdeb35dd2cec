"""`python -m benchmarks`: us, the peers and the machine's limits, measured in the same run."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import machine, session, tables, workloads
from benchmarks.child import ROOT
from benchmarks.peers import NAMES
from benchmarks.workloads import growth

_DEFAULT_PEERS = tuple(name for name in NAMES if name != "wandb")
_EPILOG = """examples:
  python -m benchmarks --quick                         a look, one round of small sizes
  python -m benchmarks log_metric sweep --rounds 5     two workloads, in earnest
  python -m benchmarks --peers ours,raw_file           without the peers
  python -m benchmarks search growth --plot growth.svg  searches among many runs, on SQLite and PostgreSQL, with plans
  python -m benchmarks.stress --minutes 60             the checkpoint stress; not timed
"""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    versions = session.installed(options.peer_python)
    wanted = options.peers.split(",")
    unknown = sorted(set(wanted) - set(NAMES))
    if unknown:
        print(f"unknown peers: {', '.join(unknown)}; there are {', '.join(NAMES)}", file=sys.stderr)
        return 2
    current = session.Session(
        peers=[name for name in NAMES if name in wanted and name in versions],
        size="quick" if options.quick else "full",
        rounds=options.rounds or (1 if options.quick else 3),
        peer_python=options.peer_python,
        folder=options.folder,
        say=_say,
    )
    declared = session.declarations(options.workloads)
    print(tables.header(current, versions, [name for name in wanted if name not in versions]), flush=True)
    began = time.monotonic()
    for workload in declared:
        current.run(workload)
        print("\n" + tables.workload_tables(current, workload), flush=True)
    print("\n## Figures\n\n" + tables.figures_table(current, declared))
    print(f"\n{time.monotonic() - began:.0f} s; load now {machine.load() or 0:.1f}")
    for (workload, variant, peer), notes in current.notes.items():
        print(f"\n## {workload} {variant} {peer}: query plans\n\n{tables.notes(notes)}")
    grown = {peer: some[-1] for (workload, _, peer), some in current.answers.items() if workload == "growth"}
    if options.plot and grown:
        growth.draw(options.plot, grown)
        print(f"\nThe growth of a search is drawn in {options.plot}")
    for key, failure in current.failures.items():
        print(f"\nFAILED: {' '.join(key)}\n{failure}", file=sys.stderr)
    if options.json:
        options.json.write_text(_as_json(current, versions), encoding="utf-8")
    return 1 if any(peer == "ours" for _, _, peer in current.failures) else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m benchmarks",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=f"of {', '.join(workloads.NAMES)}; all")
    parser.add_argument("--peers", default=",".join(_DEFAULT_PEERS), help=f"of {','.join(NAMES)} (%(default)s)")
    parser.add_argument("--rounds", type=int, help="how often each is measured, in turn (3; --quick: 1)")
    parser.add_argument("--quick", action="store_true", help="small sizes, one round: a look, no measurement")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every answer of every round")
    parser.add_argument(
        "--plot", type=Path, metavar="FILE", help="draw what growth measured, as .svg or .png (matplotlib)"
    )
    parser.add_argument("--folder", type=Path, help="make the stores in this folder, on the disk to be measured")
    parser.add_argument("--peer-python", default=_peer_python(), help="interpreter that has the peers (%(default)s)")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.workloads) - set(workloads.NAMES))
    if unknown:
        parser.error(f"unknown workloads: {', '.join(unknown)}; there are {', '.join(workloads.NAMES)}")
    return options


def _peer_python() -> str:
    own = ROOT / ".venv-bench" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    return str(own) if own.exists() else sys.executable


def _say(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def _as_json(current: session.Session, versions: dict[str, str]) -> str:
    answers = [
        {"workload": workload, "variant": variant, "peer": peer, "rounds": rounds}
        for (workload, variant, peer), rounds in current.answers.items()
    ]
    return json.dumps(
        {
            "machine": machine.description(),
            "versions": versions,
            "size": current.size,
            "states": current.states,
            "answers": answers,
            "notes": [{"of": key, **notes} for key, notes in current.notes.items()],
        },
        indent=1,
    )


if __name__ == "__main__":
    sys.exit(main())
