"""The tests of a policy beside SciPy's own, on fixed data."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from jupyter_tracker.promotion.policy import StatisticalTest
from jupyter_tracker.promotion.statistics import _random, compare

OLD = [0.80, 0.78, 0.83, 0.79, 0.81, 0.80, 0.77, 0.82, 0.79, 0.80]
GAINS = [0.031, 0.028, 0.035, 0.027, 0.030, 0.033, 0.026, 0.029, 0.034, 0.031]
NEW = [old + gain for old, gain in zip(OLD, GAINS, strict=True)]
BOOTSTRAP = StatisticalTest("bootstrap", 0.95, resamples=2000)
PERMUTATION = StatisticalTest("permutation", 0.95, resamples=2000)


@pytest.mark.parametrize("test", [BOOTSTRAP, PERMUTATION], ids=["bootstrap", "permutation"])
class TestAnswers:
    def test_better_by_more_than_two_hundredths(self, test):
        assert compare(NEW, OLD, 0.02, test, paired=True).answer == "better"

    def test_not_distinguishable(self, test):
        found = compare(NEW, OLD, 0.0304, test, paired=True)
        assert found.answer == "not distinguishable"
        assert found.difference == pytest.approx(np.mean(GAINS))

    def test_not_better(self, test):
        assert compare(NEW, OLD, 0.05, test, paired=True).answer == "worse"

    def test_without_pairs_the_spread_of_the_seeds_counts(self, test):
        assert compare(NEW, OLD, 0.02, test, paired=True).answer == "better"
        assert compare(NEW, OLD, 0.02, test, paired=False).answer == "not distinguishable"
        assert compare(NEW, OLD, 0.0, test, paired=False).answer == "better"

    def test_the_same_data_give_the_same_verdict(self, test):
        assert compare(NEW, OLD, 0.02, test, paired=False) == compare(NEW, OLD, 0.02, test, paired=False)


def test_the_bootstrap_is_scipys():
    differences = np.subtract(NEW, OLD)
    found = compare(NEW, OLD, 0.0, BOOTSTRAP, paired=True)
    for side, limit in (("greater", found.bound), ("less", found.upper)):
        expected = stats.bootstrap(
            (differences,), np.mean, confidence_level=0.95, alternative=side, n_resamples=2000, method="BCa",
            **_random(stats.bootstrap, 0),
        ).confidence_interval  # fmt: skip
        assert limit == pytest.approx(expected.low if side == "greater" else expected.high)
    # And near what Student's t says of these well-behaved ones.
    t = stats.t.ppf(0.95, len(differences) - 1) * stats.sem(differences)
    assert found.bound == pytest.approx(differences.mean() - t, abs=0.0005)


def test_the_permutation_test_is_scipys_and_exact_where_few():
    found = compare(NEW, OLD, 0.028, PERMUTATION, paired=True)
    # 2^10 ways to exchange: fewer than the resamples, so all of them are tried.
    signs = np.array([[1 - 2 * ((n >> bit) & 1) for bit in range(10)] for n in range(1024)])
    differences = np.subtract(NEW, OLD) - 0.028
    exact = np.mean((signs * differences).mean(axis=1) >= differences.mean() - 1e-15)
    assert found.p_value == pytest.approx(exact, abs=1e-9)
    unpaired = compare(NEW, OLD, 0.0, PERMUTATION, paired=False)
    expected = stats.permutation_test(
        (NEW, OLD), lambda a, b, axis: np.mean(a, axis=axis) - np.mean(b, axis=axis), vectorized=True,
        n_resamples=2000, alternative="greater", **_random(stats.permutation_test, 0),
    )  # fmt: skip
    assert unpaired.p_value == pytest.approx(expected.pvalue)


def test_what_does_not_vary():
    for values, margin, answer in (([1.5, 1.5], 0.4, "better"), ([1.5, 1.5], 0.5, "not distinguishable"),
                                   ([1.5, 1.5], 0.6, "worse")):  # fmt: skip
        for paired in (True, False):
            assert compare(values, [1.0, 1.0], margin, BOOTSTRAP, paired=paired).answer == answer


def test_scores_of_many_examples_fit_into_memory():
    scores = np.random.default_rng(0).random(8000)
    tracemalloc.start()
    try:
        found = compare(scores + 0.1, scores[::-1], 0.0, StatisticalTest("bootstrap", resamples=2000), paired=True)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.answer == "better"
    assert peak_bytes < 160e6  # all resamples at once take 260 MB and more


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.floats(-1, 1).map(lambda x: round(x, 3)), min_size=3, max_size=12),
    st.floats(-0.5, 0.5),
    st.sampled_from(["bootstrap", "permutation"]),
)
def test_it_is_monotone_in_the_margin_and_minds_no_shift(gains, shift, kind):
    test = StatisticalTest(kind, 0.9, resamples=200)
    old = [0.1 * n for n in range(len(gains))]
    new = [value + gain for value, gain in zip(old, gains, strict=True)]
    order = {"worse": 0, "not distinguishable": 1, "better": 2}
    answers = [order[compare(new, old, margin, test, paired=True).answer] for margin in (-2, -0.5, 0, 0.5, 2)]
    assert answers == sorted(answers, reverse=True)
    shifted = compare([n + shift for n in new], [o + shift for o in old], 0.0, test, paired=True)
    plain = compare(new, old, 0.0, test, paired=True)
    assert shifted.difference == pytest.approx(plain.difference, abs=1e-9)
