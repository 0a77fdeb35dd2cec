import json

import pytest

from jupyter_tracker.api import views
from jupyter_tracker.api.dispatch import dispatch
from jupyter_tracker.api.routes import ROUTES
from jupyter_tracker.entities import Metric

from .test_dispatch import Host


@pytest.fixture
def batch(store):
    def batch(*requests):
        asked = [{"path": path, "query": query, "token": token} for path, query, token in requests]
        response = dispatch(Host(store), "POST", "/views/batch", {}, {"requests": asked})
        # What is sent over HTTP and what goes over a comm are the same.
        assert json.loads(response.json_text()) == json.loads(json.dumps(response.body))
        return response.body["responses"]

    return batch


def test_each_view_is_answered_as_if_it_were_asked_for_alone(batch, seeded, store):
    asked = [("/views/run-card", {"run_id": seeded.forest}, ""), ("/views/run-list", {"limit": "2"}, "")]
    for (path, query, _), part in zip(asked, batch(*asked), strict=True):
        alone = dispatch(Host(store), "GET", path, query)
        assert (part["status"], part["body"]) == (200, alone.body)


def test_curves_of_the_same_runs_are_as_if_each_were_asked_for_alone_and_new_ones_come_with_the_next_request(
    batch, seeded, store
):
    asked = [("/views/metric-curves", {"metrics": key}, "") for key in ("f1", "loss")]
    for (path, query, _), part in zip(asked, batch(*asked), strict=True):
        assert part["body"] == dispatch(Host(store), "GET", path, query).body
    experiment = store.get_run(seeded.running).info.experiment_id
    new = store.create_run(experiment, start_time=2_000_000_000_000).info.run_id
    assert all(new in [line["id"] for line in part["body"]["lines"]] for part in batch(*asked))


def test_what_has_not_changed_is_not_sent_again(batch, seeded, store):
    card = ("/views/run-card", {"run_id": seeded.running})
    (first,) = batch((*card, ""))
    (again,) = batch((*card, first["token"]))
    assert again == {"status": 200, "token": first["token"], "unchanged": True}
    store.log_batch(seeded.running, metrics=[Metric("f1", 0.25, 2_000_000_000_000, 5000)])
    (changed,) = batch((*card, first["token"]))
    assert changed["token"] != first["token"]
    assert changed["body"]["metrics"][0]["step"] == 5000


def test_one_that_fails_leaves_the_others_alone(batch, seeded):
    lost, found, nothing, write = batch(
        ("/views/run-card", {"run_id": "0" * 32}, ""),
        ("/views/run-card", {"run_id": seeded.forest}, ""),
        ("/views/nothing", {}, ""),
        ("/runs/delete", {"run_ids": seeded.forest}, ""),
    )
    assert (lost["status"], lost["body"]["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert found["body"]["name"] == "rf-baseline"
    assert nothing["status"] == write["status"] == 404


def test_an_error_is_sent_again_although_it_is_the_same(batch):
    card = ("/views/run-card", {"run_id": "0" * 32})
    (first,) = batch((*card, ""))
    assert batch((*card, first["token"])) == [first]


@pytest.mark.parametrize(
    "requests",
    [
        None,
        [],
        {},
        "x",
        [1],
        [{}],
        [{"path": "/views/stores", "query": [], "token": ""}],
        [{"path": 1}] * 2,
        [{}] * 101,
    ],
)
def test_what_is_no_list_of_views_is_refused(store, requests):
    response = dispatch(Host(store), "POST", "/views/batch", {}, {"requests": requests})
    assert (response.status, response.body["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_every_view_can_be_asked_for_in_a_batch(batch):
    paths = [route.path for route in ROUTES if route.method == "GET" and route.path.startswith("/views/")]
    parts = batch(*[(path, {}, "") for path in paths])
    assert not [part for part in parts if part.get("body", {}).get("error_code") == "ENDPOINT_NOT_FOUND"]
    assert views.run_card in [getattr(route.handler, "handler", None) for route in ROUTES]
