import pytest

from jupyter_tracker.search import fields
from jupyter_tracker.search.grammar import parse_filter
from jupyter_tracker.search.reference import TARGET, with_tables


def test_the_page_has_the_tables_of_the_code():
    text = TARGET.read_text(encoding="utf-8")
    assert text == with_tables(text), "run python -m jupyter_tracker.search.reference"


@pytest.mark.parametrize("name", fields.RUNS.names())
def test_every_attribute_says_what_it_is(name):
    attribute = fields.RUNS.attributes[name]
    assert attribute.about or attribute.values
    assert f"| `{name}` |" in TARGET.read_text(encoding="utf-8")


def test_the_examples_can_be_read():
    page = TARGET.read_text(encoding="utf-8")
    block = page.split("numbers in params:\n\n```\n")[1].split("```")[0]
    for line in block.strip().splitlines():
        assert parse_filter(line, fields.RUNS)
