import pytest

from jupyter_tracker.magics.arguments import MagicArgumentError
from jupyter_tracker.magics.compare_arguments import CompareArguments, parse_compare


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("rf-baseline 1a2b", {"runs": ("rf-baseline", "1a2b")}),
        ('"my run" other', {"runs": ("my run", "other")}),
        ("metrics.f1 > 0.9", {"filter": "metrics.f1 > 0.9"}),
        ("a b --baseline b", {"runs": ("a", "b"), "baseline": "b"}),
        (
            "a b --minimize dip, gap --maximize=f1",
            {"runs": ("a", "b"), "minimize": ("dip", "gap"), "maximize": ("f1",)},
        ),
        ("--experiment churn --max 50", {"experiment": "churn", "limit": 50}),
    ],
)
def test_what_is_written_is_what_is_meant(text, expected):
    assert parse_compare(text) == CompareArguments(**expected)


@pytest.mark.parametrize(
    ("text", "message", "pointed"),
    [
        ("a", "One run alone", "a"),
        ("a b --base b", "did you mean '--baseline'", "--base"),
        ("a b --baseline", "needs a value", "--baseline"),
        ("a b --baseline a --baseline b", "given twice", "--baseline"),
        ("--max 1", "from 2 to 200", "--max"),
        ("--max many", "from 2 to 200", "--max"),
        ("a b --experiment churn", "for a filter", "a"),
        ("'open", "not closed", "'"),
    ],
)
def test_mistakes_are_pointed_at(text, message, pointed):
    with pytest.raises(MagicArgumentError, match=message) as caught:
        parse_compare(text)
    assert caught.value.line[caught.value.position :].startswith(pointed)
