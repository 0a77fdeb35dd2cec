import pytest

from jupyter_tracker.magics.arguments import MagicArgumentError
from jupyter_tracker.magics.tracker_arguments import TrackerArguments, parse_tracker


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("churn", {"experiment": "churn"}),
        ('"my experiment" --tab curves', {"experiment": "my experiment", "tab": "curves"}),
        ("metrics.f1 > 0.9 --experiment churn", {"filter": "metrics.f1 > 0.9", "experiment": "churn"}),
        ("--tab=comparison", {"tab": "comparison"}),
    ],
)
def test_what_is_written_is_what_is_meant(text, expected):
    assert parse_tracker(text) == TrackerArguments(**expected)


@pytest.mark.parametrize(
    ("text", "message", "pointed"),
    [
        ("my experiment", "quote a name", "experiment"),
        ("churn --experiment other", "One experiment", "churn"),
        ("--tab charts", "experiments, table, curves or comparison", "--tab"),
        ("--tab curves --tab table", "given twice", "--tab"),
        ("--tabs curves", "did you mean '--tab'", "--tabs"),
        ("'open", "not closed", "'"),
    ],
)
def test_mistakes_are_pointed_at(text, message, pointed):
    with pytest.raises(MagicArgumentError, match=message) as caught:
        parse_tracker(text)
    assert caught.value.line[caught.value.position :].startswith(pointed)
