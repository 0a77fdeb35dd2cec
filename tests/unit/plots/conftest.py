import pytest

from tests.unit.seed import seed


@pytest.fixture
def seeded(tmp_path):
    seeded = seed(tmp_path / "tracker.db")
    yield seeded
    seeded.store.close()
