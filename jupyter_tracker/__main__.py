"""`python -m jupyter_tracker` is `jupyter tracker`."""

import sys

from jupyter_tracker.cli import main

sys.exit(main(prog="python -m jupyter_tracker"))
