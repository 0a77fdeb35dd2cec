"""Metric columns as bytes: exact both ways, small where it matters."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_tracker.store.sql import chunks

NOW = 1_790_000_000_000
INT64 = st.integers(-(2**63), 2**63 - 1)


def bits(values):
    return np.asarray(values, np.float64).view(np.int64).tolist()


@given(st.lists(st.tuples(INT64, st.integers(0, 2**63 - 1), st.floats()), max_size=60))
@pytest.mark.parametrize("repeat", [1, 64])
def test_every_bit_comes_back(repeat, points):
    steps, times, values = ([point[i] for point in points] * repeat for i in range(3))
    decoded = chunks.decode(chunks.encode(steps, times, values))
    assert decoded[0].tolist() == steps
    assert decoded[1].tolist() == times
    assert bits(decoded[2]) == bits(values)


def test_a_noisy_series_takes_at_most_seven_bytes_a_point():
    rng = np.random.default_rng(0)
    n = 100_000
    values = np.exp(-np.arange(n) / 3e4) + rng.normal(0, 0.05, n)
    times = NOW + np.cumsum(rng.random(n) < 0.01)
    data = chunks.encode(np.arange(n), times, values)
    assert len(data) / n < 7
    steps, decoded_times, decoded = chunks.decode(data)
    assert (steps == np.arange(n)).all()
    assert (decoded_times == times).all()
    assert (decoded == values).all()


def test_joined_sorts_and_drops_identical_points():
    nan, inf = math.nan, math.inf
    first = chunks.encode([2, 0, 1], [NOW] * 3, [0.2, nan, inf])
    second = chunks.encode([0, 2, 2, 1], [NOW, NOW, NOW + 1, NOW], [nan, 0.2, 0.2, -inf])
    steps, times, values = chunks.joined([first, second])
    assert steps.tolist() == [0, 1, 1, 2, 2]
    assert times.tolist() == [NOW, NOW, NOW, NOW, NOW + 1]
    assert bits(values) == bits([nan, -inf, inf, 0.2, 0.2])


def test_joined_of_nothing_is_empty():
    assert [len(column) for column in chunks.joined([])] == [0, 0, 0]
