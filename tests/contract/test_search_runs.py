import math

import pytest

from jupyter_tracker.entities import Dataset, DatasetInput, InputTag, Metric, ViewType
from jupyter_tracker.errors import InvalidFilterError, InvalidParameterError


@pytest.fixture
def search(store, experiment):
    """Return the names of the runs that a search finds, in order."""

    def find(filter_string="", order_by=None, **options):
        found = store.search_runs([experiment], filter_string, order_by=order_by, **options)
        return [run.info.run_name for run in found]

    return find


@pytest.fixture
def three(store, new_run):
    """Make three runs: a is the oldest."""
    ids = {
        "a": new_run("a", metrics={"f1": 0.9, "val/acc": 1.0}, params={"n": "200", "kind": "rf"}, tags={"team": "x"}),
        "b": new_run("b", metrics={"f1": 0.8}, params={"n": "30", "kind": "RF"}, tags={"team": "y", "a b": "c"}),
        "c": new_run("c", params={"n": "5"}),
    }
    store.update_run(ids["b"], status="FINISHED", end_time=1_700_000_005_000)
    return ids


class TestFilter:
    @pytest.mark.parametrize(
        ("filter_string", "expected"),
        [
            ("", "cba"),
            ("metrics.f1 > 0.85", "a"),
            ("metrics.f1 >= 0.8", "ba"),
            ("metrics.f1 < .9", "b"),
            ("metric.f1 <= 9e-1", "ba"),
            ("metrics.f1 = 0.9", "a"),
            ("metrics.f1 != 0.9", "b"),
            ("metrics.f1 > -1", "ba"),
            ("metrics.f1>0.5", "ba"),
            ("metrics.`val/acc` = 1", "a"),
            ('metrics."val/acc" = 1', "a"),
            ("metrics.nothing > 0", ""),
            ("metrics.f1 > 0.85 AND params.n = '200'", "a"),
            ("metrics.f1 > 0.85 and params.n = '30'", ""),
            ("params.n = '200'", "a"),
            ('params.n = "200"', "a"),
            ("parameters.n != '200'", "cb"),
            ("param.kind LIKE 'r%'", "a"),
            ("params.kind ILIKE 'r_'", "ba"),
            ("params.kind like '%'", "ba"),
            ("params.n LIKE '_0'", "b"),
            ("params.n IN ('200', '5')", "ca"),
            ("params.n NOT IN ('200', '5')", "b"),
            ("params.n IN ('200', '5',)", "ca"),
            ("tags.'team' = 'x'", "a"),
            ("attributes.'status' = 'FINISHED'", "b"),
            ("params.kind IS NULL", "c"),
            ("params.kind IS NOT NULL", "ba"),
            ("tags.team = 'x'", "a"),
            ("tags.team != 'x'", "b"),
            ("tags.team IS NULL", "c"),
            ("tag.`a b` = 'c'", "b"),
            ("tags.mlflow.runName = 'c'", "c"),
            ("tags.mlflow.runName LIKE '%' AND tags.team IS NOT NULL AND metrics.f1 < 0.85", "b"),
            ("attributes.status = 'FINISHED'", "b"),
            ("status != 'FINISHED'", "ca"),
            ("attribute.run_name = 'a'", "a"),
            ("run.run_name IN ('a', 'c')", "ca"),
            ("`run name` = 'a'", "a"),
            ("attr.user_id = 'alice'", "cba"),
            ("start_time > 1700000000000", "cb"),
            ("created <= 1700000000000", "a"),
            ("end_time > 0", "b"),
            ("duration = 4000", "b"),
            ("lifecycle_stage = 'active'", "cba"),
            ("experiment_id = '1'", "cba"),
            ("artifact_uri LIKE 'file:///%/artifacts'", "cba"),
            ("metrics.f1 > 0.1 AND metrics.f1 < 0.85", "b"),
            ("metrics.f1 > 0.85 OR params.n = '5'", "ca"),
            ("metrics.f1 > 0.85 or params.n = '5' and params.kind = 'no'", "a"),
            ("(metrics.f1 > 0.85 or params.n = '5') and status = 'RUNNING'", "ca"),
            ("(metrics.f1 > 0.85 or params.n = '5') and status = 'FINISHED'", ""),
            ("NOT metrics.f1 > 0.85", "cb"),
            ("not (metrics.f1 > 0.85 or params.n = '5')", "b"),
            ("NOT NOT metrics.f1 > 0.85", "a"),
            ("NOT tags.team = 'x'", "cb"),
            ("NOT end_time > 0", "ca"),
            ("metrics.f1 IN (0.9, 7)", "a"),
            ("metrics.f1 NOT IN (0.9, 7)", "b"),
            ("metrics.f1 BETWEEN 0.8 AND 0.85", "b"),
            ("metrics.f1 NOT BETWEEN 0.8 AND 0.85", "a"),
            ("metrics.f1 IS NULL", "c"),
            ("end_time IS NULL", "ca"),
            ("params.kind NOT LIKE 'r%'", "b"),
            ("status NOT ILIKE 'fin%'", "ca"),
            ("params.n > 10", "ba"),
            ("params.n = 5.0", "c"),
            ("params.n IN (5, 30)", "cb"),
            ("params.n BETWEEN 5 AND 100", "cb"),
            ("params.kind > 0", ""),
            ("NOT params.kind > 0", "cba"),
            ("status IN ('FINISHED', 'FAILED')", "b"),
            ("start_time >= '2023-11-14 22:13:21'", "cb"),
            ("start_time < '2023-11-14T22:13:21Z'", "a"),
            ("start_time BETWEEN '2023-11-14' AND '2023-11-15'", "cba"),
            ("start_time > '2023-11-15T00:13:20+02:00'", "cb"),
            ("start_time > now - 7d", ""),
            ("start_time < now", "cba"),
            ("duration > 3s", "b"),
            ("duration <= 0.1m AND duration > 3999ms", "b"),
            ("duration > 2h", ""),
        ],
    )
    def test_what_it_finds(self, search, three, filter_string, expected):
        assert "".join(search(filter_string)) == expected

    def test_run_ids(self, search, three):
        assert search(f"run_id = '{three['a']}'") == ["a"]
        assert search(f"attributes.run_id IN ('{three['a']}', '{three['c']}')") == ["c", "a"]

    def test_like_minds_glob_signs_as_themselves(self, search, new_run):
        new_run("star", params={"p": "a*b?[c]"})
        new_run("plain", params={"p": "aXbYc"})
        assert search("params.p LIKE 'a*b?[c]'") == ["star"]
        assert search("params.p LIKE 'a_b%'") == ["plain", "star"]

    def test_quotes_inside_values(self, search, new_run):
        new_run("quoted", params={"p": 'it\'s "so"'})
        assert search("params.p = 'it''s \"so\"'") == ["quoted"]
        assert search('params.p = "it\'s ""so"""') == ["quoted"]

    def test_text_that_looks_like_sql_is_text(self, search, three):
        assert search("params.n = '200'' OR 1=1 --'") == []

    def test_the_latest_value_counts(self, store, search, new_run):
        run_id = new_run("a", metrics={"loss": 1.0})
        store.log_metric(run_id, Metric("loss", 0.1, 2, 1))
        assert search("metrics.loss < 0.5") == ["a"]
        assert search("metrics.loss > 0.5") == []

    @pytest.mark.parametrize("operator", ["=", "!=", "<", "<=", ">", ">="])
    def test_nan_never_matches(self, search, new_run, operator):
        new_run("nan", metrics={"m": math.nan})
        assert search(f"metrics.m {operator} 0") == []

    def test_infinities_compare(self, search, new_run):
        new_run("low", metrics={"m": -math.inf})
        new_run("high", metrics={"m": math.inf})
        assert search("metrics.m > 1e308") == ["high"]
        assert search("metrics.m < -1e308") == ["low"]

    @pytest.mark.parametrize(
        ("filter_string", "expected"),
        [
            ("dataset.name = 'iris'", "a"),
            ("datasets.digest LIKE 'd%'", "ba"),
            ("dataset.context = 'train'", "a"),
            ("dataset.context IN ('train', 'test')", "ba"),
            ("dataset.name != 'iris'", "b"),
        ],
    )
    def test_datasets(self, store, search, three, filter_string, expected):
        store.log_inputs(three["a"], [dataset("iris", "d1", "train")])
        store.log_inputs(three["b"], [dataset("wine", "d2", "test")])
        assert "".join(search(filter_string)) == expected


class TestErrors:
    @pytest.mark.parametrize(
        ("filter_string", "position", "words"),
        [
            ("   ", 3, "a field is expected"),
            ("metrics.f1", 10, "no comparator"),
            ("metrics.f1 >", 12, "Expected numeric value type for metric"),
            ("metrics.f1 > 'a'", 13, "Expected numeric value type for metric"),
            ("params.n = abc", 11, "Expected a quoted string value for parameter 'n'"),
            ("params.n LIKE 200", 14, "Expected a quoted string value for parameter 'n'"),
            ("run_name = 200", 11, "Write '200'"),
            ("params.n > '200'", 9, "Invalid comparator '>' not one of"),
            ("params.n BETWEEN '1' AND '2'", 9, "Without quotes it is compared as a number"),
            ("params.n IN ('1', 2)", 18, "mixes texts and numbers"),
            ("params.n = null", 11, "Write params.n IS NULL"),
            ("metrics.`a b` != None", 17, "metrics.`a b` IS NOT NULL"),
            ("metrics.f1 > 1 && metrics.f1 < 2", 15, "Write AND"),
            ("metrics.f1 > 1 || metrics.f1 < 2", 15, "Write OR"),
            ("metrics.f1 > 1 AND OR status = 'x'", 19, "a field is expected, but 'OR' was found"),
            ("tags.team contains 'x'", 10, "Write LIKE '%…%'"),
            ("start_time > 2026-11-01", 13, "in quotes: '2026-11-01'"),
            ("metrics.f1 > '0.5'", 13, "Expected numeric value type for metric"),
            ("metrics.f1 LIKE 'x'", 11, "Invalid comparator 'LIKE' not one of"),
            ("metrics.f1 == 1", 11, "Write '='"),
            ("metrics.f1 <> 1", 11, "Write '!='"),
            ("foo.f1 > 1", 0, "Invalid entity type 'foo'. Valid values are"),
            ("metrisc.f1 > 1", 0, "Did you mean 'metrics'"),
            ("statsu = 'RUNNING'", 0, "Invalid attribute key 'statsu' specified. Valid keys are"),
            ("attributes.statsu = 'x'", 11, "Did you mean 'status'"),
            ("f1 > 0.5", 0, "metrics.f1"),
            ("metrics.f1 > 0.5 metrics.f1 < 1", 17, "AND, OR or the end"),
            ("metrics.f1 > 0.5 AND", 20, "a field is expected"),
            ("metrics.f1 > 0.5 OR", 19, "a field is expected"),
            ("(metrics.f1 > 0.5", 17, "the ')' of column 1 is expected"),
            ("metrics.f1 > 0.5)", 16, "AND, OR or the end"),
            ("NOT", 3, "a field is expected"),
            ("metrics.f1 BETWEEN 1", 20, "AND and a second value"),
            ("metrics.val-acc > 0.5", 11, "back-quotes"),
            ("start_time > 'yesterday'", 13, "a date such as '2026-11-01'"),
            ("start_time > now - 7", 19, "A span of time is expected, such as 7d"),
            ("start_time > now - 7x", 19, "A span of time is expected, such as 7d"),
            ("duration > 2 h", 13, "AND, OR or the end"),
            ("duration > '2h'", 11, "a span such as 2h"),
            ("metrics.f1 > 0.5;", 16, "';' is not expected"),
            ("metrics.val/acc > 0.5", 11, "back-quotes"),
            ("params.n = 'open", 11, "never closed"),
            ("params.n IN ()", 13, "quoted string"),
            ("metrics.f1 IN (1", 16, "',' or ')'"),
            ("params.n IN ('a'", 16, "',' or ')'"),
            ("params.n IN 'a'", 12, "parentheses"),
            ("tags.a IS 'b'", 10, "IS NULL or IS NOT NULL"),
            ("dataset.nam = 'x'", 8, "Did you mean 'name'"),
            ("0.5 < metrics.f1", 0, "a field is expected"),
            ("metrics. = 1", 9, "a key is expected"),
        ],
    )
    def test_they_point_at_the_column(self, search, filter_string, position, words):
        with pytest.raises(InvalidFilterError) as caught:
            search(filter_string)
        assert words in caught.value.message
        assert caught.value.position == position
        shown, caret = caught.value.message.splitlines()[-2:]
        assert shown[2:] == filter_string
        assert caret.index("^") == position + 2
        assert caught.value.get_http_status_code() == 400

    @pytest.mark.parametrize(
        "order", ["metrics.f1 UP", "metrics.f1 DESC ASC", "", "foo.x", "stat", "metrics.f1,params.n", "dataset.name"]
    )
    def test_bad_orders(self, search, order):
        with pytest.raises(InvalidFilterError, match="order_by clause"):
            search(order_by=[order])

    @pytest.mark.parametrize(
        ("filter_string", "words"),
        [
            ("f1 > 0.5", "Did you mean 'metrics.f1'?"),
            ("kid = 'rf'", "Did you mean 'params.kind'?"),
            ("team = 'x'", "Did you mean 'tags.team'?"),
            ("statsu = 'x'", "Did you mean 'status'?"),
        ],
    )
    def test_they_name_the_nearest_key_that_exists(self, search, three, filter_string, words):
        with pytest.raises(InvalidFilterError) as caught:
            search(filter_string)
        assert words in caught.value.message

    @pytest.mark.parametrize("character", ["\0", "\ud800"])
    def test_what_no_database_can_hold_is_refused(self, search, character):
        with pytest.raises(InvalidFilterError, match="cannot be"):
            search(f"params.n = '{character}'")

    def test_an_absurdly_long_filter_is_a_users_error(self, search):
        with pytest.raises(InvalidFilterError, match="at most"):
            search(" AND ".join(["metrics.f1 > 0"] * 2000))

    def test_so_are_absurdly_many_sort_keys_and_values(self, search):
        with pytest.raises(InvalidFilterError, match="at most"):
            search(order_by=[f"metrics.m{number}" for number in range(100)])
        assert search(order_by=[f"metrics.m{number}" for number in range(32)]) == []
        many = ", ".join(["'x'"] * 10_000)
        assert search(f"params.n IN ({many})") == []
        with pytest.raises(InvalidFilterError, match="at most"):
            search(f"params.n IN ({many}, 'x')")
        with pytest.raises(InvalidFilterError, match="at most"):
            search(f"params.n IN ({many}) AND params.n IN ('x')")
        with pytest.raises(InvalidFilterError, match="at most"):
            search("(" * 100 + "metrics.f1 > 0" + ")" * 100)
        with pytest.raises(InvalidFilterError, match="at most"):
            search(f"params.n LIKE '{'%x' * 10_000}'")

    def test_other_bad_requests(self, store, experiment):
        for options in ({"max_results": 0}, {"max_results": 50_001}, {"run_view_type": 9}, {"page_token": "no"}):
            with pytest.raises(InvalidParameterError):
                store.search_runs([experiment], **options)
        with pytest.raises(InvalidParameterError, match="list"):
            store.search_runs(experiment)


class TestUnusualValues:
    @pytest.mark.parametrize("operator", ["LIKE", "ILIKE"])
    def test_no_character_of_a_pattern_is_an_escape(self, search, new_run, operator):
        for name, path in (("windows", "C:\\data"), ("percent", "C:%data"), ("pipe", "C:|data")):
            new_run(name, params={"path": path})
        assert search(f"params.path {operator} 'C:\\%'") == ["windows"]
        assert search(f"params.path {operator} '%\\data'") == ["windows"]
        assert search(f"params.path {operator} '%|%'") == ["pipe"]
        assert search(f"params.path {operator} 'C:||%'") == []

    def test_infinity_is_above_all_numbers(self, search, new_run):
        new_run("number", params={"n": "5"})
        new_run("text", params={"n": "auto"})
        assert search("params.n < 1e999") == ["number"]
        assert search("params.n IN (1e999, 5.0)") == ["number"]
        assert sorted(search("start_time < 1e999")) == ["number", "text"]
        assert search("NOT start_time > -1e999") == []


class TestOrder:
    @pytest.fixture
    def ranked(self, new_run):
        for name, value in (("one", 1.0), ("inf", math.inf), ("nan", math.nan), ("none", None), ("two", 2.0)):
            new_run(name, metrics={} if value is None else {"m": value}, params={"p": name} if name != "none" else None)

    def test_missing_values_come_last_in_both_directions_and_nan_before_them(self, search, ranked):
        assert search(order_by=["metrics.m"]) == ["one", "two", "inf", "nan", "none"]
        assert search(order_by=["metrics.m DESC"]) == ["inf", "two", "one", "nan", "none"]

    def test_params_sort_as_text(self, search, ranked):
        assert search(order_by=["params.p asc"]) == ["inf", "nan", "one", "two", "none"]
        assert search(order_by=["params.p desc"]) == ["two", "one", "nan", "inf", "none"]

    def test_attributes_and_quoted_keys(self, search, three):
        assert search(order_by=["attributes.start_time"]) == ["a", "b", "c"]
        assert search(order_by=["end_time DESC"]) == ["b", "c", "a"]
        assert search(order_by=["metrics.`val/acc`"]) == ["a", "c", "b"]
        assert search(order_by=["tags.`a b`", "run_name"]) == ["b", "a", "c"]
        assert search(order_by=["status", "run_name DESC"]) == ["b", "c", "a"]

    def test_ties_are_broken_by_start_time_newest_first_then_by_run_id(self, store, experiment, new_run):
        old = new_run("old", params={"p": "same"}, start_time=1000)
        twins = sorted(new_run(name, params={"p": "same"}, start_time=2000) for name in "xyz")
        for order_by in (["params.p"], ["metrics.none DESC"], None):
            found = [run.info.run_id for run in store.search_runs([experiment], order_by=order_by)]
            assert found == [*twins, old]

    @pytest.mark.parametrize("order", ["metrics.m", "metrics.m DESC"])
    @pytest.mark.parametrize("size", [1, 2, 3, 5])
    def test_pages_of_a_metrics_order_join(self, store, experiment, search, ranked, order, size):
        found, token = [], None
        while token or not found:
            page = store.search_runs([experiment], order_by=[order], max_results=size, page_token=token)
            found += [run.info.run_name for run in page]
            token = page.token
        assert found == search(order_by=[order])

    def test_several_keys(self, search, new_run):
        for name, first, second in (("a", 1.0, "y"), ("b", 1.0, "x"), ("c", 0.0, "z")):
            new_run(name, metrics={"m": first}, params={"p": second})
        assert search(order_by=["metrics.m DESC", "params.p"]) == ["b", "a", "c"]


class TestScope:
    def test_only_the_experiments_asked_for(self, store, experiment, new_run):
        other = store.create_experiment("other")
        new_run("here")
        new_run("there", experiment_id=other)

        def names(ids):
            return [run.info.run_name for run in store.search_runs(ids)]

        assert names([experiment]) == ["here"]
        assert names([experiment, other]) == ["there", "here"]
        assert names([]) == names(["12345"]) == names([str(2**70)]) == []

    def test_view_types(self, store, search, three):
        store.delete_run(three["b"])
        assert search() == ["c", "a"]
        assert search(run_view_type=ViewType.DELETED_ONLY) == ["b"]
        assert search(run_view_type=ViewType.ALL) == ["c", "b", "a"]

    def test_count(self, store, experiment, three):
        assert store.count_runs([experiment]) == 3
        assert store.count_runs([experiment], "metrics.f1 > 0.85") == 1
        assert store.count_runs([], "") == 0
        with pytest.raises(InvalidFilterError):
            store.count_runs([experiment], "nonsense")

    def test_a_found_run_is_the_whole_run(self, store, experiment, three):
        store.log_inputs(three["a"], [dataset("iris", "d1", "train")], ["m-1"])
        found = {run.info.run_id: run for run in store.search_runs([experiment])}
        assert found == {run_id: store.get_run(run_id) for run_id in three.values()}


class TestPages:
    def test_runs_that_come_while_pages_are_read_shift_nothing(self, store, experiment, new_run):
        ids = [new_run() for _ in range(4)][::-1]
        page = store.search_runs([experiment], max_results=2)
        new_run("newer")
        following = store.search_runs([experiment], max_results=2, page_token=page.token)
        assert [run.info.run_id for run in [*page, *following]] == ids

    def test_pages_join_and_the_last_full_one_has_no_token(self, store, experiment, new_run):
        ids = [new_run() for _ in range(7)][::-1]
        for size, pages in ((2, 4), (3, 3), (7, 1), (8, 1)):
            found, token, count = [], None, 0
            while True:
                page = store.search_runs([experiment], max_results=size, page_token=token)
                found += [run.info.run_id for run in page]
                token, count = page.token, count + 1
                if not token:
                    break
            assert (found, count) == (ids, pages)

    def test_more_runs_than_fit_one_in_list(self, store, experiment):
        for number in range(1100):
            store.create_run(experiment, start_time=number, run_name=f"r{number}", tags={"n": str(number)})
        page = store.search_runs([experiment], max_results=5000)
        assert [run.data.tags["n"] for run in page] == [str(number) for number in reversed(range(1100))]


def dataset(name, digest, context):
    return DatasetInput(Dataset(name, digest, "local", "{}"), [InputTag("mlflow.data.context", context)])
