"""Promote the new model if it is better: the last step of a training job.

    python scripts/check_improvement.py --threshold 0.02

Which model, which metric and everything else is in promotion.yaml beside the project; which run is in the environment
variable JUPYTER_TRACKER_RUN_ID, or it is the newest finished one of the policy's experiment. The store is that of
JUPYTER_TRACKER_URI or MLFLOW_TRACKING_URI. Takes all options of `jupyter tracker promote`.

Exit status 0: promoted, or in the stage already; 1: refused; 2: cannot tell (no such run, no such metric).
"""

import sys

from jupyter_tracker.cli import main

if __name__ == "__main__":
    sys.exit(main(["promote", *sys.argv[1:]]))
