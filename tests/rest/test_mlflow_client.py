"""The real client of MLflow does each of its operations against both hosts."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("mlflow_client.py")
# `.ci/beyond-contract` has another Python do it, with MLflow 2.
CLIENT = os.environ.get("JUPYTER_TRACKER_TEST_CLIENT", sys.executable)
CHECKS = re.findall(r"@check\ndef (\w+)", SCRIPT.read_text())


@pytest.fixture(scope="session")
def failed(tmp_path_factory):
    """What failed against a host, by the name of the check; each host is gone through once."""
    known = {}

    def failed(host):
        if host.url not in known:
            folder = tmp_path_factory.mktemp("client")
            environment = {**os.environ, **host.environment(), "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"}
            done = subprocess.run(
                [CLIENT, SCRIPT], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
            )
            assert done.returncode == 0, done.stderr[-3000:]
            known[host.url] = json.loads(done.stdout.strip().splitlines()[-1])
        return known[host.url]

    return failed


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", CHECKS)
def test_the_real_client_does(host, failed, name):
    assert name not in failed(host), failed(host)[name]


def test_there_are_checks():
    assert len(CHECKS) >= 10


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_nothing_was_a_5xx(standalone, failed):
    failed(standalone)
    assert '"status": 5' not in standalone.log.read_text()
