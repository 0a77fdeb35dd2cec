import pytest

from jupyter_tracker.entities import Metric
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.views.run_sparklines import run_sparklines_view


def curves(store, run_ids, *metrics):
    return {run.run_id: run.curves for run in run_sparklines_view(store, run_ids, metrics).runs}


def test_the_curves_of_some_runs(seeded, store):
    store.log_batch(seeded.failed, metrics=[Metric("f1", 0.1, 1, 0)])
    found = curves(store, [seeded.forest, seeded.running, seeded.failed], "f1", "gone")
    assert found[seeded.forest] == [pytest.approx([0.5 + i / 20 for i in range(10)]), []]
    assert len(found[seeded.running][0]) == 60
    assert found[seeded.failed] == [[], []], "a single point is no curve"


def test_runs_in_the_trash_have_theirs_and_unknown_ones_are_left_out(seeded, store):
    store.delete_run(seeded.forest)
    assert list(curves(store, [seeded.forest, "0" * 32, "it's"], "f1")) == [seeded.forest]


def test_too_much_at_once_is_refused(seeded, store):
    for runs, metrics in (([], ["f1"]), (["x"] * 101, ["f1"]), ([seeded.forest], ["f1"] * 41)):
        with pytest.raises(InvalidParameterError, match="1 to 100 runs"):
            run_sparklines_view(store, runs, metrics)
