import numpy as np
import pytest

from jupyter_tracker.views.curve_groups import mean_and_spread
from jupyter_tracker.views.sampling import Points


def points(x, y):
    return Points(np.array(x, float), np.array(y, float))


def test_mean_and_sample_standard_deviation_on_common_steps():
    mean, spread = mean_and_spread([points([0, 1, 2], [1, 2, 3]), points([0, 1, 2], [3, 2, 5])], 100)
    assert mean.x.tolist() == [0, 1, 2]
    assert mean.y.tolist() == [2, 2, 4]
    assert spread.tolist() == pytest.approx([2**0.5, 0, 2**0.5])


def test_between_its_points_a_run_is_a_line_and_outside_it_does_not_count():
    mean, spread = mean_and_spread([points([0, 10], [0, 10]), points([0, 5, 20], [0, 7, 7])], 100)
    assert mean.x.tolist() == [0, 5, 10, 20]
    assert mean.y.tolist() == [0, 6, 8.5, 7]
    assert spread[-1] == 0


def test_one_run_alone_does_not_spread():
    _, spread = mean_and_spread([points([0, 1], [1, 2])], 100)
    assert spread.tolist() == [0, 0]


def test_gaps_of_one_run_leave_the_mean_of_the_others():
    mean, _ = mean_and_spread([points([0, 1], [np.nan, np.nan]), points([0, 1], [4, np.inf])], 100)
    assert mean.y[0] == 4
    assert np.isnan(mean.y[1])


def test_long_runs_are_binned_to_their_means():
    x = np.arange(10_000.0)
    noise = np.random.default_rng(0).normal(size=(4, 10_000))
    mean, spread = mean_and_spread([Points(x, row) for row in noise], 100)
    assert len(mean.x) == 100
    np.testing.assert_allclose(mean.y, noise.mean(axis=0).reshape(100, 100).mean(axis=1), atol=1e-9)
    assert (spread < 0.3).all()
