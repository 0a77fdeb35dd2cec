import pytest

from jupyter_tracker.magics.arguments import MagicArgumentError
from jupyter_tracker.magics.registry_arguments import parse_promote, parse_registry


def test_what_is_written_is_what_is_meant():
    asked = parse_promote(
        '"rf deep" --model churn --metric=f1 --threshold 0.02 --relative --comment "why not" --dry-run'
    )
    assert asked.run == "rf deep"
    assert asked.options == {
        "model": "churn", "metric": "f1", "threshold": 0.02, "relative": True, "comment": "why not", "dry_run": True,
    }  # fmt: skip
    assert parse_promote("").run is None
    assert parse_registry("") is None
    assert parse_registry("'my model'") == "my model"


@pytest.mark.parametrize(
    ("text", "message", "pointed"),
    [
        ("a b", "One run", "b"),
        ("--threshold high", "takes a number", "--threshold"),
        ("--metric f1 --metric f2", "given twice", "--metric"),
        ("--dry-run=yes", "takes no value", "--dry-run"),
        ("--modell churn", "did you mean '--model'", "--modell"),
        ("--model", "needs a value", "--model"),
    ],
)
def test_mistakes_are_pointed_at(text, message, pointed):
    with pytest.raises(MagicArgumentError, match=message) as caught:
        parse_promote(text)
    assert caught.value.line[caught.value.position :].startswith(pointed)


@pytest.mark.parametrize("text", ["a b", "--model churn"])
def test_the_board_takes_one_name(text):
    with pytest.raises(MagicArgumentError):
        parse_registry(text)
