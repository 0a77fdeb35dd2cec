"""The bytes of a journal: what is written is read, and damage costs only what is damaged."""

import random
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_tracker.store.journal import records

NOW = 1_790_000_000_000
SMALL, LARGE = 10, 500  # below and above the number of points from which NumPy reads


def points_of(content):
    """Return every point read, by key, as plain tuples."""
    return {
        key: [
            (int(step), int(time), float(value))
            for column in columns
            for step, time, value in zip(column.steps, column.timestamps, column.values, strict=True)
        ]
        for key, columns in content.columns.items()
    }


def journal(count):
    parts = [
        records.pack_json(records.HEADER, {"run_id": "r"}, NOW),
        records.pack_payload(records.KEY, "loss/ä".encode(), NOW, 0),
        records.pack_payload(records.KEY, b"acc", NOW, 1),
        records.pack_json(records.PARAMS, {"lr": "0.1"}, NOW),
    ]
    for step in range(count):
        parts.append(records.pack_metric(step % 2, step, NOW + step, step / 7))
        if step == count // 2:
            parts.append(records.pack_json(records.TAGS, {"a": "1" * 50}, NOW))
    parts.append(
        records.pack_block(
            [0, 1, 0], array("q", [1, 2, 3]), array("q", [NOW, NOW, NOW]), array("d", [0.1, 0.2, 0.3]), NOW
        )
    )
    return parts


@pytest.mark.parametrize("count", [SMALL, LARGE])
@pytest.mark.parametrize("trusted", [True, False])
def test_what_is_written_is_read(count, trusted):
    data = b"".join(journal(count))
    content = records.read(data, trusted=trusted)
    assert content.end == len(data)
    assert content.header == {"run_id": "r"}
    assert content.keys == {0: "loss/ä", 1: "acc"}
    assert content.params == {"lr": "0.1"}
    assert content.tags == {"a": "1" * 50}
    expected = {
        key: [(step, NOW + step, step / 7) for step in range(key, count, 2)]
        + [(s, NOW, v) for k, s, v in ((0, 1, 0.1), (1, 2, 0.2), (0, 3, 0.3)) if k == key]
        for key in (0, 1)
    }
    assert points_of(content) == expected
    assert content.last_ms == NOW + count - 1


@pytest.mark.parametrize("count", [SMALL, LARGE])
def test_a_torn_tail_is_left_out(count):
    whole = b"".join(journal(count))
    last = records.pack_metric(0, 999, NOW, 1.0)
    for cut in range(1, records.SLOT):
        content = records.read(whole + last[:cut], trusted=False)
        assert 999 not in [step for step, _, _ in points_of(content)[0]]
        assert content.end == len(whole)


@pytest.mark.parametrize("count", [SMALL, LARGE])
def test_damage_costs_only_the_damaged_record(count):
    parts = journal(count)
    at = 4 + count // 4
    damaged = [*parts]
    damaged[at] = bytes([parts[at][0] ^ 0xFF]) + parts[at][1:]
    good, bad = (points_of(records.read(b"".join(p), trusted=False)) for p in (parts, damaged))
    lost = {point for key in good for point in good[key]} - {point for key in bad for point in bad[key]}
    assert len(lost) == 1
    assert not {point for key in bad for point in bad[key]} - {point for key in good for point in good[key]}


@pytest.mark.parametrize("count", [SMALL, LARGE])
def test_a_short_write_in_the_middle_is_passed_over(count):
    parts = journal(count)
    torn = b"".join([*parts[:6], parts[6][:17], *parts[7:]])
    good, bad = points_of(records.read(b"".join(parts), trusted=False)), points_of(records.read(torn, trusted=False))
    assert sum(map(len, good.values())) - sum(map(len, bad.values())) == 1


def test_payloads_that_look_like_points_are_not_points():
    fake = records.pack_metric(0, 12345, NOW, 9.9) * 3
    series = array("q", range(200)).tobytes() * 2 + array("d", [0.5] * 200).tobytes()
    data = (
        records.pack_payload(records.KEY, b"k", NOW, 0)
        + records.pack_json(records.TAGS, {"x": fake.decode("latin-1")}, NOW)
        + records.pack_payload(records.SERIES, series, NOW, 0)
        + b"".join(records.pack_metric(0, step, NOW, 1.0) for step in range(100))
    )  # fmt: skip
    points = points_of(records.read(data, trusted=True))[0]
    assert len(points) == 300
    assert 12345 not in [step for step, _, _ in points]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3),
            st.integers(-(2**63), 2**63 - 1),
            st.integers(0, 2**63 - 1),
            st.floats(allow_nan=False),
        ),
        max_size=150,
    )
)
def test_any_points_survive_in_order(points):
    data = b"".join(records.pack_metric(*point) for point in points)
    read = points_of(records.read(data, trusted=False))
    assert read == {key: [point[1:] for point in points if point[0] == key] for key in {point[0] for point in points}}


def test_random_bytes_never_raise():
    rng = random.Random(5)
    for size in (0, 1, 35, 36, 100, 5000):
        content = records.read(rng.randbytes(size), trusted=False)
        assert not content.columns
