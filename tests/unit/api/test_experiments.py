import pytest

from jupyter_tracker.api.dispatch import dispatch
from jupyter_tracker.entities import LifecycleStage
from tests.unit.api.test_dispatch import Host


@pytest.fixture
def post(store):
    def post(path, **body):
        response = dispatch(Host(store), "POST", path, {}, {"store": store.store_id} | body)
        return response.status, response.body

    return post


def state(store, seeded):
    """Return what an experiment and its runs are, but for when they were changed."""
    experiment = store.get_experiment(seeded.experiment)
    runs = [store.get_run(run_id) for run_id in (seeded.forest, seeded.failed)]
    return experiment.name, experiment.lifecycle_stage, [run.info.lifecycle_stage for run in runs]


@pytest.mark.parametrize(
    ("path", "body"), [("/experiments/rename", {"name": " wine "}), ("/experiments/delete", {})], ids=["name", "trash"]
)
def test_a_change_can_be_undone(post, seeded, store, path, body):
    before = state(store, seeded)
    status, answer = post(path, experiment_id=seeded.experiment, **body)
    assert (status, answer["updated"]) == (200, 1)
    assert state(store, seeded) != before
    assert post(path, experiment_id=seeded.experiment, **body)[1] == {"updated": 0, "undo": []}
    (undo,) = answer["undo"]
    assert post(undo["path"], **undo["body"])[0] == 200
    assert state(store, seeded) == before


def test_runs_go_to_the_trash_with_their_experiment_and_come_back(post, seeded, store):
    post("/experiments/delete", experiment_id=seeded.experiment)
    assert state(store, seeded)[1:] == (LifecycleStage.DELETED, [LifecycleStage.DELETED] * 2)
    _, answer = post("/experiments/restore", experiment_id=seeded.experiment)
    assert answer["undo"][0]["path"] == "/experiments/delete"
    assert state(store, seeded)[1:] == (LifecycleStage.ACTIVE, [LifecycleStage.ACTIVE] * 2)


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        ("/experiments/rename", {"experiment_id": "CHURN", "name": "  "}, 400, "needs a name"),
        ("/experiments/rename", {"experiment_id": "CHURN", "name": "nothing here"}, 400, "nothing here"),
        ("/experiments/rename", {"experiment_id": "CHURN"}, 400, "name"),
        ("/experiments/rename", {"experiment_id": "99", "name": "x"}, 404, "99"),
        ("/experiments/delete", {"experiment_id": "../1"}, 400, "../1"),
        ("/experiments/delete", {"experiment_id": "99"}, 404, "99"),
    ],
)
def test_mistakes_are_told(post, seeded, path, body, status, message):
    given = {key: seeded.experiment if value == "CHURN" else value for key, value in body.items()}
    found, answer = post(path, **given)
    assert (found, message in answer["message"]) == (status, True), answer
