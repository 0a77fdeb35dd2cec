import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from jupyter_tracker.views.sparkline import SPARK_POINTS, spark_values

FLOATS = st.floats(allow_nan=True, allow_infinity=True, width=64)


def test_a_short_series_is_given_as_it_is():
    assert spark_values(np.array([1.0, 3.0, 2.0])) == [1.0, 3.0, 2.0]
    assert spark_values(np.array([])) == []


def test_what_is_not_finite_is_none():
    assert spark_values(np.array([np.nan, 1.0, np.inf, -np.inf])) == [None, 1.0, None, None]


def test_a_single_spike_in_a_million_points_is_kept():
    values = np.zeros(1_000_000)
    values[567_891] = 7.0
    values[123_456] = -3.0
    spark = spark_values(values)
    assert len(spark) <= SPARK_POINTS
    assert max(spark) == 7.0
    assert min(spark) == -3.0
    assert spark.index(-3.0) < spark.index(7.0)


def test_a_stretch_without_a_value_is_a_gap():
    values = np.arange(6000.0)
    values[2000:4000] = np.nan
    spark = spark_values(values)
    gap = [i for i, value in enumerate(spark) if value is None]
    assert gap
    assert gap == list(range(gap[0], gap[-1] + 1))


# On a busy machine drawing 500 floats can take a second; that is no fault of what is tested.
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(hnp.arrays(np.float64, st.integers(0, 500), elements=FLOATS))
def test_extremes_ends_and_length_hold_for_any_series(values):
    spark = spark_values(values)
    assert len(spark) <= SPARK_POINTS
    finite = values[np.isfinite(values)]
    shown = [value for value in spark if value is not None]
    assert len(finite) == 0 or (min(shown), max(shown)) == (finite.min(), finite.max())
    assert set(shown) <= set(finite.tolist())


@pytest.mark.parametrize("count", [60, 61, 62, 119, 120, 10_000])
def test_first_and_last_stay(count):
    spark = spark_values(np.arange(float(count)))
    assert (spark[0], spark[-1]) == (0.0, count - 1.0)
    assert spark == sorted(spark)
