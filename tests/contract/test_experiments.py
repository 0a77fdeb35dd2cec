import threading

import pytest

from jupyter_tracker.entities import ViewType
from jupyter_tracker.errors import (
    InvalidFilterError,
    InvalidParameterError,
    ResourceAlreadyExistsError,
    ResourceDoesNotExistError,
)


def names(page):
    return [experiment.name for experiment in page]


class TestCreateAndGet:
    def test_the_default_experiment_is_there_from_the_start(self, store):
        default = store.get_experiment("0")
        assert (default.experiment_id, default.name, default.lifecycle_stage) == ("0", "Default", "active")
        assert store.get_experiment_by_name("Default") == default

    def test_a_new_one_has_its_name_tags_times_and_a_place_for_artifacts(self, store):
        number = store.create_experiment("churn", tags={"team": "growth"})
        found = store.get_experiment(number)
        assert (found.name, found.tags, found.lifecycle_stage) == ("churn", {"team": "growth"}, "active")
        assert found.creation_time == found.last_update_time > 1_600_000_000_000
        assert found.artifact_location.startswith(("file:///", "http://"))
        assert found.artifact_location.endswith(f"/artifacts/{number}")

    @pytest.mark.parametrize("location", ["s3://[", "file://[", "http://\u2100/x"])
    def test_a_location_that_cannot_be_read_is_refused_and_creates_nothing(self, store, location):
        with pytest.raises(InvalidParameterError, match="no URI that can be read"):
            store.create_experiment("nowhere", artifact_location=location)
        assert store.get_experiment_by_name("nowhere") is None

    def test_ids_are_not_used_again(self, store):
        assert [store.create_experiment("a"), store.create_experiment("b")] == ["1", "2"]

    def test_a_given_artifact_location_is_kept(self, store):
        number = store.create_experiment("far", artifact_location="s3://bucket/mine")
        assert store.get_experiment(number).artifact_location == "s3://bucket/mine"

    @pytest.mark.parametrize("name", ["", "   ", None, 5, "x" * 501])
    def test_a_name_must_be_text_of_at_most_500_characters(self, store, name):
        with pytest.raises(InvalidParameterError):
            store.create_experiment(name)

    def test_a_name_is_taken_once_and_stays_taken_in_the_trash(self, store):
        number = store.create_experiment("churn")
        with pytest.raises(ResourceAlreadyExistsError, match="already exists"):
            store.create_experiment("churn")
        store.delete_experiment(number)
        with pytest.raises(ResourceAlreadyExistsError, match="deleted"):
            store.create_experiment("churn")

    def test_names_may_be_anything_printable(self, store):
        name = "Kündigung/二 'quoted' \"double\" `back` %_*"
        number = store.create_experiment(name)
        assert store.get_experiment_by_name(name).experiment_id == number

    def test_an_unknown_id_is_an_error_and_an_unknown_name_is_none(self, store):
        with pytest.raises(ResourceDoesNotExistError, match="99"):
            store.get_experiment("99")
        assert store.get_experiment_by_name("nobody") is None

    def test_bad_tags_create_nothing(self, store):
        with pytest.raises(InvalidParameterError):
            store.create_experiment("churn", tags={"good": "1", "../bad": "2"})
        assert store.get_experiment_by_name("churn") is None

    def test_one_of_many_threads_gets_the_name(self, store):
        outcomes = []

        def create():
            try:
                outcomes.append(store.create_experiment("contested"))
            except ResourceAlreadyExistsError:
                outcomes.append(None)

        run_all([create] * 8)
        assert len([outcome for outcome in outcomes if outcome]) == 1
        assert len(outcomes) == 8


class TestRename:
    def test_the_new_name_is_found_and_the_old_one_is_free(self, store, experiment):
        store.rename_experiment(experiment, "retention")
        assert store.get_experiment(experiment).name == "retention"
        assert store.get_experiment_by_name("churn") is None
        store.create_experiment("churn")

    def test_a_taken_name_is_refused(self, store, experiment):
        store.create_experiment("taken")
        with pytest.raises(ResourceAlreadyExistsError):
            store.rename_experiment(experiment, "taken")

    def test_its_own_name_is_no_conflict(self, store, experiment):
        store.rename_experiment(experiment, "churn")
        assert store.get_experiment(experiment).name == "churn"

    def test_bad_requests(self, store, experiment):
        with pytest.raises(InvalidParameterError):
            store.rename_experiment(experiment, "")
        with pytest.raises(ResourceDoesNotExistError):
            store.rename_experiment("99", "x")
        store.delete_experiment(experiment)
        with pytest.raises(InvalidParameterError, match="active"):
            store.rename_experiment(experiment, "x")


class TestTrash:
    def test_delete_takes_the_active_runs_along_and_restore_brings_just_those_back(self, store, experiment, new_run):
        kept, thrown = new_run(), new_run()
        store.delete_run(thrown)
        store.delete_experiment(experiment)
        assert store.get_experiment(experiment).lifecycle_stage == "deleted"
        assert store.get_run(kept).info.lifecycle_stage == "deleted"
        store.restore_experiment(experiment)
        assert store.get_experiment(experiment).lifecycle_stage == "active"
        assert store.get_run(kept).info.lifecycle_stage == "active"
        assert store.get_run(thrown).info.lifecycle_stage == "deleted"

    def test_a_deleted_one_takes_no_runs_and_no_tags(self, store, experiment):
        store.delete_experiment(experiment)
        with pytest.raises(InvalidParameterError, match="active"):
            store.create_run(experiment)
        with pytest.raises(InvalidParameterError, match="active"):
            store.set_experiment_tag(experiment, "a", "b")

    def test_deleting_twice_and_restoring_an_active_one_are_errors(self, store, experiment):
        with pytest.raises(ResourceDoesNotExistError):
            store.restore_experiment(experiment)
        store.delete_experiment(experiment)
        with pytest.raises(ResourceDoesNotExistError):
            store.delete_experiment(experiment)

    def test_the_default_one_may_go(self, store):
        store.delete_experiment("0")
        assert names(store.search_experiments()) == []

    def test_a_run_cannot_be_restored_into_a_deleted_experiment(self, store, experiment, new_run):
        run_id = new_run()
        store.delete_experiment(experiment)
        with pytest.raises(InvalidParameterError, match="deleted experiment"):
            store.restore_run(run_id)


class TestTags:
    def test_set_overwrite_and_delete(self, store, experiment):
        store.set_experiment_tag(experiment, "team", "growth")
        store.set_experiment_tag(experiment, "team", "retention")
        store.set_experiment_tag(experiment, "empty", "")
        assert store.get_experiment(experiment).tags == {"team": "retention", "empty": ""}
        store.delete_experiment_tag(experiment, "team")
        assert store.get_experiment(experiment).tags == {"empty": ""}

    def test_a_missing_tag_cannot_be_deleted(self, store, experiment):
        with pytest.raises(ResourceDoesNotExistError, match="nothing"):
            store.delete_experiment_tag(experiment, "nothing")

    def test_limits(self, store, experiment):
        store.set_experiment_tag(experiment, "k" * 250, "v" * 20_000)
        with pytest.raises(InvalidParameterError):
            store.set_experiment_tag(experiment, "k" * 251, "v")
        with pytest.raises(InvalidParameterError):
            store.set_experiment_tag(experiment, "k", "v" * 20_001)
        with pytest.raises(ResourceDoesNotExistError):
            store.set_experiment_tag("99", "k", "v")


class TestSearch:
    @pytest.fixture(autouse=True)
    def some(self, store):
        for name, team in (("alpha", "x"), ("Beta", "y"), ("gamma", None)):
            store.create_experiment(name, tags={"team": team} if team else None)

    def test_newest_first(self, store):
        assert names(store.search_experiments()) == ["gamma", "Beta", "alpha", "Default"]

    def test_tags_come_along(self, store):
        assert [experiment.tags for experiment in store.search_experiments(max_results=2)] == [{}, {"team": "y"}]

    @pytest.mark.parametrize(
        ("filter_string", "expected"),
        [
            ("name = 'alpha'", ["alpha"]),
            ("attribute.name != 'alpha'", ["gamma", "Beta", "Default"]),
            ("name LIKE '%eta'", ["Beta"]),
            ("name LIKE 'be%'", []),
            ("name ILIKE 'be%'", ["Beta"]),
            ("tags.team = 'x'", ["alpha"]),
            ("tags.team != 'x'", ["Beta"]),
            ("tags.team IS NULL", ["gamma", "Default"]),
            ("tags.`team` IS NOT NULL and name ilike '%A'", ["Beta", "alpha"]),
            ("experiment_id IN ('1', '3')", ["gamma", "alpha"]),
            ("creation_time > 0 AND last_update_time < 1", []),
            ("name = 'alpha' OR NOT (tags.team IS NULL OR name = 'x')", ["Beta", "alpha"]),
            ("NOT tags.team = 'x' AND creation_time > now - 1d", ["gamma", "Beta", "Default"]),
            ("name NOT IN ('alpha', 'Beta') AND lifecycle_stage = 'active'", ["gamma", "Default"]),
            ("", ["gamma", "Beta", "alpha", "Default"]),
        ],
    )
    def test_filter(self, store, filter_string, expected):
        assert names(store.search_experiments(filter_string=filter_string)) == expected

    def test_order(self, store):
        assert names(store.search_experiments(order_by=["name"])) == ["Beta", "Default", "alpha", "gamma"]
        assert names(store.search_experiments(order_by=["name DESC"])) == ["gamma", "alpha", "Default", "Beta"]

    def test_view_types(self, store):
        store.delete_experiment("1")
        assert names(store.search_experiments()) == ["gamma", "Beta", "Default"]
        assert names(store.search_experiments(ViewType.DELETED_ONLY)) == ["alpha"]
        assert len(store.search_experiments(ViewType.ALL)) == 4
        with pytest.raises(InvalidParameterError):
            store.search_experiments(17)

    def test_pages_join_and_a_full_last_page_has_no_token(self, store):
        first = store.search_experiments(max_results=2)
        second = store.search_experiments(max_results=2, page_token=first.token)
        assert names(first) + names(second) == ["gamma", "Beta", "alpha", "Default"]
        assert first.token
        assert second.token is None

    def test_bad_requests(self, store):
        with pytest.raises(InvalidFilterError, match="Did you mean 'name'"):
            store.search_experiments(filter_string="nam = 'x'")
        with pytest.raises(InvalidParameterError, match="page token"):
            store.search_experiments(page_token="?")
        with pytest.raises(InvalidParameterError, match="max_results"):
            store.search_experiments(max_results=0)


def run_all(functions):
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
