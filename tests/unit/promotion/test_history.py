"""Moments that a history is asked for."""

import datetime as dt

import pytest

from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.promotion.history import moment_of


def test_a_moment_with_a_zone_is_the_same_everywhere():
    assert moment_of("2026-11-03T12:00:00.001+02:00") == 1_793_700_000_001
    assert moment_of(dt.datetime(2026, 11, 3, 10, tzinfo=dt.UTC)) == 1_793_700_000_000


def test_a_day_ends_when_the_next_begins():
    assert moment_of("2026-11-03") + 1 == moment_of(dt.datetime(2026, 11, 4))  # noqa: DTZ001 - local time is meant


@pytest.mark.parametrize("when", ["9999-12-31", dt.date.max, "0001-01-01T00:00", "soon", "", 1.5, None, True])
def test_what_no_clock_can_tell_is_no_moment(when):
    with pytest.raises(InvalidParameterError, match="no moment"):
        moment_of(when)
