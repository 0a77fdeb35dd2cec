"""orjson and the standard library understand the same and say the same; what one refuses the other gets."""

import json
import math

import pytest

from jupyter_tracker.api import encoding


@pytest.fixture(params=["orjson", "json"])
def either(request, monkeypatch):
    if request.param == "json":
        monkeypatch.setattr(encoding, "orjson", None)
    else:
        assert encoding.orjson is not None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"metrics": [{"key": "ä/b", "value": 1 / 3, "timestamp": 1_700_000_000_000, "step": -5}]},
        {"value": 1e300, "small": 5e-324, "whole": 1.0, "large": 2**63 - 1, "larger": 2**70},
        {"text": 'quote " slash \\ null \x00 line \u2028 smile 😀', "half": "\ud800"},
        {7: "a number as a key", "none": None, "yes": True, "empty": [[], {}]},
    ],
)
def test_what_is_said_is_what_was_meant(either, body):
    assert json.loads(encoding.encoded(body)) == json.loads(json.dumps(body))


@pytest.mark.parametrize(
    "text",
    [
        '{"a": [1, 2.5e-3, "\\u00e4\\ud83d\\ude00"]}',
        '{"a": 1, "a": 2}',
        '{"big": 18446744073709551616}',
    ],
)
def test_what_is_read_is_what_was_said(either, text):
    assert encoding.decoded(text.encode()) == json.loads(text)


def test_half_of_a_character_is_a_question_mark(either):
    text = b'{"half\\ud800": ["\\uDC00 \xc3\xa4"], "whole": "\\ud83d\\ude00"}'
    assert encoding.decoded(text) == {"half?": ["? ä"], "whole": "😀"}
    assert encoding.decoded(b'{"raw": "\xed\xa0\x80"}') == {"raw": "?"}


def test_bare_words_that_json_has_not_are_read_alike(either):
    found = encoding.decoded(b'{"a": NaN, "b": -Infinity}')
    assert math.isnan(found["a"])
    assert found["b"] == -math.inf


@pytest.mark.parametrize("text", [b"{", b'{"a": 01}', b"\xff", b"", b"[1,]"])
def test_what_is_no_json_is_said(either, text):
    with pytest.raises(ValueError, match=r"."):
        encoding.decoded(text)
