"""What tests of the command line share."""

import pytest

from jupyter_tracker import cli


@pytest.fixture
def call(capsys):
    def call(*words):
        status = cli.main(words)
        captured = capsys.readouterr()
        return status, captured.out.rstrip("\n"), captured.err

    return call
