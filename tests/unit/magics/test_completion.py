import socket
import time
from types import SimpleNamespace

import pytest
from IPython.core import completer
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

import jupyter_tracker as tracker
from jupyter_tracker.magics import completion
from jupyter_tracker.store.sql import server_engine
from jupyter_tracker.tracking import active


@pytest.fixture
def logged(project, monkeypatch):
    monkeypatch.setattr(completion, "_FRESH_S", 0)
    with tracker.start_run(tags={"team": "x"}):
        tracker.log_metrics({"f1": 0.9, "val/acc": 0.8})
        tracker.log_param("lr", 0.1)


@pytest.mark.parametrize(
    ("before", "fragment"),
    [
        ("tracker.search_runs(filter_string='metrics.f", "metrics.f"),
        ("search_runs(['1'], filter_string=\"params.a = 'x' and metrics.", "metrics."),
        ("search_runs(\n    filter_string='''\n  metrics.f1 > 1\n  or par", "par"),
        ("search_runs(order_by=['metrics.f1 DESC', 'para", "para"),
        ("RunTable(filter='metrics.`val", "metrics.`val"),
        ("search_runs(filter_string='", ""),
        ("search_runs(filter_string='metrics.f1 > 1', max", None),
        ("print('metrics.f", None),
        ("search_runs(experiment_names=['chu", None),
    ],
)
def test_where_a_filter_is_being_typed(before, fragment):
    assert completion.filter_fragment(before) == fragment


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("metrics.", ["metrics.f1", "metrics.`val/acc`"]),
        ("metrics.val", ["metrics.`val/acc`"]),
        ("params.l", ["params.lr"]),
        ("tags.te", ["tags.team"]),
        ("sta", ["start_time", "status"]),
        ("attributes.sta", ["attributes.start_time", "attributes.status"]),
        ("metrics.zzz", []),
    ],
)
@pytest.mark.usefixtures("logged")
def test_keys_that_exist_complete_in_a_filter(typed, offered):
    assert completion.complete_filter(f"search_runs(filter_string='{typed}") == (typed, offered)


@pytest.mark.usefixtures("logged")
def test_and_behind_runs():
    event = SimpleNamespace(text_until_cursor="%runs metrics.", command="%runs")
    offered = completion.complete_magic(None, event)
    assert {"--order-by", "metrics.f1", "params.lr", "tags.team", "status"} <= set(offered)
    event = SimpleNamespace(text_until_cursor="%runs metrics.f1 > 0 and attributes.st", command="%runs")
    assert "attributes.status" in completion.complete_magic(None, event)


@pytest.mark.parametrize(
    ("before", "offered"),
    [
        ("%runs status = 'F", ("F", ["FAILED", "FINISHED"])),
        ("x = 1\n%runs metrics.f1 > 0 and status IN ('FAILED', 'r", ("r", ["RUNNING"])),
        ("%runs params.lr = '", ("", ["0.1"])),
        ('%curves tags.team = "', ("", ["x"])),
        ("%runs \"params.lr = '0", ("0", ["0.1"])),
        ("search_runs(filter_string=\"params.lr = '0.", ("0.", ["0.1"])),
        ("%runs params.nothing = 'a b", ("a b", [])),
        ("%runs params.lr = '0.1' and ", None),
        ("%runs --order-by 'metrics.f1", None),
        ("print(params.lr = '", None),
    ],
)
@pytest.mark.usefixtures("logged")
def test_values_complete_inside_quotes(before, offered):
    assert completion.complete_value(before) == offered


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(now=time.monotonic())
    monkeypatch.setattr(completion, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


@pytest.mark.usefixtures("project")
def test_values_are_asked_for_once_in_a_few_seconds(clock):
    """One press of the Tab key asks both for a magic and for a filter."""

    def offered(param):
        return completion.complete_value(f"%runs params.{param} = '")

    with tracker.start_run():
        tracker.log_params({"depth": 3, "width": 8})
    assert offered("depth") == ("", ["3"])
    with tracker.start_run():
        tracker.log_params({"depth": 4, "width": 9})
    assert offered("depth") == ("", ["3"])
    assert offered("width") == ("", ["9", "8"])
    clock.now += completion._FRESH_S
    assert offered("depth") == ("", ["4", "3"])


def test_a_database_that_is_away_is_asked_once_in_a_few_seconds_too(project, clock, monkeypatch):
    pytest.importorskip("psycopg", reason="an extra, which the test with the oldest versions does not install")
    monkeypatch.setattr(server_engine, "PATIENCE_S", 0.0)
    opened, open_store = [], active.store

    def counted(**options):
        opened.append(options)
        return open_store(**options)

    monkeypatch.setattr(active, "store", counted)
    event = SimpleNamespace(text_until_cursor="%runs params.depth = '", command="%runs")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # and nobody else can listen there
        tracker.set_tracking_uri(f"postgresql://127.0.0.1:{silent.getsockname()[1]}/none")
        for times in (1, 2):
            assert completion.complete_magic(None, event) == []
            assert completion.complete_value(event.text_until_cursor) == ("", [])
            assert completion.complete_filter("search_runs(filter_string='par") == ("par", [])
            assert len(opened) == times
            clock.now += completion._FRESH_S
    # Another store is none the worse for it.
    tracker.set_tracking_uri(f"sqlite:///{project / 'other.db'}")
    with tracker.start_run():
        tracker.log_param("depth", 3)
    assert completion.complete_value(event.text_until_cursor) == ("", ["3"])


@pytest.mark.usefixtures("logged")
def test_a_shell_asks_it_and_forgets_it_again():
    shell = InteractiveShell()
    forget = completion.install(shell)
    code = "x = 1\nsearch_runs(filter_string='status = 1 or params.l"
    with provisionalcompleter():
        found = [code[: item.start] + item.text for item in shell.Completer.completions(code, len(code))]
    # IPython before 8.6 has no way to ask, and stays as it is.
    asked = hasattr(completer, "context_matcher")
    assert found == (["x = 1\nsearch_runs(filter_string='status = 1 or params.lr"] if asked else [])
    forget()
    assert getattr(shell.Completer, "custom_matchers", []) == []


@pytest.mark.usefixtures("logged")
def test_file_names_are_never_offered_inside_the_quotes_of_a_filter(project):
    (project / "file.txt").touch()
    shell = InteractiveShell()
    forget = completion.install(shell)
    # IPython before 8.6 has no way to ask, and stays as it is.
    cases = [("%runs params.x = '", []), ("%runs params.x = 'fi", []), ("%runs params.lr = '", ["0.1"])]
    for code, texts in cases if hasattr(completer, "context_matcher") else []:
        with provisionalcompleter():
            assert [item.text for item in shell.Completer.completions(code, len(code))] == texts
    forget()
