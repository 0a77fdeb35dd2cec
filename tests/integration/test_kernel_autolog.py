"""Autologging in a real kernel: on in tracked cells, off where it is said, and nothing of it elsewhere."""

SETUP = (
    "from sklearn.datasets import load_iris\n"
    "from sklearn.metrics import accuracy_score\n"
    "from sklearn.tree import DecisionTreeClassifier\n"
    "X, y = load_iris(return_X_y=True)\n"
)
WATCHED = "type(vars(DecisionTreeClassifier)['fit']).__name__ == 'Watched'"
FIT = "model = DecisionTreeClassifier(max_depth=2).fit(X, y)\n"


def test_a_tracked_cell_logs_what_it_fits(kernel, runs, artifact):
    assert kernel.run(SETUP).status == "ok"
    reply = kernel.run("%%track run_name=tree\n" + FIT + "accuracy_score(y, model.predict(X))")
    assert reply.status == "ok", reply.traceback
    (run,) = runs()
    assert run.data.params["max_depth"] == "2"
    assert run.data.metrics["training_accuracy_score"] == run.data.metrics["accuracy_score_X"]
    assert [each.dataset.name for each in run.inputs.dataset_inputs] == ["X"]
    assert artifact(run, "feature_importance.json")
    assert artifact(run, "cell/source.py").startswith("%%track")
    kernel.run(FIT + "accuracy_score(y, model.predict(X))")
    kernel.run("%%track run_name=untouched --no-autolog\n" + FIT)
    kernel.run("%env JUPYTER_TRACKER_AUTOLOG=off")
    kernel.run("%%track run_name=untouched\n" + FIT)
    by_name = {run.info.run_name: run for run in runs()}
    assert set(by_name) == {"tree", "untouched"}
    assert len(by_name["tree"].data.metrics) == len(run.data.metrics)
    assert not by_name["untouched"].data.params
    kernel.run("%env JUPYTER_TRACKER_AUTOLOG=on")


def test_a_class_and_a_metric_of_the_notebook_itself(kernel, runs):
    kernel.run(SETUP)
    reply = kernel.run(
        "%%track run_name=own\n"
        "class Mine(DecisionTreeClassifier):\n"
        "    def fit(self, X, y):\n"
        "        return super().fit(X, y)\n"
        "for depth in (1, 2):\n"
        "    Mine(max_depth=depth).fit(X, y)\n"
    )
    assert reply.status == "ok", reply.traceback
    child, parent = sorted(runs(), key=lambda run: run.info.run_name)
    assert (parent.info.run_name, child.info.run_name) == ("own", "Mine")
    assert (parent.data.params["max_depth"], child.data.params["max_depth"]) == ("1", "2")


def test_the_extension_takes_it_along_when_it_goes(kernel, runs):
    kernel.run(SETUP)
    kernel.run("%%track\n" + FIT)
    assert kernel.value(WATCHED) is True
    kernel.run("%unload_ext jupyter_tracker")
    assert kernel.value(WATCHED) is False
    kernel.run(FIT)
    assert len(runs()) == 1
    kernel.run("%load_ext jupyter_tracker")
