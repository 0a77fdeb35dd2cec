"""System metrics of runs: processor, memory, disk, network and GPUs, every ten seconds, as ``system/…``.

One thread for all runs of the process. Names are MLflow's. psutil, and nvidia-ml-py for GPUs, are optional.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from jupyter_tracker import settings
from jupyter_tracker.errors import InvalidParameterError, TrackerError, warn_once

if TYPE_CHECKING:
    from jupyter_tracker.tracking.stack import OpenRun

PERIOD_S: Final = 10.0
# Sooner, so that a short run has something to show.
_FIRST_S: Final = 1.0
_MEGABYTE: Final = 1e6


def enable_system_metrics_logging() -> None:
    """Log processor, memory, disk, network and GPUs of each run that starts from now on.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> tracker.enable_system_metrics_logging()
    >>> tracker.disable_system_metrics_logging()
    """
    os.environ["JUPYTER_TRACKER_SYSTEM_METRICS"] = "on"


def disable_system_metrics_logging() -> None:
    """Undo `enable_system_metrics_logging`, and what a setting says.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> tracker.disable_system_metrics_logging()
    """
    os.environ.pop("JUPYTER_TRACKER_SYSTEM_METRICS", None)
    os.environ.pop("MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING", None)


def set_system_metrics_sampling_interval(interval: float | None) -> None:
    """Take a sample every so many seconds, from now on; None goes back to ten.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> tracker.set_system_metrics_sampling_interval(2.5)
    >>> tracker.set_system_metrics_sampling_interval(None)
    """
    if interval is not None and not float(interval) > 0:
        raise InvalidParameterError(f"The interval between samples is seconds, more than 0, not {interval!r}.")
    _set("MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL", interval)


def set_system_metrics_samples_before_logging(samples: int | None) -> None:
    """Log the mean of so many samples at a time, from now on; None goes back to each one.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> tracker.set_system_metrics_samples_before_logging(3)
    >>> tracker.set_system_metrics_samples_before_logging(None)
    """
    if samples is not None and int(samples) < 1:
        raise InvalidParameterError(f"Samples before logging are a whole number from 1 on, not {samples!r}.")
    _set("MLFLOW_SYSTEM_METRICS_SAMPLES_BEFORE_LOGGING", samples)


def set_system_metrics_node_id(node_id: str | None) -> None:
    """Name this machine in the metrics, from now on: ``system/<node_id>/…``; None takes the name away.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> tracker.set_system_metrics_node_id("worker-1")
    >>> tracker.set_system_metrics_node_id(None)
    """
    _set("MLFLOW_SYSTEM_METRICS_NODE_ID", node_id)


def _set(name: str, value: object) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = str(value)


def _period_s() -> float:
    """Return the seconds between samples; those of the default where the setting is no number."""
    try:
        found = float(settings.text("MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL") or PERIOD_S)
    except ValueError:
        found = 0.0
    if found > 0:
        return found
    warn_once("MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL is no number of seconds: samples are taken every ten.")
    return PERIOD_S


def _samples_at_once() -> int:
    try:
        return settings.integer("MLFLOW_SYSTEM_METRICS_SAMPLES_BEFORE_LOGGING")
    except InvalidParameterError as error:
        warn_once(str(error))
        return 1


class SystemMetrics:
    """Samples for every run that asked for it, on a thread that lives as long as there is one. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: dict[str, tuple[OpenRun, int]] = {}  # with how many samples it has
        self._thread: threading.Thread | None = None

    def attach(self, entry: OpenRun) -> None:
        """Sample for a run until it ends."""
        with self._lock:
            self._runs[entry.run_id] = (entry, 0)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="jupyter-tracker-system", daemon=True)
                self._thread.start()

    def after_fork(self) -> None:
        """Start afresh in a forked child; the parent goes on with its own runs."""
        self.__init__()  # type: ignore[misc]

    def _work(self) -> None:
        try:
            self._sample()
        except Exception as error:  # noqa: BLE001 - psutil's, or those of a driver that has gone away
            warn_once(f"System metrics could not be read any more: {error}", topic="system metrics")
        with self._lock:
            # Another one may have begun for a run that started since this one had nothing to do.
            if self._thread is threading.current_thread():
                self._thread = None

    def _sample(self) -> None:
        """Sample until no run is left that wants it."""
        source = _source()
        wait_s = min(_FIRST_S, _period_s())
        taken: list[dict[str, float]] = []
        pause = threading.Event()
        while source is not None:
            pause.wait(wait_s)
            wait_s = _period_s()
            if not self._open_runs():
                return
            taken.append(source())
            if len(taken) >= _samples_at_once():
                self._log(_mean(taken))
                taken.clear()

    def _open_runs(self) -> bool:
        """Forget the runs that have ended; tell whether there is one left, and else let the thread go."""
        with self._lock:
            self._runs = {run_id: each for run_id, each in self._runs.items() if each[0].is_open}
            if not self._runs:
                self._thread = None
            return bool(self._runs)

    def _log(self, sample: dict[str, float]) -> None:
        with self._lock:
            found = list(self._runs.values())
            self._runs = {run_id: (entry, count + 1) for run_id, (entry, count) in self._runs.items()}
        for entry, count in found:
            if entry.is_open:
                try:
                    entry.writer.log_metrics(sample, count)
                except TrackerError as error:
                    warn_once(f"System metrics could not be logged: {error}", topic="system metrics")


def _mean(samples: list[dict[str, float]]) -> dict[str, float]:
    """Return the mean of each metric, under its name in the run."""
    node = settings.text("MLFLOW_SYSTEM_METRICS_NODE_ID").strip()
    prefix = f"system/{node}/" if node else "system/"
    values: dict[str, list[float]] = {}
    for sample in samples:  # not every one has all: a GPU may tell its power now and then
        for key, value in sample.items():
            values.setdefault(key, []).append(value)
    return {f"{prefix}{key}": sum(those) / len(those) for key, those in values.items()}


SYSTEM_METRICS = SystemMetrics()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=SYSTEM_METRICS.after_fork)


def _source() -> Callable[[], dict[str, float]] | None:
    """Return what takes a sample; None, and a word about it, where psutil is missing."""
    try:
        import psutil
    except ImportError:
        warn_once("System metrics need psutil: pip install psutil (and nvidia-ml-py for GPUs).")
        return None
    gpus = _gpus()
    psutil.cpu_percent()  # the first one means nothing
    network = psutil.net_io_counters()

    def sample() -> dict[str, float]:
        memory, disk, now = psutil.virtual_memory(), psutil.disk_usage(os.getcwd()), psutil.net_io_counters()  # noqa: PTH109
        found = {
            "cpu_utilization_percentage": psutil.cpu_percent(),
            "system_memory_usage_megabytes": memory.used / _MEGABYTE,
            "system_memory_usage_percentage": memory.percent,
            "disk_usage_percentage": disk.percent,
            "disk_usage_megabytes": disk.used / _MEGABYTE,
            "disk_available_megabytes": disk.free / _MEGABYTE,
        }
        if network is not None and now is not None:
            found["network_receive_megabytes"] = (now.bytes_recv - network.bytes_recv) / _MEGABYTE
            found["network_transmit_megabytes"] = (now.bytes_sent - network.bytes_sent) / _MEGABYTE
        found |= gpus()
        return {key: float(value) for key, value in found.items()}

    return sample


def _gpus() -> Callable[[], dict[str, float]]:
    """Return what takes a sample of NVIDIA's GPUs; of none where there are none."""
    try:
        import pynvml

        pynvml.nvmlInit()
        handles = [pynvml.nvmlDeviceGetHandleByIndex(i) for i in range(pynvml.nvmlDeviceGetCount())]
    except Exception:  # noqa: BLE001 - no package, no driver, no GPU: each with an error of its own
        return dict

    def memory(handle: Any) -> dict[str, Any]:
        info = pynvml.nvmlDeviceGetMemoryInfo(handle)
        share = 100 * info.used / info.total
        return {"memory_usage_megabytes": info.used / _MEGABYTE, "memory_usage_percentage": share}

    parts: tuple[Callable[[Any], dict[str, Any]], ...] = (
        memory,
        lambda handle: {"utilization_percentage": pynvml.nvmlDeviceGetUtilizationRates(handle).gpu},
        lambda handle: {"power_usage_watts": pynvml.nvmlDeviceGetPowerUsage(handle) / 1000},
    )

    def sample() -> dict[str, float]:
        found: dict[str, Any] = {}
        for i, handle in enumerate(handles):
            for part in parts:
                with contextlib.suppress(pynvml.NVMLError):  # not every GPU tells everything, its power for example
                    found |= {f"gpu_{i}_{key}": value for key, value in part(handle).items()}
        return found

    return sample
