"""System metrics: one thread for all runs, that goes when they have ended."""

import sys
import time
from types import SimpleNamespace

import pytest

import jupyter_tracker as tracker
from jupyter_tracker.tracking import system_metrics
from jupyter_tracker.tracking.system_metrics import SYSTEM_METRICS


@pytest.fixture(autouse=True)
def _fast(monkeypatch):
    monkeypatch.setenv("MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL", "0.05")
    monkeypatch.setattr(system_metrics, "_FIRST_S", 0.05)
    yield
    wait_for(lambda: SYSTEM_METRICS._thread is None)


def wait_for(is_so):
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_run_gets_its_metrics_until_it_ends():
    with tracker.start_run(log_system_metrics=True) as run, tracker.start_run(nested=True) as without:
        wait_for(lambda: SYSTEM_METRICS._runs[run.info.run_id][1] > 2)
        threads = SYSTEM_METRICS._thread
    wait_for(lambda: not threads.is_alive())
    metrics = tracker.get_run(run.info.run_id).data.metrics
    assert 0 <= metrics["system/cpu_utilization_percentage"] <= 100
    assert metrics["system/system_memory_usage_megabytes"] > 10
    assert metrics["system/disk_available_megabytes"] >= 0
    points = tracker.TrackerClient().get_metric_history(run.info.run_id, "system/system_memory_usage_percentage")
    assert [point.step for point in points] == list(range(len(points)))
    assert not tracker.get_run(without.info.run_id).data.metrics


def test_the_setting_and_its_exception(monkeypatch):
    monkeypatch.setenv("JUPYTER_TRACKER_SYSTEM_METRICS", "on")
    with tracker.start_run() as run:
        assert run.info.run_id in SYSTEM_METRICS._runs
        with tracker.start_run(nested=True, log_system_metrics=False) as without:
            assert without.info.run_id not in SYSTEM_METRICS._runs


def test_who_joins_a_run_leaves_them_to_the_first_of_each_machine_by_name(monkeypatch):
    with tracker.start_run() as run:
        pass
    monkeypatch.setenv("JUPYTER_TRACKER_SYSTEM_METRICS", "on")
    monkeypatch.setenv("JUPYTER_TRACKER_RUN_ID", run.info.run_id)

    def is_logged(**options):
        with tracker.start_run(**options) as joined:
            # The thread forgets runs that have ended at any time.
            found = SYSTEM_METRICS._runs.get(joined.info.run_id)
            return found is not None and found[0].is_open

    assert not is_logged()
    assert is_logged(log_system_metrics=True)
    monkeypatch.setenv("MLFLOW_SYSTEM_METRICS_NODE_ID", "second")
    assert is_logged()
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert not is_logged()


def test_what_cannot_be_read_warns_once(monkeypatch):
    def broken():
        raise OSError("no /proc")

    monkeypatch.setattr(system_metrics, "_source", lambda: broken)
    told = []
    monkeypatch.setattr(system_metrics, "warn_once", lambda message, **_: told.append(message))
    with tracker.start_run(log_system_metrics=True):
        wait_for(lambda: told)
        tracker.log_metric("mine", 1)
    assert told == ["System metrics could not be read any more: no /proc"]


def test_what_cannot_be_read_at_first_warns_and_later_runs_try_again(monkeypatch):
    def broken():
        raise OSError("no /proc")

    told, whole = [], system_metrics._source
    monkeypatch.setattr(system_metrics, "_source", broken)
    monkeypatch.setattr(system_metrics, "warn_once", lambda message, **_: told.append(message))
    with tracker.start_run(log_system_metrics=True):
        wait_for(lambda: told and SYSTEM_METRICS._thread is None)
    assert told == ["System metrics could not be read any more: no /proc"]
    monkeypatch.setattr(system_metrics, "_source", whole)
    with tracker.start_run(log_system_metrics=True) as run:
        wait_for(lambda: "system/cpu_utilization_percentage" in tracker.get_run(run.info.run_id).data.metrics)


def test_a_mean_is_of_the_samples_that_have_the_metric():
    # A GPU tells its power now and then.
    assert system_metrics._mean([{"cpu": 1.0, "w": 10.0}, {"cpu": 3.0}, {"cpu": 5.0, "w": 30.0}]) == {
        "system/cpu": 3.0,
        "system/w": 20.0,
    }
    assert system_metrics._mean([{"cpu": 1.0, "w": 10.0}, {"cpu": 3.0}]) == {"system/cpu": 2.0, "system/w": 10.0}


class NoGpuError(Exception):
    pass


def test_gpus_tell_what_they_can(monkeypatch):
    def refuse(handle):
        raise NoGpuError("not supported")

    nvidia = SimpleNamespace(
        NVMLError=NoGpuError,
        nvmlInit=lambda: None,
        nvmlDeviceGetCount=lambda: 2,
        nvmlDeviceGetHandleByIndex=lambda index: index,
        nvmlDeviceGetMemoryInfo=lambda handle: SimpleNamespace(used=(handle + 1) * 10**6, total=4 * 10**6),
        nvmlDeviceGetUtilizationRates=lambda handle: SimpleNamespace(gpu=50 + handle),
        nvmlDeviceGetPowerUsage=lambda handle: 70_500 if handle == 0 else refuse(handle),
    )
    monkeypatch.setitem(sys.modules, "pynvml", nvidia)
    found = {key: value for key, value in system_metrics._source()().items() if key.startswith("gpu")}
    assert found == {
        "gpu_0_memory_usage_megabytes": 1, "gpu_0_memory_usage_percentage": 25, "gpu_0_utilization_percentage": 50,
        "gpu_0_power_usage_watts": 70.5,
        "gpu_1_memory_usage_megabytes": 2, "gpu_1_memory_usage_percentage": 50, "gpu_1_utilization_percentage": 51,
    }  # fmt: skip


def test_for_every_run_from_now_on():
    tracker.enable_system_metrics_logging()
    with tracker.start_run() as run:
        assert run.info.run_id in SYSTEM_METRICS._runs
    tracker.disable_system_metrics_logging()
    with tracker.start_run() as run:
        assert run.info.run_id not in SYSTEM_METRICS._runs
