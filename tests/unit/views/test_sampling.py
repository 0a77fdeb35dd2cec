import numpy as np
import pytest

from jupyter_tracker.views.curve_groups import mean_and_spread
from jupyter_tracker.views.sampling import Points, Sampling, downsampled, shortened, smoothed, window_slice


def series(count=100_000, seed=0):
    noise = np.random.default_rng(seed).normal(size=count)
    return np.arange(count, dtype=float), np.cumsum(noise)


def test_extremes_and_ends_are_kept_however_few_points_there_are():
    x, y = series()
    y[31_337], y[77_777] = 1e4, -1e4
    short_x, short_y = downsampled(x, y, 50)
    assert len(short_x) <= 54
    assert {0.0, 31_337.0, 77_777.0, 99_999.0} <= set(short_x.tolist())
    assert (short_y.max(), short_y.min()) == (1e4, -1e4)
    assert (np.diff(short_x) > 0).all()
    assert (y[short_x.astype(int)] == short_y).all()


def test_a_short_series_is_left_as_it_is():
    x, y = series(40)
    short_x, short_y = downsampled(x, y, 50)
    assert short_x.tolist() == x.tolist()
    assert short_y.tolist() == y.tolist()


@pytest.mark.parametrize("points", [30, 500])
def test_what_is_not_finite_is_one_gap(points):
    x = np.arange(200.0)
    y = np.sin(x)
    y[50:60], y[120], y[121] = np.nan, np.inf, -np.inf
    short_x, short_y = downsampled(x, y, points)
    gaps = np.flatnonzero(np.isnan(short_y))
    assert len(gaps) == 2
    assert np.isfinite(short_y[gaps - 1]).all()
    assert np.isfinite(short_y[gaps + 1]).all()
    assert (np.diff(short_x) >= 0).all()
    assert not np.isinf(short_y).any()


def test_a_series_without_any_finite_value_has_no_points():
    x, y = downsampled(np.arange(5.0), np.full(5, np.nan), 50)
    assert (len(x), len(y)) == (0, 0)


def test_a_logarithmic_axis_gets_its_points_evenly_and_nothing_at_zero():
    x, y = series()
    even = downsampled(x, y, 300)[0]
    log = downsampled(x, y, 300, log_x=True)[0]
    assert log[0] == 1.0
    assert np.count_nonzero(log < 1000) > 10 * np.count_nonzero(even < 1000)


@pytest.mark.parametrize("first", [0.0, 1.0, 12.271914702493437, 1.7e12, 2.0**62])
@pytest.mark.parametrize("step", [0.0, 1e-9, 1.0])
def test_an_axis_that_hardly_moves_keeps_spikes_and_ends(first, step):
    # A whole series that was logged at once bears one time; counters of samples are large.
    for count in range(600, 660):
        x, y = first + step * np.arange(count), np.sin(np.arange(count))
        y[count // 3] = 9.0
        short_x, short_y = downsampled(x, y, 100)
        assert len(short_x) <= 104
        assert short_y.max() == 9.0
        assert (short_y[0], short_y[-1]) == (y[0], y[-1])
        assert (np.diff(short_x) >= 0).all()


def test_values_near_the_largest_float_warn_of_nothing():
    large = np.array([1e308, 1e308, -1e308])
    assert np.isfinite(smoothed(large, 0.9)[0])
    mean, spread = mean_and_spread([Points(np.arange(3.0), large), Points(np.arange(3.0), -large)], 10)
    assert mean.y.tolist() == [0.0, 0.0, 0.0]
    assert np.isinf(spread).all()


def test_the_window_keeps_a_neighbour_on_each_side():
    x, y = series(1000)
    sampling = Sampling("step", 0.0, log_x=False, window=(100.5, 200.5), points=500)
    short_x, _ = shortened(x, y, sampling)
    assert (short_x[0], short_x[-1], len(short_x)) == (100.0, 201.0, 102)
    outside = Sampling("step", 0.0, log_x=False, window=(5000.0, 6000.0), points=500)
    assert x[window_slice(x, outside)].tolist() == [999.0]


def reference_ema(values, weight):
    total = mass = 0.0
    result = []
    for value in values:
        total *= weight
        mass *= weight
        if np.isfinite(value):
            total += value
            mass += 1
        result.append(total / mass if np.isfinite(value) else np.nan)
    return result


@pytest.mark.parametrize("weight", [0.1, 0.6, 0.9, 0.99, 0.999])
@pytest.mark.parametrize("count", [1, 2, 7, 1000])
def test_the_moving_average_is_that_of_a_plain_loop(weight, count):
    values = np.random.default_rng(3).normal(size=count)
    values[count // 2 : count // 2 + 3] = np.nan
    values[-1] = 4.0
    np.testing.assert_allclose(smoothed(values, weight), reference_ema(values, weight), rtol=1e-10)


def test_a_constant_stays_what_it_is_from_its_first_point():
    np.testing.assert_allclose(smoothed(np.full(50, 3.0), 0.95), 3.0)
