import json
import math

import pytest

from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.wire.logged import metrics_of
from jupyter_tracker.wire.numbers import number_from_json, number_to_json
from jupyter_tracker.wire.reading import Fields


@pytest.mark.parametrize("value", [0.0, -0.0, 1.5, 5e-324, 1.7976931348623157e308, math.inf, -math.inf, math.nan])
def test_every_float_survives_strict_json(value):
    text = json.dumps(number_to_json(value), allow_nan=False)
    back = number_from_json(json.loads(text))
    assert repr(back) == repr(value)


def test_integers_become_floats():
    assert number_from_json(3) == 3.0
    assert isinstance(number_from_json(3), float)


@pytest.mark.parametrize("value", ["nan", "1", "", None, True, [], {}])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(InvalidParameterError, match="is not a number"):
        number_from_json(value)


def test_a_whole_number_too_large_for_a_float_is_refused_in_a_batch():
    point = {"key": "f1", "value": 10**400, "timestamp": 1, "step": 0}
    with pytest.raises(InvalidParameterError, match=r"metrics\[0\]\.value"):
        metrics_of(Fields({"metrics": [point]}), "metrics")
