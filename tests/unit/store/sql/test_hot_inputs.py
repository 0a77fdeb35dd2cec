"""An autologged fit costs no import of SQLAlchemy."""

import subprocess
import sys

SCRIPT = """
import sys
import pandas as pd
import jupyter_tracker as tracker
with tracker.start_run() as run:
    tracker.log_input(tracker.data.from_pandas(pd.DataFrame({"x": [1]}), name="tiny"), "train")
assert tracker.get_run(run.info.run_id).inputs.dataset_inputs[0].dataset.name == "tiny"
print("sqlalchemy" in sys.modules)
"""


def test_logging_a_data_set_imports_no_sqlalchemy(tmp_path):
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr
