import struct
import zlib

import pytest

from jupyter_tracker.widgets._png import HEIGHT, WIDTH, sparkline_png


def pixels(png):
    """Return the rows of a PNG of ours as lists of 0 and 1, after checking its structure."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, chunks = 8, {}
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length : at + 12 + length]) == (zlib.crc32(kind + data),)
        chunks[kind] = data
        at += 12 + length
    assert list(chunks) == [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"]
    width, height, depth, colour = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (width, height, depth, colour) == (WIDTH, HEIGHT, 1, 3)
    raw, stride = zlib.decompress(chunks[b"IDAT"]), WIDTH // 8 + 1
    rows = [raw[y * stride + 1 : (y + 1) * stride] for y in range(HEIGHT)]
    return [[row[x >> 3] >> (7 - x % 8) & 1 for x in range(WIDTH)] for row in rows]


def height_at(rows, x):
    """Return how high above the lower edge the line is at a column, or None."""
    drawn = [HEIGHT - 1 - y for y in range(HEIGHT) if rows[y][x]]
    return sum(drawn) / len(drawn) if drawn else None


def test_a_rising_series_rises():
    rows = pixels(sparkline_png([float(i) for i in range(60)]))
    heights = [height_at(rows, x) for x in range(10, WIDTH - 10, 20)]
    assert heights == sorted(heights)
    assert heights[-1] - heights[0] > HEIGHT / 2


@pytest.mark.parametrize("values", [[], [None], [None, None]])
def test_without_values_the_picture_is_empty(values):
    assert not any(map(any, pixels(sparkline_png(values))))


def test_a_flat_line_lies_in_the_middle():
    rows = pixels(sparkline_png([5.0, 5.0]))
    assert height_at(rows, WIDTH // 2) == pytest.approx(HEIGHT / 2, abs=1.5)


def test_a_missing_value_leaves_a_gap():
    rows = pixels(sparkline_png([0.0, 1.0, None, None, 1.0, 0.0]))
    assert height_at(rows, WIDTH // 2) is None
    assert height_at(rows, 10) is not None


def test_one_value_is_a_dot():
    assert 4 <= sum(map(sum, pixels(sparkline_png([3.0])))) <= 50


@pytest.mark.parametrize("values", [[-1.7e308, 1.7e308], [5e-324, 0.0], [1e16, 1e16 + 2, 1e16]])
def test_extreme_values_stay_inside(values):
    assert any(map(any, pixels(sparkline_png(values))))


def test_it_is_small():
    noisy = [float(i * 7919 % 101) for i in range(60)]
    assert len(sparkline_png(noisy)) < 1000
