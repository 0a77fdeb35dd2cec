import pytest

from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.promotion.policy import Bounds, Policy, StatisticalTest, policy_of


def test_a_whole_policy():
    policy = policy_of(
        {
            "model": "churn", "experiment": "churn", "metric": "f1", "threshold": 0.02, "relative": True,
            "lower_is_better": True, "to": "staging", "first_version": "refuse",
            "required_metrics": {"recall": {"min": 0.8}, "latency_ms": {"max": 50}, "auc": None},
            "signature": "compatible", "tags": {"data": "october", "reviewed_by": None}, "min_repeats": 5,
            "finished": True,
            "test": {"kind": "permutation", "confidence": 0.9, "scores": "scores.json", "resamples": 500, "seed": 7},
        }
    )  # fmt: skip
    assert policy == Policy(
        "f1", 0.02, True, True, "Staging", "refuse",
        {"recall": Bounds(0.8, None), "latency_ms": Bounds(None, 50.0), "auc": Bounds()}, True,
        {"data": "october", "reviewed_by": None}, 5, StatisticalTest("permutation", 0.9, "scores.json", 500, 7),
        "churn", "churn", True,
    )  # fmt: skip


def test_short_forms_and_what_wins():
    policy = policy_of({"metric": "f1", "tags": ["a", "b"], "required_metrics": "auc", "test": "bootstrap"})
    assert (policy.tags, policy.required_metrics) == ({"a": None, "b": None}, {"auc": Bounds()})
    assert policy.test == StatisticalTest()
    assert policy.threshold == 0
    assert policy_of({"metric": "f1", "threshold": 1}, threshold=0.5, metric=None).threshold == 0.5
    assert policy.but(metric="auc", to=None) == policy_of(
        {"metric": "auc", "tags": ["a", "b"], "required_metrics": "auc", "test": "bootstrap"}
    )


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        (None, "names no metric"),
        ({}, "names no metric"),
        ({"metric": " "}, "the name of a metric"),
        ("f1", "holds str, not keys"),
        ({"metric": "f1", "treshold": 1}, "did you mean 'threshold'"),
        ({"metric": "f1", "threshold": "high"}, "threshold: 'high' cannot be used: a number"),
        ({"metric": "f1", "threshold": -1}, "0 or more"),
        ({"metric": "f1", "threshold": float("nan")}, "0 or more"),
        ({"metric": "f1", "to": "Archived"}, "Staging or Production"),
        ({"metric": "f1", "to": "Prod"}, "Staging or Production"),
        ({"metric": "f1", "first_version": "maybe"}, "promote or refuse"),
        ({"metric": "f1", "relative": "yes"}, "true or false"),
        ({"metric": "f1", "finished": "FINISHED"}, "true or false"),
        ({"metric": "f1", "signature": "same"}, "`compatible`"),
        ({"metric": "f1", "min_repeats": 2.5}, "a whole number"),
        ({"metric": "f1", "required_metrics": {"a": 0.8}}, "min: 0.8"),
        ({"metric": "f1", "tags": 7}, "names of tags"),
        ({"metric": "f1", "test": {"kind": "t"}}, "bootstrap or permutation"),
        ({"metric": "f1", "test": {"confidence": 95}}, "from 0.5 to below 1"),
        ({"metric": "f1", "test": {"resamples": 1}}, "100 to a million"),
        ({"metric": "f1", "test": {"alpha": 0.05}}, "unknown key 'alpha'"),
        ({"metric": ["f1"]}, "text is expected"),
    ],
)
def test_what_cannot_be_read(entries, says):
    with pytest.raises(InvalidParameterError, match=f"policy.yaml.*{says}"):
        policy_of(entries, "policy.yaml")
