"""What `%%track` and `%runs` understand, and how they say what they do not."""

import pytest

from jupyter_tracker.errors import TrackerError
from jupyter_tracker.magics.arguments import (
    MagicArgumentError,
    RunsOptions,
    TrackOptions,
    parse_runs,
    parse_track,
    read_track,
    without_comment,
)


def test_nothing_said_is_the_default():
    assert parse_track("") == TrackOptions() == parse_track("   ")


def test_every_option_at_once():
    text = (
        "run_name=rf-baseline experiment=churn tags.author=alice tags.team.lead=bob params.lr=0.1 "
        'description="two words" --vars lr,epochs --resume 1a2b --nested --no-autolog --no-capture --quiet'
    )
    assert parse_track(text) == TrackOptions(
        run_name="rf-baseline",
        experiment="churn",
        description="two words",
        tags={"author": "alice", "team.lead": "bob"},
        params={"lr": "0.1"},
        vars=("lr", "epochs"),
        resume="1a2b",
        nested=True,
        no_autolog=True,
        no_capture=True,
        quiet=True,
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('run_name="a b"', "a b"),
        ("run_name='a b'", "a b"),
        ("run_name=a' 'b", "a b"),
        (r'run_name="say \"hi\""', 'say "hi"'),
        ("run_name='say \"hi\"'", 'say "hi"'),
        (r"run_name=C:\data\new", r"C:\data\new"),
        ('run_name="a=b"', "a=b"),
        ("run_name=a=b", "a=b"),
        ('run_name="--quiet"', "--quiet"),
        ("run_name=über", "über"),
    ],
)
def test_quoted_values(text, value):
    assert parse_track(text).run_name == value


@pytest.mark.parametrize("text", ["--vars lr,epochs", "--vars=lr,epochs", "--vars lr, epochs", '--vars "lr, epochs"'])
def test_a_list_of_variables(text):
    assert parse_track(text).vars == ("lr", "epochs")


@pytest.mark.parametrize(
    ("text", "word", "says"),
    [
        ("run_nme=x", "run_nme", "did you mean 'run_name'"),
        ("name=x", "name", "did you mean 'run_name'"),
        ("tag.author=x", "tag.author", "did you mean 'tags.author'"),
        ("--nestd", "--nestd", "did you mean '--nested'"),
        ("--var lr", "--var", "did you mean '--vars'"),
        ("--run-name=x", "--run-name", "did you mean 'run_name'"),
        ("lr=0.1", "lr", "params.lr=0.1"),
        ("my-run", "my-run", "run_name=my-run"),
        ("run_name = x", "run_name", "without spaces"),
        ("run_name=", "run_name=", "has no value"),
        ("tags.=x", "tags.=x", "needs a name"),
        ("--vars", "--vars", "needs a value"),
        ("--resume --quiet", "--resume", "needs a value"),
        ("--vars 3x", "--vars", "'3x' is not the name of a variable"),
        ("--quiet=1", "--quiet=1", "takes no value"),
        ("run_name=a run_name=b", "run_name=b", "given twice"),
        ("tags.a=1 tags.a=2", "tags.a=2", "given twice"),
        ('run_name="a b', '"a b', "not closed"),
    ],
)
def test_what_is_not_understood_is_pointed_at(text, word, says):
    with pytest.raises(MagicArgumentError) as caught:
        parse_track(text)
    error = caught.value
    assert says in error.problem
    assert error.line[error.position : error.position + error.length] == word
    _, line, marker = str(error).split("\n")
    assert line.strip() == f"%%track {text}"
    assert line[marker.index("^") : marker.index("^") + len(word)] == word
    assert isinstance(error, TrackerError)
    assert error.error_code == "INVALID_PARAMETER_VALUE"


def test_what_could_be_read_is_kept_beside_the_errors():
    options, errors = read_track('run_name=rf bogus=1 experiment=churn tags.a=1 --nope description="x')
    assert (options.run_name, options.experiment, options.tags) == ("rf", "churn", {"a": "1"})
    assert [error.line[error.position] for error in errors] == ["b", "-", '"']


def test_runs_keeps_the_filter_as_it_was_written():
    options = parse_runs("metrics.f1 > 0.9 and params.model = 'r f' --order-by metrics.f1 desc --max 5 --all")
    assert options == RunsOptions(
        filter="metrics.f1 > 0.9 and params.model = 'r f'",
        order_by="metrics.f1 desc",
        max_results=5,
        all_experiments=True,
    )


def test_runs_options_in_front_of_the_filter():
    options = parse_runs("--max 3 --experiment 'a b' metrics.f1 > 0.9")
    assert (options.filter, options.max_results, options.experiment) == ("metrics.f1 > 0.9", 3, "a b")


@pytest.mark.parametrize(
    "text",
    [
        "metrics.f1 > 0.9 and params.model = 'rf' --max 3",
        "--filter metrics.f1 > 0.9 and params.model = 'rf' --max 3",
        "--max 3 --filter \"metrics.f1 > 0.9 and params.model = 'rf'\"",
        "--filter=\"metrics.f1 > 0.9 and params.model = 'rf'\" --max 3",
        "\"metrics.f1 > 0.9 and params.model = 'rf'\" --max 3",  # as in a shell
    ],
)
def test_runs_takes_a_filter_with_and_without_its_name(text):
    options = parse_runs(text)
    assert (options.filter, options.max_results) == ("metrics.f1 > 0.9 and params.model = 'rf'", 3)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("--filter", "needs a value"),
        ("metrics.f1 > 1 --filter metrics.f1 > 2", "twice"),
        ("--filter 'metrics.f1 > 1' --max 3 metrics.f1 > 2", "twice"),
        ("--max x", "whole number"),
        ("--max 0", "whole number"),
        ("--orderby metrics.f1", "did you mean '--order-by'"),
        ("--order-by", "needs a value"),
        ("--all --experiment x", "exclude"),
        ("--max 1 --max 2", "twice"),
        ("params.a = 'b", "not closed"),
    ],
)
def test_runs_says_what_it_does_not_understand(text, says):
    with pytest.raises(MagicArgumentError) as caught:
        parse_runs(text)
    assert says in caught.value.problem


def test_a_lone_hash_begins_a_comment():
    options = parse_track("run_name=a#1 tags.x='# no' # it's the first")
    assert options == TrackOptions(run_name="a#1", tags={"x": "# no"})
    assert parse_runs("metrics.f1 > 0.9  # the good ones") == RunsOptions(filter="metrics.f1 > 0.9")
    assert parse_runs("# all of them") == RunsOptions()


@pytest.mark.parametrize(
    ("text", "rest"),
    [("churn", "churn"), ("churn #2  # it's new", "churn #2"), ("'a # b' # c", "'a # b'"), ("#", "")],
)
def test_without_comment(text, rest):
    assert without_comment(text) == rest


@pytest.mark.parametrize("word", ["--help", "-h"])
def test_help_is_where_it_is_in_ipython(word):
    with pytest.raises(MagicArgumentError, match=r"`%%track\?` shows"):
        parse_track(word)
    with pytest.raises(MagicArgumentError, match=r"`%runs\?` shows"):
        parse_runs("--help")
