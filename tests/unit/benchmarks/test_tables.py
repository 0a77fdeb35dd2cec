"""Medians, ratios and verdicts."""

import pytest

from benchmarks import __main__ as command
from benchmarks import tables
from benchmarks.session import Session
from benchmarks.spans import mean_us, median, noisy, percentiles, timed_calls
from benchmarks.workloads.base import Figure, Workload

WORKLOAD = Workload(
    name="log_metric",
    title="calls",
    variants=("alone",),
    columns=("n", "p50_us"),
    main="p50_us",
    full={},
    quick={},
    tiny={},
    figures=(Figure("alone", "p50_us", "p50, µs", 5), Figure("alone", "per_s", "calls/s", 1000, at_least=True)),
)


@pytest.fixture
def session():
    current = Session(["ours", "mlflow"])
    current.answers = {
        ("log_metric", "alone", "ours"): [{"n": 10, "p50_us": p50, "per_s": 900} for p50 in (4.0, 6.0, 7.0)],
        ("log_metric", "alone", "mlflow"): [{"n": 2, "p50_us": 3000.0}, {"n": 2, "p50_us": 9000.0}],
    }
    current.states.append({"load": 1.5, "calibration_best_ms": 7, "calibration_median_ms": 8, "fsync_ms": 0.1})
    return current


def test_a_table_has_medians_the_best_round_and_the_ratio(session):
    lines = tables.workload_tables(session, WORKLOAD).splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    assert cells[0][:4] == ["peer", "class", "n", "p50_us"]
    assert cells[2] == ["ours", "B", "10", "6", "4", "1 x"]
    assert cells[3] == ["mlflow", "A", "2", "6,000", "3,000", "1e+03 x"]
    assert "load 1.5" in lines[2]


def test_a_figure_is_met_by_the_median_or_by_the_best_round_or_not(session):
    table = tables.figures_table(session, [WORKLOAD])
    assert "met in the best round" in table.splitlines()[2]
    assert "NOT MET" in table.splitlines()[3]
    session.answers["log_metric", "alone", "ours"] = [{"p50_us": 5.0, "per_s": 1000}]
    assert [line.split("|")[-2].strip() for line in tables.figures_table(session, [WORKLOAD]).splitlines()[2:]] == [
        "met"
    ] * 2


def test_a_number_that_nobody_measured_is_a_dash():
    assert tables.number(None) == "-"
    assert tables.middle([{"p50_us": None}, {}], "p50_us") is None


def test_percentiles_and_medians():
    spans = [1000 * number for number in range(1, 102)]
    assert percentiles(spans) == {"p50_us": 51.0, "p99_us": 100.0, "max_us": 101.0}
    assert mean_us([1000, 3000]) == 2.0
    assert (median([3, 1, 2]), median([1, 2])) == (2, 1.5)


def test_timed_calls_log_each_value_once_with_its_step():
    seen = []
    values = list(noisy(5))
    spans = timed_calls(lambda *point: seen.append(point), "loss", values, budget_s=10, first=3)
    assert seen == [("loss", value, 3 + index) for index, value in enumerate(values)]
    assert len(spans) == 5
    assert list(noisy(5)) == values


def test_an_unknown_workload_or_peer_is_an_error(capsys):
    with pytest.raises(SystemExit):
        command.main(["log_metrics"])
    assert "there are log_metric" in capsys.readouterr().err
    assert command.main(["--peers", "ours,mlfow"]) == 2
    assert "mlfow" in capsys.readouterr().err
