"""`python -m benchmarks.autologging`: what autologging adds to a fit, beside MLflow's, each in a process of its own.

Wall time says what a user waits; CPU time is less disturbed by what else the machine does. Medians over fits.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import machine
from benchmarks.child import ROOT

_SKLEARN = """
import json, os, sys, time, warnings
warnings.simplefilter("ignore")
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
X, y = load_breast_cancer(return_X_y=True, as_frame=True)
def fit():
    wall, cpu = time.perf_counter(), time.process_time()
    RandomForestClassifier(n_estimators=20, random_state=0).fit(X, y)
    return (time.perf_counter() - wall) * 1e3, (time.process_time() - cpu) * 1e3
def median(values):
    return sorted(values)[len(values) // 2]
fit()
plain = [fit() for _ in range(FITS)]
SWITCH
first = fit()
logged = [fit() for _ in range(FITS)]
print(json.dumps({"first_ms": first[0] - median([f[0] for f in plain]),
    "added_ms": median([f[0] for f in logged]) - median([f[0] for f in plain]),
    "added_cpu_ms": median([f[1] for f in logged]) - median([f[1] for f in plain])}))
"""
_XGBOOST = """
import json, time
import numpy as np, xgboost
rng = np.random.default_rng(0)
X = rng.normal(size=(5000, 20)); y = (X[:, 0] + rng.normal(size=5000) > 0).astype(int)
train, test = xgboost.DMatrix(X[:4000], y[:4000]), xgboost.DMatrix(X[4000:], y[4000:])
params = {"objective": "binary:logistic", "eval_metric": ["logloss", "auc"], "max_depth": 4, "nthread": 1}
def fit(rounds=1000):
    wall, cpu = time.perf_counter(), time.process_time()
    xgboost.train(params, train, rounds, evals=[(train, "train"), (test, "test")], verbose_eval=False)
    return time.perf_counter() - wall, time.process_time() - cpu
fit(10)
plain = [fit() for _ in range(FITS)]
SWITCH
fit(10)
logged = [fit() for _ in range(FITS)]
least = lambda fits, i: min(f[i] for f in fits)
print(json.dumps({"plain_s": least(plain, 0), "added_percent": 100 * (least(logged, 0) / least(plain, 0) - 1),
    "added_cpu_percent": 100 * (least(logged, 1) / least(plain, 1) - 1)}))
"""
_SWITCHES = {
    "ours": "import jupyter_tracker as tracker\ntracker.autolog(log_models=MODELS)",
    "mlflow": (
        "import mlflow, logging\nlogging.getLogger('mlflow').setLevel(logging.CRITICAL)\n"
        "mlflow.set_tracking_uri('sqlite:///mlflow.db')\nmlflow.autolog(log_models=MODELS)"
    ),
}
_CASES = (
    ("scikit-learn, without the model", _SKLEARN, False, 15),
    ("scikit-learn, with the model", _SKLEARN, True, 7),
    ("XGBoost, 1,000 rounds of 4 metrics", _XGBOOST, False, 3),
)


def main() -> int:
    """Measure and print one table."""
    parser = argparse.ArgumentParser("python -m benchmarks.autologging", description=__doc__)
    parser.add_argument("--peer-python", default=str(ROOT / ".venv-bench/bin/python"), help="has MLflow (%(default)s)")
    parser.add_argument("--cases", default="", help="only those whose name contains this")
    options = parser.parse_args()
    interpreters = {"ours": sys.executable, "mlflow": options.peer_python}
    about = machine.description()
    print(f"{about}; load {machine.load() or 0:.1f}\n")
    print("| case | who | figures |\n|---|---|---|")
    for title, code, models, fits in _CASES:
        if options.cases not in title:
            continue
        for peer, python in interpreters.items():
            if Path(python).exists():
                print(f"| {title} | {peer} | {_measured(python, peer, code, fits, models=models)} |", flush=True)
    return 0


def _measured(python: str, peer: str, code: str, fits: int, *, models: bool) -> str:
    switch = _SWITCHES[peer].replace("MODELS", str(models))
    text = code.replace("SWITCH", switch).replace("FITS", str(fits if peer == "ours" else max(3, fits // 3)))
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [python, "-c", text], cwd=folder, env=_environment(), capture_output=True, text=True, check=False
        )
    if done.returncode:
        return "failed: " + (done.stderr.strip().splitlines() or ["?"])[-1][:120]
    figures = json.loads(done.stdout.strip().splitlines()[-1])
    return ", ".join(f"{key} {value:.1f}" for key, value in figures.items())


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(ROOT)}


if __name__ == "__main__":
    sys.exit(main())
