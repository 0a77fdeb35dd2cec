import json
import re

import pytest

from jupyter_tracker.entities import Param, RunTag
from jupyter_tracker.errors import ResourceDoesNotExistError
from jupyter_tracker.views.panel import MIME_TYPE
from jupyter_tracker.widgets import RunDetail

HOSTILE = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>&amp;"


@pytest.fixture
def detail(seeded, store):
    detail = RunDetail("rf-baseline", store=store)
    yield detail
    detail.close()


def test_a_run_is_named_as_people_name_it(seeded, store, detail):
    assert detail.view["run_id"] == seeded.forest
    for run in (seeded.forest[:8], store.get_run(seeded.forest)):
        other = RunDetail(run, store=store)
        assert other.view["run_id"] == seeded.forest
        other.close()
    with pytest.raises(ResourceDoesNotExistError, match="Did you mean 'rf-baseline'"):
        RunDetail("rf-basline", store=store)


def test_the_payload_has_ids_only(seeded, store, detail):
    kept = {key: value for key, value in detail.payload.items() if value not in (None, [], "")}
    assert kept == {
        "version": 1,
        "panel": "run_detail",
        "store_id": store.store_id,
        "panel_id": detail.panel_id,
        "run_id": seeded.forest,
    }
    json.dumps(detail.get_state(), allow_nan=False)


def test_an_output_reads_without_a_script(detail):
    data = detail.mimebundle()
    assert data[MIME_TYPE] == detail.payload
    html = data["text/html"]
    assert not re.search(r"style|class|<script", html)
    for word in ("rf-baseline", "alice", "report.txt", "model/MLmodel", "depth"):
        assert word in html
    assert "report.txt" in data["text/plain"]


def test_what_a_run_says_of_itself_is_escaped_and_bounded(seeded, store):
    for i in range(100):
        store.set_tag(seeded.forest, RunTag(f"tag{i}", HOSTILE * 50))
    store.set_tag(seeded.forest, RunTag("mlflow.source.name", HOSTILE))
    store.log_batch(seeded.forest, params=[Param("evil", HOSTILE)])
    store.update_run(seeded.forest, run_name=HOSTILE)
    detail = RunDetail(seeded.forest, store=store)
    html = detail.mimebundle()["text/html"]
    assert "<script" not in html
    assert "<img src=x" not in html
    assert len(json.dumps(detail.mimebundle())) < 100_000
    detail.close()
