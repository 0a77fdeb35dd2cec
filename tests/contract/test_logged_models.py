import math

import pytest

from jupyter_tracker.entities import Metric
from jupyter_tracker.errors import InvalidFilterError, InvalidParameterError, ResourceDoesNotExistError


@pytest.fixture
def model(store, experiment):
    return store.create_logged_model(experiment, "net", tags={"a": "1"}, params={"lr": "0.1"}, model_type="torch")


class TestLife:
    def test_a_new_one_is_pending_and_has_a_place(self, store, experiment, new_run):
        run_id = new_run()
        model = store.create_logged_model(experiment, "net", run_id, {"a": "1"}, {"lr": "0.1"}, "torch")
        assert model.model_id.startswith("m-")
        assert len(model.model_id) == 34
        assert (model.status, model.name, model.model_type, model.source_run_id) == ("PENDING", "net", "torch", run_id)
        assert (model.tags, model.params, model.metrics) == ({"a": "1"}, {"lr": "0.1"}, [])
        home = store.get_experiment(experiment).artifact_location
        assert model.artifact_location == f"{home}/models/{model.model_id}/artifacts"
        assert store.get_logged_model(model.model_id) == model

    def test_a_name_is_made_up_where_none_is_given(self, store, experiment):
        assert store.create_logged_model(experiment).name

    @pytest.mark.parametrize("name", ["", "a/b", "a:b", "a.b", "a%b", 'a"b', "a'b", "x" * 501])
    def test_names_that_are_refused(self, store, experiment, name):
        with pytest.raises(InvalidParameterError, match="name"):
            store.create_logged_model(experiment, name)

    def test_it_needs_an_active_experiment(self, store, experiment):
        with pytest.raises(ResourceDoesNotExistError):
            store.create_logged_model("99", "net")
        store.delete_experiment(experiment)
        with pytest.raises(InvalidParameterError, match="active"):
            store.create_logged_model(experiment, "net")

    def test_finalize(self, store, model):
        done = store.finalize_logged_model(model.model_id, "READY")
        assert done.status == store.get_logged_model(model.model_id).status == "READY"
        failed = store.finalize_logged_model(model.model_id, "FAILED", "disk full")
        assert (failed.status, failed.status_message) == ("FAILED", "disk full")
        with pytest.raises(InvalidParameterError, match="status"):
            store.finalize_logged_model(model.model_id, "PENDING")

    def test_a_deleted_one_is_not_found(self, store, experiment, model):
        store.delete_logged_model(model.model_id)
        assert store.search_logged_models([experiment]) == []
        for attempt in (
            lambda: store.get_logged_model(model.model_id),
            lambda: store.delete_logged_model(model.model_id),
            lambda: store.finalize_logged_model(model.model_id, "READY"),
            lambda: store.set_logged_model_tags(model.model_id, {"a": "2"}),
            lambda: store.log_logged_model_params(model.model_id, {"b": "2"}),
            lambda: store.get_logged_model("m-unknown"),
        ):
            with pytest.raises(ResourceDoesNotExistError):
                attempt()


class TestTagsAndParams:
    def test_tags(self, store, model):
        store.set_logged_model_tags(model.model_id, {"a": "2", "b": ""})
        store.delete_logged_model_tag(model.model_id, "a")
        assert store.get_logged_model(model.model_id).tags == {"b": ""}
        with pytest.raises(ResourceDoesNotExistError):
            store.delete_logged_model_tag(model.model_id, "a")

    def test_params_are_immutable_and_all_or_nothing(self, store, model):
        store.log_logged_model_params(model.model_id, {"lr": "0.1", "depth": "8"})
        with pytest.raises(InvalidParameterError, match="lr"):
            store.log_logged_model_params(model.model_id, {"new": "1", "lr": "0.2"})
        assert store.get_logged_model(model.model_id).params == {"depth": "8", "lr": "0.1"}

    def test_limits(self, store, model):
        for tags in ({"k" * 251: "v"}, {"k": "v" * 8001}, {"../k": "v"}):
            with pytest.raises(InvalidParameterError):
                store.set_logged_model_tags(model.model_id, {"good": "1", **tags})
        with pytest.raises(InvalidParameterError):
            store.log_logged_model_params(model.model_id, {"p": "v" * 6001})
        assert store.get_logged_model(model.model_id).tags == {"a": "1"}


class TestMetrics:
    def test_a_point_with_a_model_id_belongs_to_run_and_model(self, store, new_run, model):
        run_id = new_run()
        point = Metric("f1", 0.9, 10, 2, model.model_id, "iris", "d1")
        store.log_batch(run_id, metrics=[point, Metric("auc", 0.5, 10, 2)])
        store.log_batch(run_id, metrics=[point])
        (metric,) = store.get_logged_model(model.model_id).metrics
        assert metric == Metric("f1", 0.9, 10, 2, model.model_id, "iris", "d1", run_id)
        assert store.get_run(run_id).data.metrics == {"auc": 0.5, "f1": 0.9}
        assert len(store.metric_series(run_id, "f1")) == 1

    @pytest.mark.ours
    def test_a_series_of_each_model_and_data_set_beside_the_runs_own(self, store, experiment, new_run, model):
        run_id = new_run()
        other = store.create_logged_model(experiment, "other", run_id)
        for step, value in ((0, 0.1), (1, math.nan), (2, math.inf)):
            store.log_metric(run_id, Metric("f1", value, 10, step, model.model_id, "iris", "d1"))
        store.log_metric(run_id, Metric("f1", 0.7, 10, 0, other.model_id, "iris", "d1"))
        store.log_metric(run_id, Metric("f1", 0.8, 10, 0, None, "wine", "d2"))
        store.log_metric(run_id, Metric("f1", 0.9, 10, 5))
        store.log_metric(run_id, Metric("f1", 0.8, 10, 0, None, "wine", "d2"))  # as a repeated request does
        found = store.measured_series(run_id, "f1", model.model_id)
        assert [(point.step, str(point.value)) for point in found] == [(0, "0.1"), (1, "nan"), (2, "inf")]
        assert (found[0].dataset_name, found[0].dataset_digest, found[0].run_id) == ("iris", "d1", run_id)
        (wine,) = store.measured_series(run_id, "f1", dataset_name="wine")
        assert wine == Metric("f1", 0.8, 10, 0, None, "wine", "d2", run_id)
        assert [point.value for point in store.measured_series(run_id, "f1", other.model_id, "iris", "d1")] == [0.7]
        assert store.measured_series(run_id, "f1", other.model_id, "wine") == []
        assert store.measured_series(new_run(), "f1") == []
        assert sorted(store.metric_series(run_id, "f1").step) == [0, 0, 0, 1, 2, 5]

    def test_the_latest_of_each_run_and_data_set(self, store, new_run, model):
        run_id = new_run()
        for value, step in ((0.1, 0), (0.3, 2), (0.2, 1)):
            store.log_metric(run_id, Metric("f1", value, 10, step, model.model_id))
        store.log_metric(run_id, Metric("f1", math.inf, 10, 0, model.model_id, "iris", "d1"))
        found = {metric.dataset_name: metric.value for metric in store.get_logged_model(model.model_id).metrics}
        assert found == {None: 0.3, "iris": math.inf}


class TestSearch:
    @pytest.fixture(autouse=True)
    def some(self, store, experiment, new_run):
        self.run_id = new_run()
        self.ids = {}
        for name, kind, value in (("a", "torch", 0.5), ("b", "sklearn", 0.9), ("c", "torch", None)):
            model = store.create_logged_model(experiment, name, self.run_id, {"t": name}, {"p": name}, kind)
            self.ids[name] = model.model_id
            if value is not None:
                store.log_metric(self.run_id, Metric("f1", value, 1, 0, model.model_id))

    @pytest.mark.parametrize(
        ("filter_string", "expected"),
        [
            (None, {"a", "b", "c"}),
            ("name = 'a'", {"a"}),
            ("attributes.model_type = 'torch'", {"a", "c"}),
            ("status = 'PENDING' AND params.p != 'a'", {"b", "c"}),
            ("tags.t IN ('a', 'b')", {"a", "b"}),
            ("metrics.f1 > 0.6", {"b"}),
            ("metrics.f1 > 0.6 OR metrics.f1 IS NULL", {"b", "c"}),
            ("NOT metrics.f1 IN (0.5)", {"b", "c"}),
            ("(name = 'a' OR params.p = 'b') AND NOT model_type = 'torch'", {"b"}),
            ("name LIKE '%' AND creation_timestamp > 0", {"a", "b", "c"}),
        ],
    )
    def test_filter(self, store, experiment, filter_string, expected):
        assert {model.name for model in store.search_logged_models([experiment], filter_string)} == expected

    def test_by_run_and_id(self, store, experiment):
        assert len(store.search_logged_models([experiment], f"source_run_id = '{self.run_id}'")) == 3
        found = store.search_logged_models([experiment], f"model_id = '{self.ids['b']}'")
        assert found == [store.get_logged_model(self.ids["b"])]

    @pytest.mark.parametrize(
        ("order_by", "expected"),
        [
            ([{"field_name": "metrics.f1"}], "abc"),
            ([{"field_name": "metrics.f1", "ascending": False}], "bac"),
            ([{"field_name": "name", "ascending": False}], "cba"),
            ([{"field_name": "model_type"}, {"field_name": "params.p", "ascending": False}], "bca"),
            ([{"field_name": "metrics.f1", "dataset_name": "iris"}, {"field_name": "name"}], "abc"),
        ],
    )
    def test_order(self, store, experiment, order_by, expected):
        found = store.search_logged_models([experiment], order_by=order_by)
        assert "".join(model.name for model in found) == expected

    def test_a_metric_of_several_data_sets_does_not_repeat_the_model(self, store, experiment):
        for name in ("iris", "wine"):
            store.log_metric(self.run_id, Metric("f1", 0.7, 1, 0, self.ids["a"], name, "d"))
        found = store.search_logged_models([experiment], order_by=[{"field_name": "metrics.f1"}])
        assert len(found) == 3

    def test_pages(self, store, experiment):
        first = store.search_logged_models([experiment], max_results=2)
        rest = store.search_logged_models([experiment], max_results=2, page_token=first.token)
        assert {model.name for model in [*first, *rest]} == {"a", "b", "c"}
        assert rest.token is None

    def test_bad_requests(self, store, experiment):
        for order_by in ([{"field": "name"}], [{"field_name": "nam"}], [{"field_name": "name", "up": True}]):
            with pytest.raises(InvalidFilterError):
                store.search_logged_models([experiment], order_by=order_by)
        with pytest.raises(InvalidFilterError, match="Invalid attribute key"):
            store.search_logged_models([experiment], "nonsense = 'x'")


@pytest.mark.ours
def test_deleted_models_are_found_by_a_filter_that_names_the_stage(store, experiment):
    kept, gone = (store.create_logged_model(experiment, name) for name in ("kept", "gone"))
    store.delete_logged_model(gone.model_id)

    def names(text):
        return sorted(model.name for model in store.search_logged_models([experiment], text))

    assert names(None) == names("name != 'x'") == ["kept"]
    assert names("lifecycle_stage = 'deleted'") == ["gone"]
    assert names("lifecycle_stage IN ('active', 'deleted')") == ["gone", "kept"]
    assert [(entry.kind, entry.id) for entry in store.trash()] == [("model", gone.model_id)]
    assert store.trash()[0].deleted_time >= kept.creation_timestamp
