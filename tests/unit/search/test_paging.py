import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.search.paging import offset_of, token_of


@given(st.integers(0, 2**63 - 1))
def test_round_trip(offset):
    assert offset_of(token_of(offset)) == offset


@pytest.mark.parametrize("token", [None, ""])
def test_no_token_is_the_first_page(token):
    assert offset_of(token) == 0


@pytest.mark.parametrize(
    "token",
    [
        "?",
        "abc",
        "é",
        *(base64.b64encode(text).decode() for text in (b"{}", b"[]", b"7", b'{"offset": -1}', b'{"offset": "1"}')),
        base64.b64encode(b'{"offset": true}').decode(),
        base64.b64encode(b'{"offset": 9223372036854775808}').decode(),
        base64.b64encode(b"\xff\xfe").decode(),
    ],
)
def test_what_is_no_token(token):
    with pytest.raises(InvalidParameterError, match="Invalid page token"):
        offset_of(token)
