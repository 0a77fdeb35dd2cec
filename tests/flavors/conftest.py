"""The flavors' contract, run with every framework. `make` installs them all: none is skipped."""

import pytest

from tests.flavors.examples import EXAMPLES
from tests.unit.conftest import project

__all__ = ["project"]

_models = {}


@pytest.fixture(params=list(EXAMPLES))
def name(request):
    return request.param


@pytest.fixture
def example(name):
    return EXAMPLES[name]


@pytest.fixture
def model(name):
    """Trained once for all tests."""
    if name not in _models:
        _models[name] = EXAMPLES[name].make()
    return _models[name]
