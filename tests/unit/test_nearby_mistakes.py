"""Mistakes that are made again and again, and that the message has the right line for."""

import sys

import pytest

import jupyter_tracker as tracker
from jupyter_tracker.errors import InvalidFilterError, InvalidParameterError, ResourceDoesNotExistError
from jupyter_tracker.magics.arguments import parse_track
from jupyter_tracker.views.metric_curves import CurveOptions, metric_curves_view
from jupyter_tracker.widgets._fallback_curves import curves_text


def test_an_option_without_its_value():
    with pytest.raises(InvalidParameterError, match=r"params\.lr needs a value: write params.lr=VALUE"):
        parse_track("params.lr")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("metrics.acc => .9", "Write >=."),
        ("metrics.acc =< .9", "Write <=."),
        ("metrics.acc ≥ .9", "Write >=."),
        ("metrics.acc ≠ .9", "Write !=."),
        ("params.kind = \u2018rf\u2019", "straight quotes: '…'"),
        ("params.kind = \u201crf\u201d", 'straight quotes: "…"'),
        ("metrics.acc > \u22121", "plain minus"),
        ("metrics.acc@5 > 1", "back-quotes"),
        ("tags['team'] = 'a'", "tags.team"),
        ("metrics.acc > 1;", "join several by AND"),
        ("params.kind = rf", "Write 'rf', with the quotes."),
        ("status = FINISHED", "Write 'FINISHED', with"),
    ],
)
def test_a_filter_says_how_it_is_written(project, text, hint):
    with pytest.raises(InvalidFilterError) as caught:
        tracker.search_runs(filter_string=text)
    assert hint in str(caught.value)


def test_a_name_given_as_the_id_of_a_run(project):
    with pytest.raises(ResourceDoesNotExistError, match="run_name='my run'"):
        tracker.start_run("my run")
    with pytest.raises(ResourceDoesNotExistError) as caught:
        tracker.start_run("0" * 32)
    assert "run_name" not in str(caught.value)
    assert tracker.active_run() is None


def test_a_filter_given_as_an_experiment(project):
    with pytest.raises(InvalidParameterError, match=r"filter_string='…'"):
        tracker.search_runs("metrics.acc > 0.5")


def test_a_name_that_is_nearly_one_of_ours():
    with pytest.raises(AttributeError, match="Did you mean 'log_figure'"):
        tracker.log_figures  # noqa: B018
    with pytest.raises(AttributeError, match=r"no attribute 'nothing_like_it'$"):
        tracker.nothing_like_it  # noqa: B018


@pytest.mark.parametrize("of", [lambda: tracker, tracker.MlflowClient])
def test_a_near_name_is_said_once(project, capsys, of):
    with pytest.raises(AttributeError, match="Did you mean 'search_runs'") as caught:
        of().search_runns  # noqa: B018
    sys.__excepthook__(caught.type, caught.value, None)  # as Python shows it
    assert capsys.readouterr().err.count("Did you mean") == 1


def test_curves_without_a_point_name_the_metric(project):
    with tracker.start_run() as run:
        tracker.log_metric("loss", 1.0)
    from jupyter_tracker.tracking import active

    options = CurveOptions(run_ids=[run.info.run_id], metrics=["nope"])
    assert curves_text(metric_curves_view(active.store(), options)) == "These runs have no points of nope."


@pytest.mark.parametrize("prefix", ["sqlite:////", "file:///"])
def test_a_slash_too_many_names_the_same_store(project, prefix):
    tracker.set_tracking_uri(f"sqlite:///{project}/tracker.db")
    with tracker.start_run() as run:
        pass
    tracker.set_tracking_uri(f"{prefix}{project}/tracker.db")
    assert tracker.get_tracking_uri() == f"sqlite:///{project}/tracker.db"
    assert tracker.get_run(run.info.run_id).info.status == "FINISHED"


@pytest.mark.parametrize("call", [lambda: tracker.log_params("lr", 0.1), lambda: tracker.set_tags("team")])
def test_what_cannot_be_logged_starts_no_run(project, call):
    with pytest.raises(InvalidParameterError, match="must be a dict"):
        call()
    assert tracker.active_run() is None
