"""Metric columns as bytes: exact both ways, small where it matters."""

import math
import struct

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


def test_chunks_of_the_first_kind_are_still_read():
    # As the first version wrote it: each plane of one byte, however long.
    n = 1500
    values = np.arange(n) * 0.5
    table = values.view(np.uint8).reshape(-1, 8)
    planes = b"".join(struct.pack("<BI", 1, n) + table[:, plane].tobytes() for plane in range(8))
    constant = struct.pack("<BIB", 0, 1, 0) * 8
    data = (
        struct.pack("<BI", 1, n) + struct.pack("<qq", 7, 3) + constant + struct.pack("<qq", NOW, 0) + constant + planes
    )
    steps, times, decoded = chunks.decode(data)
    assert steps.tolist() == list(range(7, 7 + 3 * n, 3))
    assert times.tolist() == [NOW] * n
    assert decoded.tolist() == values.tolist()


@pytest.mark.parametrize("count", [0, 1, 32_768, 32_769, 1_000_000])
def test_parts_hold_each_point_once_and_fit_the_cache(count):
    parts = chunks.parts_of(count)
    assert [point for part in parts for point in range(part.start, part.stop)] == list(range(count))
    sizes = [part.stop - part.start for part in parts]
    assert not sizes or (max(sizes) <= 32_768 and max(sizes) - min(sizes) <= 1)


@pytest.mark.parametrize("twice_at", [0, 32_767, 32_768, 39_998])
def test_a_step_out_of_order_is_found_wherever_it_is(twice_at):
    steps = np.arange(40_000)
    steps[twice_at + 1] = steps[twice_at]
    data = [chunks.encode(steps, np.full(40_000, NOW), np.full(40_000, 0.5))]
    joined = chunks.joined(data)
    assert len(joined[0]) == 39_999
    assert (np.diff(joined[0]) > 0).all()


def test_rows_give_what_their_chunks_give():
    data = [chunks.encode([step], [NOW], [0.5]) for step in (3, 1, 2)]
    rows = chunks.joined_rows(iter([(chunk, 3) for chunk in data]))
    assert [column.tolist() for column in rows] == [column.tolist() for column in chunks.joined(data)]
    assert [len(column) for column in chunks.joined_rows(iter([]))] == [0, 0, 0]
