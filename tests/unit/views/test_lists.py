import pytest

from jupyter_tracker.views.experiment_list import experiment_list_view
from jupyter_tracker.views.store_list import StoreEntry, store_list_view, store_location


def test_the_experiment_that_ran_last_comes_first(seeded, store):
    entries = experiment_list_view(store).experiments
    assert [entry.name for entry in entries] == ["churn", "nothing here", "Default"]
    assert (entries[0].run_count, entries[0].running_count) == (3, 1)
    assert (entries[1].run_count, entries[1].running_count, entries[1].last_start_time_ms) == (0, 0, None)


def test_deleted_runs_and_experiments_are_left_out(seeded, store):
    store.delete_experiment(seeded.empty)
    store.delete_run(seeded.running)
    entries = experiment_list_view(store).experiments
    assert [(entry.name, entry.run_count, entry.running_count) for entry in entries] == [
        ("churn", 2, 0),
        ("Default", 0, 0),
    ]


def test_the_default_store_comes_first():
    entries = [StoreEntry("1", "/a", is_default=False), StoreEntry("2", "/z", is_default=True)]
    assert [entry.store_id for entry in store_list_view(entries).stores] == ["2", "1"]


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("sqlite:////home/alice/churn/tracker.db", "~/churn/tracker.db"),
        ("sqlite:////home/alicex/tracker.db", "/home/alicex/tracker.db"),
        ("sqlite:////data/tracker.db", "/data/tracker.db"),
        ("https://alice:secret@host:8080/path?token=x#y", "https://host:8080/path"),
    ],
)
def test_a_location_has_no_credentials(uri, shown, monkeypatch):
    monkeypatch.setenv("HOME", "/home/alice")
    assert store_location(uri) == shown
