import pytest

from jupyter_tracker.entities import Metric
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.views import known_keys
from jupyter_tracker.views.column_list import column_list_view


def ids(view):
    return [column.id for section in view.sections for column in section.columns]


def test_all_columns_in_their_groups(seeded, store):
    view = column_list_view(store, [seeded.experiment])
    assert [section.title for section in view.sections] == ["Attributes", "Metrics", "Params", "Tags"]
    assert ids(view)[-7:] == [
        "metrics.f1", "metrics.loss", "params.depth", "params.lr", "params.model", "params.seed", "tags.author",
    ]  # fmt: skip
    assert view.total == len(ids(view))


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("F1", ["metrics.f1"]),
        ("params model", ["params.model"]),
        ("o params", ["params.model"]),
        ("note", ["tags.mlflow.note.content"]),
        ("se", ["params.seed", "attributes.user_id"]),
        ("nothing", []),
    ],
)
def test_every_word_must_be_there(seeded, store, search, expected):
    view = column_list_view(store, [seeded.experiment], search)
    assert sorted(ids(view)) == sorted(expected)
    assert view.total > 10


def test_of_thousands_the_first_are_listed_and_all_are_counted(seeded, store):
    for start in range(0, 3000, 1000):
        store.log_batch(seeded.forest, metrics=[Metric(f"m{start + i}", 1.0, 1, 0) for i in range(1000)])
    (metrics,) = [s for s in column_list_view(store, [seeded.experiment], "m", 50).sections if s.group == "metrics"]
    assert (len(metrics.columns), metrics.total) == (50, 3000 + 2)
    (one,) = column_list_view(store, [seeded.experiment], "m2999").sections
    assert [column.label for column in one.columns] == ["m2999"]


def test_what_begins_so_comes_first(seeded, store):
    store.log_batch(seeded.forest, metrics=[Metric("a/loss", 1.0, 1, 0)])
    (metrics,) = column_list_view(store, [seeded.experiment], "loss").sections
    assert [column.label for column in metrics.columns] == ["loss", "a/loss"]


def test_keys_are_read_again_after_a_while(seeded, store, monkeypatch):
    assert ids(column_list_view(store, [seeded.experiment], "late")) == []
    store.log_batch(seeded.forest, metrics=[Metric("late", 1.0, 1, 0)])
    assert ids(column_list_view(store, [seeded.experiment], "late")) == []
    now = known_keys.time.monotonic()
    monkeypatch.setattr(known_keys.time, "monotonic", lambda: now + 10)
    assert ids(column_list_view(store, [seeded.experiment], "late")) == ["metrics.late"]


def test_a_limit_that_makes_no_sense_is_refused(store):
    with pytest.raises(InvalidParameterError, match="limit"):
        column_list_view(store, limit=0)
