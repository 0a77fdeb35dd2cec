"""How a tracked cell ends when it does not end well: interrupts, killed kernels, Run All."""

import os
import signal
import time

import pytest


def interrupt(kernel, code):
    """Run a cell, interrupt it when it prints `ready`, and return its reply."""
    message_id = kernel.start(code)
    kernel.wait_for("ready")
    time.sleep(0.2)
    kernel.manager.interrupt_kernel()
    return kernel.finish(message_id)


def test_an_interrupt_kills_the_run(kernel, runs, artifact):
    reply = interrupt(
        kernel,
        "%%track run_name=stopped\n"
        "import time, jupyter_tracker as tracker\n"
        "with tracker.start_run(run_name='child'):\n"
        "    tracker.log_metric('m', 1)\n"
        "    print('ready', flush=True)\n"
        "    while True: time.sleep(0.01)\n",
    )
    assert reply.error.startswith("KeyboardInterrupt")
    assert {run.info.run_name: run.info.status for run in runs()} == {"stopped": "KILLED", "child": "KILLED"}
    stopped = next(run for run in runs() if run.info.run_name == "stopped")
    assert stopped.data.tags["jupyter_tracker.error.type"] == "KeyboardInterrupt"
    assert "KeyboardInterrupt" in artifact(stopped, "cell/traceback.txt")
    assert kernel.run("%%track run_name=next\nx = 1").status == "ok"
    assert runs()[0].info.status == "FINISHED"


def test_an_interrupt_kills_the_run_of_a_cell_that_awaits(kernel, runs):
    reply = interrupt(
        kernel,
        "%%track run_name=stopped\nimport asyncio\nprint('ready', flush=True)\nwhile True: await asyncio.sleep(0.01)\n",
    )
    assert reply.status == "error"
    (run,) = runs()
    assert run.info.status == "KILLED"
    assert run.data.tags["jupyter_tracker.error.type"] in {"CancelledError", "KeyboardInterrupt"}
    assert kernel.run("%%track run_name=next\nawait asyncio.sleep(0)").status == "ok"
    assert runs()[0].info.status == "FINISHED"


@pytest.mark.crash
def test_a_killed_kernel_leaves_a_killed_run_with_every_point(own_kernel, runs, artifact):
    pid = own_kernel.value("__import__('os').getpid()")
    own_kernel.run("%load_ext jupyter_tracker")
    own_kernel.start(
        "%%track run_name=long params.lr=0.1\n"
        "import time, jupyter_tracker as tracker\n"
        "for step in range(5000):\n"
        "    tracker.log_metric('loss', 1 / (step + 1), step=step)\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    own_kernel.wait_for("ready")
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while own_kernel.manager.is_alive() and time.monotonic() < deadline:
        time.sleep(0.05)
    (run,) = runs()
    assert run.info.status == "KILLED"
    assert run.info.end_time >= run.info.start_time
    assert run.data.params == {"lr": "0.1"}
    assert run.data.metrics == {"loss": 1 / 5000}
    assert artifact(run, "cell/source.py").startswith("%%track run_name=long")


@pytest.mark.crash
def test_a_kernel_that_is_shut_down_in_a_cell_leaves_no_running_run(own_kernel, runs):
    own_kernel.run("%load_ext jupyter_tracker")
    own_kernel.start("%%track run_name=long\nimport time\nprint('ready', flush=True)\ntime.sleep(60)\n")
    own_kernel.wait_for("ready")
    own_kernel.manager.shutdown_kernel(now=True)
    (run,) = runs()
    assert run.info.status == "KILLED"


def test_leaving_the_kernel_in_a_cell_ends_the_run(own_kernel, runs):
    own_kernel.run("%load_ext jupyter_tracker")
    own_kernel.run("%%track run_name=exit\nimport sys\nsys.exit(1)\n")
    (run,) = runs()
    assert run.info.status == "FAILED"


def test_leaving_without_an_error_is_none(kernel, runs, artifact):
    kernel.run("%%track run_name=exit\nraise SystemExit(0)\n")
    (run,) = runs()
    assert run.info.status == "FINISHED"
    assert "jupyter_tracker.error.type" not in run.data.tags
    assert artifact(run, "cell/traceback.txt") is None


def test_code_in_a_subshell_leaves_the_cell_alone(kernel, runs):
    if "kernel subshells" not in kernel.features:
        pytest.skip("this ipykernel has no subshells")
    subshell = kernel.subshell()
    kernel.run("go = False")
    main = kernel.start(
        "%%track run_name=main\n"
        "import time, jupyter_tracker as tracker\n"
        "print('ready', flush=True)\n"
        "while not go: time.sleep(0.01)\n"
        "tracker.log_metric('m', 1)\n"
    )
    kernel.wait_for("ready")
    assert kernel.run("x = 1", subshell=subshell).status == "ok"
    aside = kernel.run("%%track run_name=aside\ngo = True", subshell=subshell)
    assert aside.status == "ok"
    assert kernel.finish(main).status == "ok"
    (run,) = runs()
    assert (run.info.run_name, run.info.status, run.data.metrics) == ("main", "FINISHED", {"m": 1.0})
