"""Runs with all kinds of values, and searches made up at random: SQL against the naive evaluator, in any database."""

import math
import random

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from jupyter_tracker.entities import Dataset, DatasetInput, InputTag, Metric, Param
from jupyter_tracker.search.tree import Now, at_moment
from jupyter_tracker.search.writing import write_filter, write_order
from tests.unit.search.trees import clauses, orders, trees
from tests.unit.store.sql.naive_search import matches, ordered

START = 1_700_000_000_000
KEYS = ["a", "b c", "rare", "none"]
TEXTS = [
    "rf",
    "RF",
    "",
    "5",
    "0.5",
    ".5",
    "-1e3",
    " 7 ",
    "+3",
    "5.",
    "1e400",
    "1e-400",
    "-1e99999",
    "0e9999",
    "inf",
    "nan",
    "0x10",
    "a%b",
    "a*b",
    "é",
]
NUMBERS = [5, 0.5, -1000, 7, 0, 3.0, 2**53 + 1, 1e300]
ATTRIBUTES = ["FINISHED", "RUNNING", "r1", "alice", "active", "1"]
PATTERNS = ["%", "r%", "_", "%f", "%*%", "R_", "run%", "file:%artifacts"]

SEARCHES = {
    "tree": trees(
        clauses(
            st.sampled_from(KEYS),
            st.sampled_from([*TEXTS, *ATTRIBUTES, *PATTERNS]),
            st.sampled_from(NUMBERS),
            st.integers(0, 8).map(lambda seconds: START + seconds * 1000) | st.just(Now(-1000)),
        )
    ),
    "orderings": orders(st.sampled_from(KEYS)),
    "size": st.integers(1, 70),
}
RANDOM = settings(
    derandomize=True,
    deadline=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def fill(store):
    """Make sixty runs, many alike, in experiment 1."""
    dice = random.Random(7)
    experiment = store.create_experiment("churn")
    for number in range(60):
        tags = {key: dice.choice(TEXTS) for key in KEYS[:2] if dice.random() < 0.6}
        start = START + dice.randrange(8) * 1000
        run = store.create_run(experiment, "alice", start, tags, f"r{number % 9}").info.run_id
        params = [Param(key, dice.choice(TEXTS)) for key in KEYS[:2] if dice.random() < 0.7]
        values = [*map(float, NUMBERS), math.nan, math.inf, -math.inf]
        metrics = [Metric(key, dice.choice(values), START, 0) for key in KEYS[:2] if dice.random() < 0.7]
        if number % 20 == 0:
            params.append(Param("rare", "rf"))
            metrics.append(Metric("rare", 0.5, START, 0))
        store.log_batch(run, metrics, params)
        for name in ("rf", "5", "é"):
            if dice.random() < 0.2:
                context = [InputTag("mlflow.data.context", dice.choice(["rf", "RF"]))] if dice.random() < 0.7 else []
                store.log_inputs(
                    run, [DatasetInput(Dataset(name, dice.choice(["rf", "RF", "5"]), "local", "{}"), context)]
                )
        if dice.random() < 0.6:
            store.update_run(run, dice.choice(["FINISHED", "FAILED"]), start + dice.randrange(5) * 1000)


def assert_same(store, everything, tree, orderings, size):
    """Assert that a store finds, page by page and in order, what the naive evaluator does."""
    now = max(run.info.start_time for run in everything) + 10**9
    expected = ordered([run for run in everything if matches(run, at_moment(tree, now))], orderings)
    text, order = write_filter(tree), [write_order(ordering) for ordering in orderings]
    found, token = [], None
    while token or not found:
        page = store.search_runs(["1"], text, max_results=size, order_by=order, page_token=token)
        found, token = found + list(page), page.token
        if not page:
            break
    assert [run.info.run_id for run in found] == [run.info.run_id for run in expected]
    assert store.count_runs(["1"], text) == len(expected)
