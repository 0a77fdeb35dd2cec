"""Our curves are those of scikit-learn."""

import numpy as np
import pytest
from sklearn import metrics

from jupyter_tracker.autologging.sklearn.ranking import Ranking


@pytest.fixture
def ranked():
    random = np.random.default_rng(0)
    positive = random.random(500) < 0.3
    return positive, np.round(random.random(500) + 0.4 * positive, 2), random.random(500)


@pytest.mark.parametrize("weighted", [False, True])
def test_they_are_sklearn_s(ranked, weighted):
    positive, scores, weights = ranked
    weights = weights if weighted else None
    found = Ranking.of(positive, scores, weights)
    false, true, _ = metrics.roc_curve(positive, scores, sample_weight=weights, drop_intermediate=False)
    assert np.allclose(found.roc(), (false, true))
    assert found.roc_area() == pytest.approx(metrics.roc_auc_score(positive, scores, sample_weight=weights))
    precision, recall, _ = metrics.precision_recall_curve(positive, scores, sample_weight=weights)
    assert np.allclose(found.precision_recall(), (recall[::-1], precision[::-1]))


def test_a_curve_of_many_points_is_drawn_of_some_thousands(ranked):
    scores = np.arange(100_000.0)
    x, y = Ranking.of(scores > 50_000, scores).roc()
    assert len(x) == 4000
    assert (x[0], y[0], x[-1], y[-1]) == (0, 0, 1, 1)


def test_nan_is_refused():
    with pytest.raises(ValueError, match="NaN"):
        Ranking.of([True, False], [np.nan, 1.0])
