"""Every test of the fluent API runs in a project of its own."""

import pytest


@pytest.fixture(autouse=True)
def _in_project(project):
    """Use `project` in every test of this folder."""
