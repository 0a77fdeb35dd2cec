"""What a store leaves out and refuses by itself, whichever view or route it is asked by."""

import gc
from weakref import ref

import pytest

from jupyter_tracker.api.board_reader import board_reader
from jupyter_tracker.entities import LoggedModelOutput, Metric, ViewType
from jupyter_tracker.errors import PermissionDeniedError, ResourceDoesNotExistError
from jupyter_tracker.flavors.registering import register
from jupyter_tracker.store.base import Batch
from jupyter_tracker.store.browsing import RunKeys
from jupyter_tracker.store.permissions import VIEWER
from jupyter_tracker.store.permitted import PermittedStore
from tests.unit.server.permitted import Team, granted


@pytest.fixture(scope="module")
def team(tmp_path_factory):
    team = Team(tmp_path_factory.mktemp("team"))
    yield team
    team.host.close()


def seen_by(team, everywhere="none", role="editor"):
    """The store as somebody sees it who may write in the open half."""
    open_ = team.open
    return team.host.seen_by(granted(everywhere, [(open_.experiment_id, role)], [(open_.model, role)])).own()


def test_searches_leave_out_what_may_not_be_read(team):
    store, both = seen_by(team), [team.open.experiment_id, team.closed.experiment_id]
    runs, columns = store.search_runs(both), store.search_run_columns(both)[0]
    assert [run.info.run_id for run in runs] == [team.open.run_id] == list(columns.run_id)
    assert [run.info.run_id for run in store.search_run_rows(both)] == [team.open.run_id]
    numbers = team.host.own().search_run_order(both)
    assert (len(numbers), len(store.search_run_order(both)), store.count_runs(both)) == (2, 1, 1)
    assert [run.info.run_id for run in store.run_rows(numbers, RunKeys())] == [team.open.run_id]
    assert store.search_run_keys(both).runs == 1
    assert len(store.search_run_values(both, "", ViewType.ALL, [f"metrics.`{team.closed.key}`"])) == 1
    assert sum(group.runs for group in store.search_run_groups(both, group_by="attributes.user_id")) == 1
    assert team.closed.key not in store.logged_keys(both)["metrics"]
    assert [model.model_id for model in store.search_logged_models(both)] == [team.open.model_id]
    assert set(store.experiment_activity()) == {team.open.experiment_id}


def test_of_many_runs_those_are_told_of_that_may_be_read(team):
    store, both = seen_by(team), [team.open.run_id, team.closed.run_id]
    assert store.known_runs([*both, "f" * 32]) == {team.open.run_id}
    assert set(store.measured_points_of(both)) <= {team.open.run_id}
    assert set(store.short_histories(both, 1000)) <= {team.open.run_id}
    assert set(team.host.own().short_histories(both, 1000)) == set(both)


@pytest.mark.parametrize("method", ["measured_points", "has_other_owner", "writer", "delete_run", "get_run"])
def test_a_run_elsewhere_is_not_there(team, method):
    with pytest.raises(ResourceDoesNotExistError, match="that the user 'ann' may see"):
        getattr(seen_by(team), method)(team.closed.run_id)


@pytest.mark.parametrize("everywhere", ["none", "viewer"])
def test_what_concerns_the_whole_store_is_refused(team, everywhere):
    store = seen_by(team, everywhere, "admin")
    for refused in (
        lambda: store.create_experiment("new"),
        lambda: store.apply(Batch(team.open.run_id, "j", 0, 1)),
        lambda: store.purge([]),
        lambda: store.free_experiment_name(team.open.experiment_name),
        lambda: store.import_experiments([]),
        lambda: store.import_runs([]),
        lambda: store.import_logged_models([]),
        lambda: store.import_registered_models([]),
        store.close,
    ):
        with pytest.raises(PermissionDeniedError, match="takes the role"):
            refused()
    with pytest.raises(AttributeError):
        store.engine  # noqa: B018 - nothing but what the contract names


def logs(store, run_id, model_id):
    """What a run's editor may log that names a logged model, and the role that it takes where the model is."""
    point = Metric("f1", 1.0, 2000, 0, model_id)
    return [
        ("editor", lambda: store.log_metric(run_id, point)),
        ("editor", lambda: store.log_batch(run_id, [point])),
        ("editor", lambda: store.log_batch_soon(run_id, [Metric("f1", 1.0, 2000, 0), point])),
        ("editor", lambda: store.log_outputs(run_id, [LoggedModelOutput(model_id)])),
        ("viewer", lambda: store.log_inputs(run_id, model_ids=[model_id])),
    ]


def test_what_an_editor_logs_names_no_models_of_others(team):
    store, model_id = seen_by(team), team.closed.model_id
    before = team.host.own().get_logged_model(model_id)
    for named in (model_id, "m-" + "f" * 32):
        for _, log in logs(store, team.open.run_id, named):
            with pytest.raises(ResourceDoesNotExistError, match=f"There is no logged model '{named}' that the user"):
                log()
    for role, log in logs(seen_by(team, "viewer"), team.open.run_id, model_id):
        if role == "editor":
            with pytest.raises(PermissionDeniedError, match="takes the role editor there"):
                log()
        else:
            log()
    team.host.own().flush()
    assert team.host.own().get_logged_model(model_id) == before
    assert model_id not in [each.model_id for each in store.get_run(team.open.run_id).outputs.model_outputs]
    for _, log in logs(store, team.open.run_id, team.open.model_id):
        log()


@pytest.mark.parametrize("everywhere", ["none", "viewer"])
def test_who_may_not_write_to_a_run_makes_no_model_of_it(team, everywhere):
    store, run_id = seen_by(team, everywhere), team.closed.run_id
    with pytest.raises((ResourceDoesNotExistError, PermissionDeniedError), match=run_id):
        store.create_logged_model(team.open.experiment_id, "net", run_id)
    assert store.create_logged_model(team.open.experiment_id, "net", team.open.run_id).source_run_id


def test_who_may_only_read_a_logged_model_makes_a_version_of_it(team):
    open_ = team.open
    seen = team.host.seen_by(granted("none", [(open_.experiment_id, "viewer")], [(open_.model, "editor")])).own()
    version = register(seen, seen.get_logged_model(open_.model_id), open_.model)
    assert (version.model_id, seen.get_latest_versions(open_.model)[0].version) == (open_.model_id, version.version)


def test_versions_are_searched_again_after_the_registry_has_changed(team, monkeypatch):
    store, closed, asked = team.host.own(), team.closed, []
    search = store.search_model_versions
    monkeypatch.setattr(store, "search_model_versions", lambda *given: asked.append(given) or search(*given))
    checks = PermittedStore(store, granted("none", [], [(closed.model, "viewer")])).checks
    for _ in range(3):
        checks.file(store.get_model_version_download_uri(closed.model, "1"), VIEWER)
    assert len(asked) == 1
    logged = store.create_logged_model(closed.experiment_id, "net")
    with pytest.raises(ResourceDoesNotExistError):
        checks.file(f"{logged.artifact_location}/weights.txt", VIEWER)
    store.create_model_version(closed.model, logged.model_uri)
    checks.file(f"{logged.artifact_location}/weights.txt", VIEWER)
    assert len(asked) == 2


def test_a_store_with_permissions_goes_with_all_that_views_keep_of_it(team):
    store = PermittedStore(team.host.own(), granted("viewer"))
    assert board_reader(store) is board_reader(store)
    assert board_reader(store).view(team.open.model).model == team.open.model
    gone = ref(store)
    del store
    gc.collect()
    assert gone() is None


def test_who_asks_often_keeps_a_store_and_who_has_not_for_long_does_not(team):
    often, once = granted("viewer", [("1", "editor")]), granted("viewer", [("2", "editor")])
    kept, gone = team.host.seen_by(often), ref(team.host.seen_by(once))
    for number in range(300):
        team.host.seen_by(granted("viewer", [(str(number), "admin")]))
        assert team.host.seen_by(often) is kept
    gc.collect()
    assert gone() is None
