import math

import pytest

from jupyter_tracker.views.rounding import duration, number_in, rounded


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (0.951234, "0.9512"),
        (0.5, "0.5"),
        (1.2e-05, "1.2e-05"),
        (0.0001, "0.0001"),
        (12345.0, "12,345"),
        (12345.678, "12,346"),
        (123.456, "123.5"),
        (-3.14159, "-3.142"),
        (1e6 + 0.5, "1,000,000"),
        (1234567890123456.0, "1.235e+15"),
        (12345678.9, "1.235e+07"),
        (1e300, "1e+300"),
        (5e-324, "4.941e-324"),
        (math.nan, "NaN"),
        (math.inf, "∞"),
        (-math.inf, "-∞"),
        (0.99999, "1"),
    ],
)
def test_numbers_have_about_four_digits(value, text):
    assert rounded(value) == text


def test_nothing_less_than_zero_is_zero():
    assert rounded(-0.0, 3) == "0.000"


@pytest.mark.parametrize(("text", "number"), [("1e-3", 1e-3), ("64_32", None), ("20261101_120000", None), ("x", None)])
def test_a_param_is_a_number_as_in_a_filter(text, number):
    assert number_in(text) == number


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (-5, "0 ms"),
        (430, "430 ms"),
        (999.9, "999 ms"),
        (3199, "3.1s"),
        (12_900, "12s"),
        (204_000, "3m 24s"),
        (3_720_000, "1h 02m"),
        (183_600_000, "2d 3h"),
    ],
)
def test_durations_are_read_at_a_glance(milliseconds, text):
    assert duration(milliseconds) == text
