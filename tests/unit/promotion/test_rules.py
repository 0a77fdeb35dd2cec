import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from jupyter_tracker.mlmodel.signature import ModelSignature
from jupyter_tracker.mlmodel.types import ColSpec, Schema, TensorSpec
from jupyter_tracker.promotion.policy import Bounds, Policy, StatisticalTest
from jupyter_tracker.promotion.rules import RuleResult, Sample, Subject, improvement, judge, matched
from jupyter_tracker.promotion.signatures import differences


def subject(f1=None, name="version 1", **options):
    return Subject(name, metrics={} if f1 is None else {"f1": f1}, **options)


def by_rule(policy, new, old):
    verdict = judge(policy, new, old)
    return verdict.decision, {result.rule: result for result in verdict.results}


class TestImprovement:
    @pytest.mark.parametrize(
        ("new", "old", "options", "outcome"),
        [
            (0.83, 0.80, {}, "passed"),
            (0.82, 0.80, {}, "failed"),  # just the threshold, whatever floats make of it
            (0.90, 0.88, {}, "failed"),
            (0.81, 0.80, {}, "failed"),
            (0.70, 0.80, {}, "failed"),
            (0.77, 0.80, {"lower_is_better": True}, "passed"),
            (0.78, 0.80, {"lower_is_better": True}, "failed"),
            (0.83, 0.80, {"lower_is_better": True}, "failed"),
            (103, 100, {"relative": True}, "passed"),
            (102, 100, {"relative": True}, "failed"),
            (-97, -100, {"relative": True}, "passed"),
            (97, 100, {"relative": True, "lower_is_better": True}, "passed"),
            (1.0, 0.0, {"relative": True}, "unknown"),
            (math.nan, 0.8, {}, "unknown"),
            (math.inf, 0.8, {}, "unknown"),
            (0.9, math.nan, {}, "unknown"),
            (None, 0.8, {}, "unknown"),
            (0.9, None, {}, "unknown"),
        ],
    )
    def test_outcomes(self, new, old, options, outcome):
        assert improvement(Policy("f1", 0.02, **options), subject(new, "run x"), subject(old)).outcome == outcome

    def test_no_threshold_means_better_at_all(self):
        assert improvement(Policy("f1"), subject(0.8000001), subject(0.8)).outcome == "passed"
        assert improvement(Policy("f1"), subject(0.8), subject(0.8)).outcome == "failed"

    def test_the_first_version(self):
        assert judge(Policy("f1"), subject(0.1), None).decision == "promote"
        assert judge(Policy("f1", first_version="refuse"), subject(0.1), None).decision == "refuse"
        assert judge(Policy("f1"), subject(None), None).decision == "cannot tell"

    def test_it_says_the_numbers(self):
        result = improvement(Policy("f1", 0.02), subject(0.83, "run rf"), subject(0.8))
        assert result.text == "f1: 0.83, and 0.8 of version 1: +0.03 (larger is better), better by more than 0.02."
        assert result.numbers == {"new": 0.83, "incumbent": 0.8, "gain": pytest.approx(0.03), "threshold": 0.02}

    def test_repeats_stand_in_for_a_run_without_the_metric(self):
        new = subject(None, repeats=Sample((0.8, 0.9), ("1", "2")))
        assert improvement(Policy("f1", 0.02), new, subject(0.8)).numbers["new"] == pytest.approx(0.85)

    @given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(0, 1e3), st.booleans())
    def test_it_is_the_plain_inequality(self, new, old, threshold, lower):
        gain = old - new if lower else new - old
        assume(not math.isclose(gain, threshold, rel_tol=1e-8, abs_tol=1e-11))
        result = improvement(Policy("f1", threshold, lower_is_better=lower), subject(new), subject(old))
        assert (result.outcome == "passed") == (gain > threshold)


class TestOtherRules:
    def test_required_metrics(self):
        policy = Policy("f1", required_metrics={"recall": Bounds(0.8), "ms": Bounds(max=50), "auc": Bounds()})
        good = Subject("run", metrics={"f1": 1, "recall": 0.8, "ms": 50, "auc": 0})
        assert by_rule(policy, good, None)[0] == "promote"
        bad = Subject("run", metrics={"f1": 1, "recall": 0.7, "ms": 51})
        decision, results = by_rule(policy, bad, None)
        assert decision == "refuse"
        for part in ("recall is 0.7, below 0.8", "ms is 51, above 50", "auc is missing"):
            assert part in results["required_metrics"].text

    def test_tags(self):
        policy = Policy("f1", tags={"data": "october", "reviewed_by": None})
        assert by_rule(policy, subject(1, tags={"data": "october", "reviewed_by": "x"}), None)[0] == "promote"
        decision, results = by_rule(policy, subject(1, tags={"data": "may"}), None)
        assert decision == "refuse"
        assert results["tags"].text == "Tags: data is 'may', not 'october', reviewed_by is missing."

    def test_repeats(self):
        policy = Policy("f1", min_repeats=3)
        assert by_rule(policy, subject(1, repeats=Sample((1, 2, 3))), None)[0] == "promote"
        assert by_rule(policy, subject(1, repeats=Sample((1, 2))), None)[0] == "refuse"

    def test_signatures(self):
        policy = Policy("f1", signature=True)
        mine = ModelSignature(Schema([ColSpec("double", "x")]), Schema([ColSpec("long", "y")]))
        assert by_rule(policy, subject(1), None)[1]["signature"].outcome == "failed"
        assert by_rule(policy, subject(1, signature=mine), None)[0] == "promote"
        assert by_rule(policy, subject(1, signature=mine), subject(0))[0] == "promote"
        other = ModelSignature(Schema([ColSpec("double", "z")]), Schema([ColSpec("long", "y")]))
        assert by_rule(policy, subject(1, signature=mine), subject(0, signature=other))[0] == "refuse"

    def test_signatures_that_cannot_be_read(self):
        policy = Policy("f1", signature=True)
        mine = ModelSignature(Schema([ColSpec("double", "x")]), Schema([ColSpec("long", "y")]))
        lost = {"signature_problem": "no bucket."}
        decision, results = by_rule(policy, subject(1, signature=mine), subject(0, **lost))
        assert decision == "cannot tell"
        assert results["signature"].text == "The signature of version 1 cannot be read: no bucket."
        assert by_rule(policy, subject(1, "run x", **lost), None)[0] == "cannot tell"

    @pytest.mark.parametrize(
        ("status", "says"),
        [
            ("RUNNING", "has not ended"),
            ("SCHEDULED", "has not begun"),
            ("FAILED", "has failed"),
            ("KILLED", "was killed"),
        ],
    )
    def test_a_run_that_has_not_finished(self, status, says):
        new = subject(1, "run rf (1a2b3c4d)", status=status)
        decision, results = by_rule(Policy("f1"), new, subject(0))
        assert (decision, results["finished"].outcome) == ("promote", "warning")
        assert results["finished"].text.startswith(f"Run rf (1a2b3c4d) {says}")
        decision, results = by_rule(Policy("f1", finished=True), new, subject(0))
        assert (decision, results["finished"].outcome) == ("refuse", "failed")
        # The one in the stage is not judged by it.
        assert by_rule(Policy("f1", finished=True), subject(1, status="FINISHED"), subject(0, status=status))[0] == (
            "promote"
        )

    def test_a_run_that_has_finished_or_is_not_known(self):
        assert "finished" not in by_rule(Policy("f1"), subject(1, status="FINISHED"), None)[1]
        assert "finished" not in by_rule(Policy("f1"), subject(1), None)[1]
        decision, results = by_rule(Policy("f1", finished=True), subject(1, version="2"), None)
        assert (decision, results["finished"].outcome) == ("cannot tell", "unknown")

    def test_what_cannot_be_told_refuses_nothing_and_promotes_nothing(self):
        policy = Policy("f1", test=StatisticalTest())
        decision, results = by_rule(policy, subject(1), subject(0))
        assert decision == "cannot tell"
        assert "needs repeats of version 1: 0 of at least 2" in results["test"].text
        # What is refused is refused, even where another rule cannot tell.
        assert by_rule(policy, subject(0), subject(1))[0] == "refuse"
        assert judge(policy, subject(0), subject(1)).reasons[0].startswith("f1: 0, and 1")

    def test_a_rule_has_the_form_that_json_has(self):
        assert RuleResult("r", "passed", "t").numbers == {}


class TestSignificance:
    SEEDS = tuple("12345")
    POLICY = Policy("f1", 0.02, test=StatisticalTest(confidence=0.95, resamples=1000))

    def judged(self, policy, gains, ids=None, old_ids=None):
        old = (0.80, 0.70, 0.90, 0.75, 0.85)
        new = tuple(value + gain for value, gain in zip(old, gains, strict=True))
        mine = subject(sum(new) / 5, "run x", repeats=Sample(new, ids or self.SEEDS))
        return by_rule(policy, mine, subject(0.8, repeats=Sample(old, old_ids or self.SEEDS)))

    def test_pairs_by_seed(self):
        decision, results = self.judged(self.POLICY, (0.031, 0.029, 0.033, 0.028, 0.030))
        assert decision == "promote"
        assert "better by more than 0.02 with 95 % confidence" in results["test"].text
        assert "5 pairs" in results["test"].text

    def test_not_distinguishable_is_an_answer(self):
        decision, results = self.judged(self.POLICY, (0.10, -0.03, 0.09, -0.02, 0.05))
        assert decision == "refuse"
        assert results["improvement"].outcome == "passed"
        assert "not distinguishable from 0.02 with 95 % confidence" in results["test"].text

    def test_without_the_same_seeds_there_are_no_pairs(self):
        gains = (0.031, 0.029, 0.033, 0.028, 0.030)
        decision, results = self.judged(self.POLICY, gains, old_ids=tuple("abcde"))
        assert decision == "refuse"
        assert "5 values" in results["test"].text

    def test_lower_is_better(self):
        policy = self.POLICY.but(lower_is_better=True)
        assert self.judged(policy, (-0.031, -0.029, -0.033, -0.028, -0.030))[0] == "promote"

    def test_relative(self):
        policy = self.POLICY.but(relative=True, threshold=0.03)
        decision, results = self.judged(policy, (0.031, 0.029, 0.033, 0.028, 0.030))
        assert decision == "promote"
        assert results["test"].numbers["margin"] == pytest.approx(0.024)

    def test_scores_must_be_of_the_same_examples(self):
        policy = Policy("f1", test=StatisticalTest(scores="s.json"))
        mine = subject(1, scores=Sample((1.0, 0.0, 1.0)))
        assert by_rule(policy, mine, subject(0, scores=Sample((1.0, 0.0))))[0] == "cannot tell"
        missing = by_rule(policy, mine, subject(0, scores=Sample(problem="the run has no file 's.json'")))
        assert missing[0] == "cannot tell"
        assert "no file 's.json'" in missing[1]["test"].text


def test_matching():
    assert matched(Sample((1, 2), ("a", "b")), Sample((3, 4), ("b", "a"))) == ([1, 2], [4, 3], True)
    assert matched(Sample((1, 2), ("a", "a")), Sample((3, 4), ("a", "b")))[2] is False
    assert matched(Sample((1, 2)), Sample((3, 4)))[2] is True
    assert matched(Sample((1, 2)), Sample((3, 4), ("a", "b")))[2] is False


class TestSignatureDifferences:
    @pytest.mark.parametrize(
        ("new", "old", "says"),
        [
            ([ColSpec("double", "x")], [ColSpec("double", "x"), ColSpec("double", "y")], []),
            ([ColSpec("double", "x")], [ColSpec("long", "x")], []),
            ([ColSpec("integer", "x")], [ColSpec("long", "x")], ["input 'x' is integer, and was long"]),
            ([ColSpec("string", "x")], [ColSpec("double", "x")], ["input 'x' is string, and was double"]),
            ([ColSpec("double", "x"), ColSpec("double", "z")], [ColSpec("double", "x")],
             ["input 'z' is new, and required"]),
            ([ColSpec("double", "x"), ColSpec("double", "z", required=False)], [ColSpec("double", "x")], []),
            ([ColSpec("double", "x")], [ColSpec("double", "x", required=False)],
             ["input 'x' is double, and was double (optional)"]),
            ([TensorSpec("float64", (-1, 4))], [TensorSpec("float64", (-1, 4))], []),
            ([TensorSpec("float64", (-1, 4))], [TensorSpec("float64", (-1, 5))],
             ["input without a name is float64 of shape (-1, 4), and was float64 of shape (-1, 5)"]),
        ],
    )  # fmt: skip
    def test_inputs(self, new, old, says):
        assert differences(ModelSignature(Schema(new)), ModelSignature(Schema(old))) == says

    def test_outputs(self):
        old = ModelSignature(None, Schema([ColSpec("long", "y"), ColSpec("double", "p")]))
        assert differences(ModelSignature(None, Schema([ColSpec("string", "y")])), old) == [
            "output 'y' is string, and was long",
            "output 'p' is gone",
        ]
        assert differences(ModelSignature(), old)[0] == "output 'y' is gone"
        assert differences(old, ModelSignature()) == []
