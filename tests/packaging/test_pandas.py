"""DataFrames have the right dtypes with pandas 2.3, too.

`test_lower_bounds` has 2.2, all other tests the newest. Texts of 2.3 are of the dtype `object` as in 2.2, but there is
`str` beside it, which became the default in 3.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Where frames are made, and where signatures are inferred from them.
TESTS = (
    "unit/tracking/test_search.py",
    "unit/tracking/test_datasets.py",
    "unit/mlmodel",
    "unit/flavors/test_pyfunc.py",
    "unit/flavors/test_evaluating.py",
    "unit/views/test_comparison_files.py",
)


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(sys.version_info >= (3, 15), reason="pandas 2.3 has no wheels for this Python")
def test_frames_and_signatures_with_pandas_2_3(tmp_path):
    folder = tmp_path / "pandas"
    # In front of the newest, with everything else as it is: seconds, where an environment of its own would be a minute.
    install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", sys.executable, "--no-deps"]
    subprocess.run([*install, "--target", folder, "pandas==2.3.*", "pytz", "tzdata"], check=True, timeout=300)
    (tmp_path / "test_version.py").write_text(
        "import pandas\ndef test_it_is_the_one_that_is_meant():\n    assert pandas.__version__.startswith('2.3.')\n"
    )
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", f"--rootdir={ROOT}"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, tmp_path / "test_version.py", *(f"tests/{name}" for name in TESTS)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stdout
