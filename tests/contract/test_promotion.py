"""Promotion in every kind of store: judged, moved in one transaction, safe to repeat, one winner of several at once."""

import json
import threading

import pytest

from jupyter_tracker.artifact_store import artifact_store
from jupyter_tracker.entities import LoggedModelOutput, Metric
from jupyter_tracker.errors import InvalidStateError, ResourceConflictError
from jupyter_tracker.promotion.evidence import scores_of
from jupyter_tracker.promotion.history import at, verify
from jupyter_tracker.promotion.policy import Policy, StatisticalTest
from jupyter_tracker.promotion.promoting import judge_version, promote_run
from jupyter_tracker.store.registry import Candidate

POLICY = Policy("f1", 0.02)


@pytest.fixture
def trained(store, experiment, new_run):
    """Make a run with a logged model and a value of f1."""

    def make(f1, store=store, **options):
        run_id = new_run(metrics={} if f1 is None else {"f1": f1}, **options)
        model = store.create_logged_model(experiment, "model", run_id)
        store.log_outputs(run_id, [LoggedModelOutput(model.model_id, 0)])
        return store.get_run(run_id)

    return make


def in_production(store, name="churn"):
    return [(version.version, version.run_id) for version in store.get_latest_versions(name, ["Production"])]


@pytest.mark.ours  # and so has a history
def test_from_the_first_to_a_better_one(store, trained):
    first, equal, better = trained(0.80), trained(0.81), trained(0.85)
    found = promote_run(store, first, "churn", POLICY)
    assert (found.outcome, found.version, found.incumbent, found.exit_status) == ("promoted", "1", None, 0)
    head = store.registry_head()
    assert found.head == head
    found = promote_run(store, equal, "churn", POLICY)
    assert (found.outcome, found.version, found.incumbent, found.exit_status) == ("refused", None, "1", 1)
    assert "not better by more than 0.02" in str(found)
    assert store.registry_head() == head, "nothing half done"
    found = promote_run(store, better, "churn", POLICY)
    assert (found.outcome, found.version, found.incumbent) == ("promoted", "2", "1")
    assert in_production(store) == [("2", better.info.run_id)]
    assert at(store, "churn", 2**52).stages == {"1": "Archived", "2": "Production"}
    events = store.registry_events()
    assert "better by more than 0.02" in events[-1].comment
    assert events[-2].timestamp == events[-1].timestamp


@pytest.mark.ours
def test_twice_is_once(store, trained):
    run = trained(0.8)
    promote_run(store, run, "churn", POLICY)
    head = store.registry_head()
    found = promote_run(store, run, "churn", POLICY)
    assert (found.outcome, found.version, found.promoted, found.exit_status) == ("already", "1", True, 0)
    assert found.headline == "Version 1 of churn is in Production already."
    assert store.registry_head() == head


def test_all_that_were_in_the_stage_are_archived_and_named(store, trained):
    store.create_registered_model("churn")
    for f1 in (0.80, 0.81):
        run = trained(f1)
        model_id = run.outputs.model_outputs[0].model_id
        version = store.create_model_version("churn", f"models:/{model_id}", run.info.run_id, model_id=model_id)
        store.transition_model_version_stage("churn", version.version, "Production")
    found = promote_run(store, trained(0.9), "churn", POLICY)
    assert (found.incumbent, found.archived) == ("2", ("2", "1"))
    assert found.headline == "Promoted version 3 of churn to Production; versions 2, 1 are archived."
    assert [version.version for version in store.get_latest_versions("churn", ["Production", "Archived"])] == ["2", "3"]


def test_a_dry_run_changes_nothing(store, trained):
    found = promote_run(store, trained(0.8), "churn", POLICY, dry_run=True)
    assert (found.outcome, found.exit_status, found.version) == ("would promote", 0, None)
    assert store.search_registered_models() == []


def test_better_equal_and_again_wherever_it_is_kept(store, trained):
    first, equal, better = trained(0.80), trained(0.81), trained(0.85)
    outcomes = [promote_run(store, run, "churn", POLICY) for run in (first, equal, better, better)]
    assert [found.outcome for found in outcomes] == ["promoted", "refused", "promoted", "already"]
    assert in_production(store) == [("2", better.info.run_id)]
    assert store.get_model_version("churn", "1").current_stage == "Archived"
    with pytest.raises(ResourceConflictError):
        store.promote_candidate("churn", Candidate("s3://x"), "Production", ["1"])
    assert len(store.search_model_versions()) == 2


@pytest.mark.files
@pytest.mark.ours  # MLflow's own forgets the model of a version
def test_what_cannot_be_told(store, trained, new_run, experiment):
    promote_run(store, trained(0.8), "churn", POLICY)
    found = promote_run(store, trained(None), "churn", POLICY)
    assert (found.outcome, found.exit_status) == ("cannot tell", 2)
    with pytest.raises(InvalidStateError, match="has logged no model"):
        promote_run(store, store.get_run(new_run(metrics={"f1": 1.0})), "churn", POLICY)
    several = trained(0.99)
    second = store.create_logged_model(experiment, "second", several.info.run_id)
    store.log_outputs(several.info.run_id, [LoggedModelOutput(second.model_id, 0)])
    several = store.get_run(several.info.run_id)
    with pytest.raises(InvalidStateError, match=r"several models: .*artifact_path.* Its models: model, second"):
        promote_run(store, several, "churn", POLICY)
    assert promote_run(store, several, "churn", POLICY, path="second").outcome == "promoted"
    assert store.get_latest_versions("churn", ["Production"])[0].model_id == second.model_id


@pytest.mark.ours  # MLflow's own takes no place that is not there
def test_a_version_that_is_registered_already_is_taken(store, trained):
    run = trained(0.8)
    store.create_registered_model("churn")
    model_id = run.outputs.model_outputs[0].model_id
    store.create_model_version("churn", f"models:/{model_id}", run.info.run_id, model_id=model_id)
    assert judge_version(store, store.get_model_version("churn", "1"), POLICY).outcome == "would promote"
    assert promote_run(store, run, "churn", POLICY).version == "1"
    assert judge_version(store, store.get_model_version("churn", "1"), POLICY).outcome == "already"
    store.create_model_version("churn", "s3://somewhere")
    verdict = judge_version(store, store.get_model_version("churn", "2"), POLICY)
    assert (verdict.outcome, verdict.incumbent) == ("cannot tell", "1")


@pytest.mark.ours  # MLflow's own has no word for "only if"
def test_of_several_at_once_one_wins(opened, store, trained):
    promote_run(store, trained(0.5), "churn", POLICY)
    runs = [trained(f1) for f1 in (0.70, 0.705, 0.71, 0.80)]
    outcomes = {}

    def work(other, run):
        outcomes[run.data.metrics["f1"]] = promote_run(other, run, "churn", POLICY).outcome

    threads = [threading.Thread(target=work, args=(opened(), run)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    # The best one is better than whoever was there; of the three alike the first that came, or none.
    assert outcomes[0.80] == "promoted"
    assert sum(outcomes[f1] == "promoted" for f1 in (0.70, 0.705, 0.71)) <= 1
    assert len(in_production(store)) == 1
    assert in_production(store)[0][1] == runs[-1].info.run_id
    assert verify(store).problems == ()


def test_repeats_are_paired_by_their_seeds(store, trained, new_run):
    policy = Policy("f1", 0.02, min_repeats=3, test=StatisticalTest(confidence=0.9, resamples=500))

    def with_repeats(values):
        run = trained(sum(values) / len(values))
        for seed, value in enumerate(values):
            child = new_run(metrics={"f1": value}, params={"seed": str(seed)},
                            tags={"mlflow.parentRunId": run.info.run_id})  # fmt: skip
            store.update_run(child, "FINISHED", 1_700_000_100_000)
        return store.get_run(run.info.run_id)

    old = with_repeats([0.80, 0.70, 0.90, 0.75])
    assert promote_run(store, old, "churn", policy).outcome == "promoted"
    unclear = promote_run(store, with_repeats([0.95, 0.66, 0.99, 0.74]), "churn", policy)
    assert unclear.outcome == "refused"
    assert "not distinguishable" in str(unclear)
    clear = promote_run(store, with_repeats([0.831, 0.729, 0.933, 0.78]), "churn", policy)
    assert clear.outcome == "promoted"
    assert "4 pairs" in str(clear)
    few = promote_run(store, with_repeats([0.9, 0.9]), "churn", policy)
    assert "2 finished repeats (child runs) have 'f1'; 3 are needed" in str(few)


@pytest.mark.files
def test_scores_of_examples(store, trained, experiment):
    policy = Policy("f1", 0.0, test=StatisticalTest("permutation", 0.95, "scores/f1.json", 2000))

    def with_scores(scores):
        run = trained(sum(scores.values()) / len(scores))
        artifact_store(run.info.artifact_uri).write("scores/f1.json", json.dumps(scores).encode())
        return run

    ids = [f"e{n}" for n in range(40)]
    assert promote_run(store, with_scores(dict.fromkeys(ids, 0.5)), "churn", policy).outcome == "promoted"
    better = with_scores({name: 0.5 + (0.1 if n % 4 else -0.05) for n, name in enumerate(ids)})
    assert promote_run(store, better, "churn", policy).outcome == "promoted"
    assert promote_run(store, trained(0.9), "churn", policy).outcome == "cannot tell"


@pytest.mark.files
def test_scores_that_are_damaged_are_no_scores(store, trained):
    policy = Policy("f1", 0.0, test=StatisticalTest(scores="scores.csv"))

    def with_scores(f1, text):
        run = trained(f1)
        artifact_store(run.info.artifact_uri).write("scores.csv", text)
        return run

    # As Excel writes it.
    assert promote_run(store, with_scores(0.5, b"\xef\xbb\xbfscore\n0.5\n0.5\n"), "churn", policy).promoted
    for text in (b"id,score\na,1\nb\n", b"score\n" + b"1" * 200_000 + b"\n"):
        found = promote_run(store, with_scores(0.9, text), "churn", policy)
        assert found.outcome == "cannot tell"
        assert "'scores.csv' cannot be read as scores" in found.results[-1].text
    same = promote_run(store, with_scores(0.9, b"\xef\xbb\xbfscore\n0.9\n0.9\n"), "churn", policy)
    assert same.outcome == "promoted"


class TestScoresInFiles:
    def test_forms(self):
        for text, path, values, ids in (
            ("[1, 0.5]", "a.json", (1.0, 0.5), None),
            ('{"a": 1, "b": 0.5}', "a.json", (1.0, 0.5), ("a", "b")),
            ('{"columns": ["id", "f1"], "data": [[7, 1], [8, 0.5]]}', "a.json", (1.0, 0.5), ("7", "8")),
            ("id,score\na,1\nb,0.5\n", "a.csv", (1.0, 0.5), ("a", "b")),
            ("f1\n1\n0.5\n", "a.csv", (1.0, 0.5), None),
        ):
            sample = scores_of(text, path, "f1")
            assert (sample.values, sample.ids) == (values, ids)

    @pytest.mark.parametrize("text", ["7", '["x"]', "[NaN]", '{"columns": ["id"], "data": []}', "[", '{"a": [1]}'])
    def test_what_is_none(self, text):
        with pytest.raises((ValueError, TypeError)):
            scores_of(text, "a.json", "f1")


def test_the_metric_may_have_many_points(store, trained):
    run = trained(0.5)
    store.log_batch(run.info.run_id, metrics=[Metric("f1", 0.9, 2, 1)])
    assert promote_run(store, store.get_run(run.info.run_id), "churn", POLICY).results[0].numbers["new"] == 0.9
