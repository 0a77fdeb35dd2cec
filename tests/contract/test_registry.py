import threading

import pytest

from jupyter_tracker.errors import (
    InvalidFilterError,
    InvalidParameterError,
    ResourceAlreadyExistsError,
    ResourceDoesNotExistError,
)


@pytest.fixture
def model(store):
    return store.create_registered_model("churn", {"team": "growth"}, "first").name


@pytest.fixture
def versions(store, model):
    return [store.create_model_version(model, f"s3://bucket/{number}") for number in (1, 2, 3)]


def numbers(versions):
    return [version.version for version in versions]


class TestRegisteredModels:
    def test_create_and_get(self, store):
        made = store.create_registered_model("churn", {"team": "growth"}, "first")
        assert (made.name, made.tags, made.description) == ("churn", {"team": "growth"}, "first")
        assert (made.latest_versions, made.aliases) == ([], {})
        assert made.creation_timestamp == made.last_updated_timestamp > 1_600_000_000_000
        assert store.get_registered_model("churn") == made

    @pytest.mark.parametrize("name", ["", "  ", "a/b", "a:b", None, "x" * 257])
    def test_names_that_are_refused(self, store, name):
        with pytest.raises(InvalidParameterError):
            store.create_registered_model(name)

    def test_a_name_is_taken_once(self, store, model):
        with pytest.raises(ResourceAlreadyExistsError) as caught:
            store.create_registered_model(model)
        assert (caught.value.error_code, caught.value.get_http_status_code()) == ("RESOURCE_ALREADY_EXISTS", 400)

    def test_bad_tags_create_nothing(self, store):
        with pytest.raises(InvalidParameterError):
            store.create_registered_model("bad", {"k": "v" * 100_001})
        with pytest.raises(ResourceDoesNotExistError):
            store.get_registered_model("bad")

    def test_update(self, store, model):
        assert store.update_registered_model(model, "second").description == "second"
        assert store.update_registered_model(model, None).description is None

    def test_rename_takes_versions_tags_and_aliases_along(self, store, model, versions):
        store.set_model_version_tag(model, "2", "a", "b")
        store.set_registered_model_alias(model, "champion", "2")
        renamed = store.rename_registered_model(model, "retention")
        assert (renamed.name, renamed.tags, renamed.aliases) == ("retention", {"team": "growth"}, {"champion": "2"})
        moved = store.get_model_version("retention", "2")
        assert (moved.tags, moved.aliases, moved.source) == ({"a": "b"}, ["champion"], "s3://bucket/2")
        with pytest.raises(ResourceDoesNotExistError):
            store.get_registered_model(model)
        assert store.search_model_versions(f"name = '{model}'") == []

    def test_rename_to_a_taken_or_bad_name(self, store, model):
        store.create_registered_model("taken")
        with pytest.raises(ResourceAlreadyExistsError):
            store.rename_registered_model(model, "taken")
        with pytest.raises(InvalidParameterError):
            store.rename_registered_model(model, "a/b")
        with pytest.raises(ResourceDoesNotExistError):
            store.rename_registered_model("unknown", "x")
        assert store.rename_registered_model(model, model).name == model

    def test_delete_takes_everything(self, store, model, versions):
        store.set_model_version_tag(model, "2", "a", "b")
        store.set_registered_model_alias(model, "champion", "2")
        store.delete_registered_model(model)
        with pytest.raises(ResourceDoesNotExistError):
            store.get_model_version(model, "2")
        assert store.search_model_versions() == []
        again = store.create_registered_model(model)
        assert (again.tags, again.aliases) == ({}, {})
        assert store.create_model_version(model, "s3://b/s").tags == {}

    def test_tags(self, store, model):
        store.set_registered_model_tag(model, "team", "risk")
        store.set_registered_model_tag(model, "empty", "")
        store.delete_registered_model_tag(model, "nothing")
        assert store.get_registered_model(model).tags == {"team": "risk", "empty": ""}
        store.delete_registered_model_tag(model, "team")
        assert store.get_registered_model(model).tags == {"empty": ""}

    def test_unknown_models(self, store):
        for attempt in (
            lambda: store.get_registered_model("x"),
            lambda: store.update_registered_model("x", "d"),
            lambda: store.delete_registered_model("x"),
            lambda: store.set_registered_model_tag("x", "a", "b"),
            lambda: store.delete_registered_model_tag("x", "a"),
            lambda: store.get_latest_versions("x"),
            lambda: store.create_model_version("x", "s3://b/x"),
            lambda: store.delete_registered_model_alias("x", "a"),
            lambda: store.get_model_version_by_alias("x", "a"),
        ):
            with pytest.raises(ResourceDoesNotExistError, match="Registered Model with name=x not found"):
                attempt()


class TestSearchRegisteredModels:
    @pytest.fixture(autouse=True)
    def some(self, store):
        for name in ("beta", "Alpha", "gamma", "prompt"):
            tags = {"mlflow.prompt.is_prompt": "true"} if name == "prompt" else {"team": name[0]}
            store.create_registered_model(name, tags)

    def names(self, store, *args, **options):
        return [model.name for model in store.search_registered_models(*args, **options)]

    def test_by_name_unless_told(self, store):
        assert self.names(store) == ["Alpha", "beta", "gamma", "prompt"]
        assert self.names(store, order_by=["name DESC"]) == ["prompt", "gamma", "beta", "Alpha"]
        assert len(self.names(store, order_by=["last_updated_timestamp DESC", "timestamp ASC"])) == 4

    @pytest.mark.parametrize(
        ("filter_string", "expected"),
        [
            ("name = 'beta'", ["beta"]),
            ("name LIKE '%a%'", ["Alpha", "beta", "gamma"]),
            ("name ILIKE 'ALPHA'", ["Alpha"]),
            ("name IN ('beta', 'gamma')", ["beta", "gamma"]),
            ("tags.team = 'b'", ["beta"]),
            ("tag.team != 'b'", ["Alpha", "gamma"]),
            ("tags.team IS NULL", ["prompt"]),
            # What MLflow's client appends: an absent tag satisfies just this clause.
            ("tag.`mlflow.prompt.is_prompt` != 'true'", ["Alpha", "beta", "gamma"]),
            ("name LIKE 'b%' AND tag.`mlflow.prompt.is_prompt` != 'true'", ["beta"]),
            ("tag.`mlflow.prompt.is_prompt` = 'true'", ["prompt"]),
            ("name = 'beta' OR tags.team IS NULL", ["beta", "prompt"]),
            ("NOT (name = 'beta' OR tags.team IS NULL)", ["Alpha", "gamma"]),
        ],
    )
    def test_filter(self, store, filter_string, expected):
        assert self.names(store, filter_string) == expected

    def test_latest_versions_aliases_and_tags_come_along(self, store):
        store.create_model_version("beta", "s3://b/1")
        store.set_registered_model_alias("beta", "champion", "1")
        assert store.search_registered_models("name = 'beta'") == [store.get_registered_model("beta")]

    def test_pages(self, store):
        first = store.search_registered_models(max_results=3)
        rest = store.search_registered_models(max_results=3, page_token=first.token)
        assert [model.name for model in [*first, *rest]] == ["Alpha", "beta", "gamma", "prompt"]
        assert rest.token is None

    def test_bad_requests(self, store):
        for filter_string in ("nam = 'x'", "metrics.a > 1", "name > 'x'"):
            with pytest.raises(InvalidFilterError):
                store.search_registered_models(filter_string)
        with pytest.raises(InvalidParameterError):
            store.search_registered_models(max_results=1001)


class TestModelVersions:
    def test_numbers_count_up(self, store, model):
        first = store.create_model_version(
            model, "s3://b/1", "f" * 32, {"a": "b"}, "http://link", "text", model_id="m-unknown"
        )
        assert (first.name, first.version, first.current_stage, first.status) == (model, "1", "None", "READY")
        assert (first.source, first.run_id, first.run_link) == ("s3://b/1", "f" * 32, "http://link")
        assert (first.description, first.tags, first.aliases, first.model_id) == ("text", {"a": "b"}, [], "m-unknown")
        assert store.get_model_version(model, "1") == first
        assert store.create_model_version(model, "s3://b/2").version == "2"

    def test_a_deleted_number_is_not_used_again_while_later_ones_exist(self, store, model, versions):
        store.delete_model_version(model, "2")
        assert store.create_model_version(model, "s3://b/x").version == "4"
        assert numbers(store.search_model_versions(order_by=["version_number"])) == ["1", "3", "4"]

    def test_threads_get_different_numbers(self, store, model):
        made = []

        def create(worker):
            made.extend(store.create_model_version(model, f"s3://{worker}/{n}").version for n in range(5))

        run_all([lambda worker=worker: create(worker) for worker in range(6)])
        assert sorted(map(int, made)) == list(range(1, 31))

    @pytest.mark.parametrize("version", ["0", "99", 99])
    def test_unknown_versions(self, store, model, version):
        for attempt in (
            lambda: store.get_model_version(model, version),
            lambda: store.update_model_version(model, version, "x"),
            lambda: store.transition_model_version_stage(model, version, "Staging"),
            lambda: store.delete_model_version(model, version),
            lambda: store.get_model_version_download_uri(model, version),
            lambda: store.set_model_version_tag(model, version, "a", "b"),
            lambda: store.delete_model_version_tag(model, version, "a"),
            lambda: store.set_registered_model_alias(model, "a", version),
        ):
            with pytest.raises(ResourceDoesNotExistError, match="not found"):
                attempt()

    @pytest.mark.parametrize("version", ["one", "1.0", "-1", "", None, "9" * 30])
    def test_a_version_is_a_whole_number(self, store, model, version):
        with pytest.raises(InvalidParameterError, match="integer"):
            store.get_model_version(model, version)

    def test_update_and_tags(self, store, model, versions):
        assert store.update_model_version(model, "1", "better").description == "better"
        store.set_model_version_tag(model, "1", "a", "1")
        store.set_model_version_tag(model, "1", "a", "2")
        store.delete_model_version_tag(model, "1", "nothing")
        assert store.get_model_version(model, "1").tags == {"a": "2"}
        assert store.get_model_version(model, "2").tags == {}
        store.delete_model_version_tag(model, "1", "a")
        assert store.get_model_version(model, "1").tags == {}

    def test_delete_takes_its_aliases(self, store, model, versions):
        store.set_registered_model_alias(model, "champion", "2")
        store.delete_model_version(model, "2")
        assert store.get_registered_model(model).aliases == {}
        with pytest.raises(ResourceDoesNotExistError):
            store.get_model_version(model, "2")


class TestStages:
    @pytest.mark.parametrize("stage", ["staging", "STAGING", "Staging"])
    def test_they_are_read_in_any_case_and_kept_in_one(self, store, model, versions, stage):
        assert store.transition_model_version_stage(model, "1", stage).current_stage == "Staging"

    def test_an_unknown_stage_is_refused(self, store, model, versions):
        for stage in ("Prod", "", None):
            with pytest.raises(InvalidParameterError, match="Invalid Model Version stage"):
                store.transition_model_version_stage(model, "1", stage)

    def test_versions_share_a_stage_unless_told_otherwise(self, store, model, versions):
        store.transition_model_version_stage(model, "1", "Production")
        store.transition_model_version_stage(model, "2", "Production")
        assert store.get_model_version(model, "1").current_stage == "Production"
        store.transition_model_version_stage(model, "3", "Production", archive_existing_versions=True)
        stages = [store.get_model_version(model, number).current_stage for number in ("1", "2", "3")]
        assert stages == ["Archived", "Archived", "Production"]

    def test_only_an_active_stage_archives(self, store, model, versions):
        with pytest.raises(InvalidParameterError, match="not an active stage"):
            store.transition_model_version_stage(model, "1", "Archived", archive_existing_versions=True)

    def test_latest_versions(self, store, model, versions):
        store.transition_model_version_stage(model, "1", "Production")
        store.transition_model_version_stage(model, "2", "Production")
        found = {version.current_stage: version.version for version in store.get_latest_versions(model)}
        assert found == {"Production": "2", "None": "3"}
        assert numbers(store.get_latest_versions(model, ["production"])) == ["2"]
        assert store.get_latest_versions(model, ["Staging"]) == []
        assert store.get_registered_model(model).latest_versions == store.get_latest_versions(model)
        with pytest.raises(InvalidParameterError):
            store.get_latest_versions(model, ["Prod"])


class TestAliases:
    def test_an_alias_points_at_one_version_and_moves(self, store, model, versions):
        store.set_registered_model_alias(model, "champion", "1")
        store.set_registered_model_alias(model, "champion", "2")
        store.set_registered_model_alias(model, "best", "2")
        assert store.get_model_version_by_alias(model, "champion").version == "2"
        assert store.get_registered_model(model).aliases == {"best": "2", "champion": "2"}
        assert store.get_model_version(model, "2").aliases == ["best", "champion"]
        assert store.get_model_version(model, "1").aliases == []

    def test_delete(self, store, model, versions):
        store.set_registered_model_alias(model, "champion", "1")
        store.delete_registered_model_alias(model, "champion")
        store.delete_registered_model_alias(model, "champion")
        with pytest.raises(InvalidParameterError, match="champion") as caught:
            store.get_model_version_by_alias(model, "champion")
        assert caught.value.get_http_status_code() == 400

    @pytest.mark.parametrize("alias", ["", "latest", "LATEST", "v1", "V22", "a b", "a/b", "x" * 256])
    def test_names_that_are_refused(self, store, model, versions, alias):
        with pytest.raises(InvalidParameterError):
            store.set_registered_model_alias(model, alias, "1")


class TestSearchModelVersions:
    @pytest.fixture(autouse=True)
    def some(self, store, model, versions):
        store.create_registered_model("other")
        store.create_model_version("other", "s3://other/1", "a" * 32, {"team": "x"})
        store.transition_model_version_stage(model, "2", "Staging")

    @pytest.mark.parametrize(
        ("filter_string", "expected"),
        [
            ("name = 'churn'", {("churn", "1"), ("churn", "2"), ("churn", "3")}),
            ("name IN ('other')", {("other", "1")}),
            ("version_number > 1 AND name = 'churn'", {("churn", "2"), ("churn", "3")}),
            ("version_number = 1", {("churn", "1"), ("other", "1")}),
            ("version_number > '2'", {("churn", "3")}),  # MLflow takes a quoted number here, and only here
            (f"run_id = '{'a' * 32}'", {("other", "1")}),
            ("source_path LIKE '%/2'", {("churn", "2")}),
            ("tags.team = 'x'", {("other", "1")}),
            ("current_stage = 'Staging'", {("churn", "2")}),
            ("version_number IN (2, 3) OR tags.team = 'x'", {("churn", "2"), ("churn", "3"), ("other", "1")}),
            ("NOT version_number BETWEEN 2 AND 3 AND run_id IS NULL", {("churn", "1")}),
            ("name LIKE 'o%' AND tag.`mlflow.prompt.is_prompt` != 'true'", {("other", "1")}),
        ],
    )
    def test_filter(self, store, filter_string, expected):
        found = store.search_model_versions(filter_string)
        assert {(version.name, version.version) for version in found} == expected

    def test_order_and_pages(self, store):
        everything = store.search_model_versions(order_by=["name", "version_number DESC"])
        assert [(version.name, version.version) for version in everything] == [
            ("churn", "3"),
            ("churn", "2"),
            ("churn", "1"),
            ("other", "1"),
        ]
        first = store.search_model_versions(order_by=["name", "version_number DESC"], max_results=3)
        rest = store.search_model_versions(
            order_by=["name", "version_number DESC"], max_results=3, page_token=first.token
        )
        assert [*first, *rest] == everything
        assert rest.token is None
        assert store.search_model_versions(max_results=1)[0].version == "2"  # changed last

    def test_bad_requests(self, store):
        with pytest.raises(InvalidFilterError):
            store.search_model_versions("version_number = 'one'")
        with pytest.raises(InvalidFilterError):
            store.search_model_versions(order_by=["nonsense"])


class TestSources:
    def uri(self, store, model, *args, **options):
        version = store.create_model_version(model, *args, **options)
        return store.get_model_version_download_uri(model, version.version)

    def test_a_plain_source_is_its_own_address(self, store, model):
        for source in ("s3://bucket/x", "/data/model", "relative/path"):
            assert self.uri(store, model, source) == source

    def test_a_runs_source_is_where_the_run_keeps_it(self, store, model, new_run):
        run_id = new_run()
        home = store.get_run(run_id).info.artifact_uri
        assert self.uri(store, model, f"runs:/{run_id}/model", run_id) == f"{home}/model"
        assert self.uri(store, model, f"{home}/model", run_id) == f"{home}/model"
        assert self.uri(store, model, f"runs:/{'f' * 32}/model") == f"runs:/{'f' * 32}/model"

    def test_a_logged_model(self, store, model, experiment, new_run):
        run_id = new_run()
        logged = store.create_logged_model(experiment, "net", run_id)
        version = store.create_model_version(model, f"models:/{logged.model_id}")
        assert (version.run_id, version.model_id, version.source) == (run_id, logged.model_id, logged.model_uri)
        assert store.get_model_version_download_uri(model, version.version) == logged.artifact_location

    @pytest.mark.ours
    def test_a_runs_model_is_none_of_another_experiment(self, store, model, experiment, new_run):
        run_id = new_run()
        logged = store.create_logged_model(experiment, "net", run_id)
        elsewhere = store.create_logged_model(store.create_experiment("sandbox"), "net", run_id)
        assert store.create_model_version(model, f"runs:/{run_id}/net", run_id).model_id == logged.model_id
        store.delete_logged_model(logged.model_id)
        assert store.create_model_version(model, f"runs:/{run_id}/net", run_id).model_id is None
        assert store.get_logged_model(elsewhere.model_id).source_run_id == run_id

    def test_a_copy_of_a_version_points_at_the_same_files(self, store, model, experiment, new_run):
        run_id = new_run()
        logged = store.create_logged_model(experiment, "net", run_id)
        store.create_model_version(model, f"models:/{logged.model_id}")
        store.set_registered_model_alias(model, "champion", "1")
        store.create_registered_model("copy")
        for source in (f"models:/{model}/1", f"models:/{model}@champion"):
            copy = store.create_model_version("copy", source)
            assert (copy.source, copy.run_id) == (source, run_id)
            assert store.get_model_version_download_uri("copy", copy.version) == logged.artifact_location

    @pytest.mark.parametrize("source", ["models:/m-unknown", "models:/churn/99", "models:/churn@no", "models:/x", ""])
    def test_a_source_that_is_not_there(self, store, model, source):
        with pytest.raises(InvalidParameterError):
            store.create_model_version(model, source)
        assert store.search_model_versions() == []


def run_all(functions):
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
