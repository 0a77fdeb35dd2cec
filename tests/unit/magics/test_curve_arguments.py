import pytest

from jupyter_tracker.magics.arguments import MagicArgumentError
from jupyter_tracker.magics.curve_arguments import CurvesArguments, parse_curves


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("rf-baseline 1a2b", {"runs": ("rf-baseline", "1a2b")}),
        ('"my run"', {"runs": ("my run",)}),
        ("metrics.f1 > 0.9 and params.model = 'rf'", {"filter": "metrics.f1 > 0.9 and params.model = 'rf'"}),
        ("run_name LIKE 'rf-%'", {"filter": "run_name LIKE 'rf-%'"}),
        ("a b --metrics f1,loss", {"runs": ("a", "b"), "metrics": ("f1", "loss")}),
        ("--metrics f1, loss --log-y", {"metrics": ("f1", "loss"), "log_y": True}),
        ("--x=relative --smoothing 0.6", {"x": "relative", "smoothing": 0.6}),
        ("--group-by lr --max 5", {"group_by": "params.lr", "limit": 5}),
        ("--group-by tags.author --experiment churn", {"group_by": "tags.author", "experiment": "churn"}),
    ],
)
def test_what_is_written_is_what_is_meant(text, expected):
    assert parse_curves(text) == CurvesArguments(**expected)


@pytest.mark.parametrize(
    ("text", "message", "pointed"),
    [
        ("--metric f1", "did you mean '--metrics'", "--metric"),
        ("--metrics", "needs a value", "--metrics"),
        ("--x epoch", "step, time or relative", "--x"),
        ("--smoothing 1", "from 0 to 0.999", "--smoothing"),
        ("--smoothing much", "from 0 to 0.999", "--smoothing"),
        ("--log-y=1", "takes no value", "--log-y=1"),
        ("--log-y --log-y", "given twice", "--log-y"),
        ("--max 0", "at least 1", "--max"),
        ("a b --experiment churn", "for a filter", "a"),
        ("'open", "not closed", "'"),
    ],
)
def test_mistakes_are_pointed_at(text, message, pointed):
    with pytest.raises(MagicArgumentError, match=message) as caught:
        parse_curves(text)
    assert caught.value.line[caught.value.position :].startswith(pointed)
