"""`%%track` in a real kernel: what becomes of the cell, and what is kept of it."""

import re

import pytest

from tests.integration.conftest import python

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def plain_traceback(reply):
    """The traceback without colours and the cell's own number or file, which is what may differ between two cells."""
    return re.sub(r"In\s?\[\d+\]|ipykernel_\d+/\d+\.py", "In[_]", ANSI.sub("", reply.traceback))


def test_a_cell_becomes_a_run(kernel, runs, artifact):
    reply = kernel.run(
        "%%track run_name=rf-baseline experiment=churn tags.author=alice params.lr=0.1 description='two words'\n"
        "import jupyter_tracker as tracker\n"
        "print('training')\n"
        "for step in range(3):\n"
        "    tracker.log_metric('f1', step / 2, step=step)\n"
        "tracker.log_param('trees', 200)\n"
        "run_id = tracker.active_run().info.run_id\n"
        "'the value'\n"
    )
    assert reply.status == "ok"
    assert reply.text == "training\n"
    (run,) = runs()
    assert run.info.run_name == "rf-baseline"
    assert run.info.status == "FINISHED"
    assert run.info.run_id == kernel.value("run_id")
    assert run.data.params == {"lr": "0.1", "trees": "200"}
    assert run.data.metrics == {"f1": 1.0}
    tags = run.data.tags
    assert tags["author"] == "alice"
    assert tags["mlflow.note.content"] == "two words"
    assert tags["mlflow.source.type"] == "NOTEBOOK"
    connection = kernel.value("__import__('ipykernel.kernelapp').kernelapp.IPKernelApp.instance().connection_file")
    assert tags["jupyter_tracker.kernel.id"] in connection
    assert tags["jupyter_tracker.cell.execution_count"] == str(reply.count)
    assert 0 < float(tags["jupyter_tracker.cell.duration_s"]) < 60
    assert artifact(run, "cell/source.py").startswith("%%track run_name=rf-baseline")
    assert artifact(run, "cell/output.txt") == "training\n"
    assert artifact(run, "cell/traceback.txt") is None
    assert artifact(run, "cell/diff.patch") is None
    assert kernel.value("_") == "the value"


def test_the_traceback_and_its_line_numbers_are_the_users_own(kernel, runs, artifact):
    body = "\ndef train(depth):\n    return 1 / depth\n\ntrain(0)\n"
    tracked = kernel.run("%%track run_name=fails" + body)
    plain = kernel.run("# %%track run_name=fails" + body)
    assert tracked.status == plain.status == "error"
    assert tracked.error == plain.error == "ZeroDivisionError: division by zero"
    assert plain_traceback(tracked) == plain_traceback(plain)
    assert re.search(r"--+> 5 train\(0\)", plain_traceback(tracked))
    (run,) = runs()
    assert run.info.status == "FAILED"
    assert run.data.tags["jupyter_tracker.error.type"] == "ZeroDivisionError"
    assert run.data.tags["jupyter_tracker.error.message"] == "division by zero"
    kept = artifact(run, "cell/traceback.txt")
    assert "----> 3     return 1 / depth" in kept.replace("----> 3 return", "----> 3     return")
    assert "jupyter_tracker/magics" not in kept


def test_top_level_await(kernel, runs, artifact):
    reply = kernel.run(
        "%%track run_name=awaits\n"
        "import asyncio, jupyter_tracker as tracker\n"
        "async def epoch(n):\n"
        "    await asyncio.sleep(0.01)\n"
        "    tracker.log_metric('loss', 1 / (n + 1), step=n)\n"
        "for n in range(3):\n"
        "    await epoch(n)\n"
        "await asyncio.gather(epoch(3), epoch(4))\n"
        "print('done')"
    )
    assert reply.status == "ok", reply.traceback
    (run,) = runs()
    assert (run.info.status, run.data.metrics["loss"]) == ("FINISHED", 0.2)
    assert artifact(run, "cell/output.txt") == "done\n"
    failed = kernel.run("%%track run_name=awaits-and-fails\nawait asyncio.sleep(0)\n1 / 0\n")
    assert failed.error == "ZeroDivisionError: division by zero"
    assert runs()[0].info.status == "FAILED"


def test_running_it_again_and_nesting(kernel, runs):
    cell = (
        "%%track run_name=parent\n"
        "import jupyter_tracker as tracker\n"
        "with tracker.start_run(run_name='child'):\n"
        "    tracker.log_metric('m', 1)\n"
        "tracker.start_run(run_name='left open')\n"
        "tracker.end_run()\n"
        "tracker.end_run()\n"
        "tracker.start_run(run_name='left open')\n"
    )
    for _ in range(2):
        assert kernel.run(cell).status == "ok"
    kernel.run("%%track run_name=parent\n1 / 0")
    assert kernel.run(cell).status == "ok"
    found = runs()
    parents = {run.info.run_id for run in found if run.info.run_name == "parent"}
    children = [run for run in found if run.info.run_name != "parent"]
    assert len(parents) == 4
    assert len(children) == 9
    assert {run.data.tags["mlflow.parentRunId"] for run in children} < parents
    assert {run.info.status for run in children} == {"FINISHED"}


def test_it_nests_in_a_run_that_is_open(kernel, runs):
    kernel.run("import jupyter_tracker as tracker\nouter = tracker.start_run(run_name='outer')")
    assert kernel.run("%%track run_name=inner\ntracker.log_metric('m', 1)").status == "ok"
    kernel.run("tracker.log_metric('after', 2)\ntracker.end_run()")
    inner, outer = sorted(runs(), key=lambda run: run.info.run_name)
    assert inner.data.tags["mlflow.parentRunId"] == outer.info.run_id
    assert (inner.data.metrics, outer.data.metrics) == ({"m": 1.0}, {"after": 2.0})


def test_a_bad_option_is_an_error_and_a_failed_run(kernel, runs):
    kernel.run("ran = False")
    reply = kernel.run("%%track run_name=typo experimnt=churn\nran = True")
    assert reply.status == "error"
    assert reply.error.startswith("TrackOptionError: Unknown option 'experimnt': did you mean 'experiment'?")
    lines = ANSI.sub("", reply.traceback).splitlines()
    assert lines[1].strip() == "%%track run_name=typo experimnt=churn"
    assert lines[2].index("^") == lines[1].index("experimnt")
    assert "File" not in reply.traceback
    assert kernel.value("ran") is False
    (run,) = runs()
    assert (run.info.run_name, run.info.status) == ("typo", "FAILED")
    assert run.data.tags["jupyter_tracker.error.type"] == "TrackOptionError"
    # The next cells are not refused.
    assert kernel.run("%%track run_name=fine\nran = True").status == "ok"
    assert kernel.value("ran") is True


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("--resume nothing-of-this-name", "No run of"),
        ("tags.a/../b=1", "is not allowed"),
        ("params.a=1 --resume deadbeef", "No run of"),
        ('description="unclosed', "is not closed"),
    ],
)
def test_what_cannot_be_done_is_said_before_the_cell_runs(kernel, runs, options, says):
    reply = kernel.run(f"%%track run_name=x {options}\nprint('never')")
    assert reply.status == "error"
    assert says in reply.error
    assert reply.text == ""
    (run,) = runs()
    assert (run.info.run_name, run.info.status) == ("x", "FAILED")


def test_a_syntax_error_is_a_failed_run(kernel, runs, artifact):
    reply = kernel.run("%%track run_name=typo\nx = = 1\n")
    assert reply.error.startswith("SyntaxError")
    (run,) = runs()
    assert run.info.status == "FAILED"
    assert run.data.tags["jupyter_tracker.error.type"] == "SyntaxError"
    assert "x = = 1" in artifact(run, "cell/traceback.txt")


def test_above_and_below_other_cell_magics(kernel, runs, artifact):
    assert "Wall time" in kernel.run("%%track run_name=timed\n%%time\nx = sum(range(1000))\n").text
    assert kernel.value("x") == 499500
    quiet = kernel.run("%%track run_name=captured\n%%capture out\nprint('hidden')\ny = 2\n")
    assert quiet.text == ""
    assert kernel.value("(out.stdout, y)") == ("hidden\n", 2)
    assert "Wall time" in kernel.run("%%time\n%%track run_name=below\nz = 3\n").text
    kernel.run("%%capture\n%%track run_name=below-capture\nz = 4\n")
    assert kernel.value("z") == 4
    assert kernel.run("%%track run_name=shell\n%%bash\necho from bash\n").text == "from bash\n"
    found = runs(order_by=["start_time ASC"])
    assert [run.info.run_name for run in found] == ["timed", "captured", "below", "below-capture", "shell"]
    assert {run.info.status for run in found} == {"FINISHED"}
    assert "Wall time" in artifact(found[0], "cell/output.txt")


def test_failures_inside_other_cell_magics(kernel, runs):
    timed = kernel.run("%%track run_name=timed\n%%time\n1 / 0\n")
    # IPython 7 takes an error inside %%time for handled.
    expected = "FAILED" if timed.status == "error" else "FINISHED"
    kernel.run("%%track run_name=captured\n%%capture\n1 / 0\n")
    assert {run.info.run_name: run.info.status for run in runs()} == {"timed": expected, "captured": "FAILED"}


def test_a_file_that_is_written_is_not_a_run(kernel, tmp_path):
    kernel.run("%%writefile cell.py\n%%track run_name=x\nx = 1\n")
    assert (tmp_path / "cell.py").read_text() == "%%track run_name=x\nx = 1\n"
    assert not (tmp_path / ".jupyter_tracker").exists()


def test_variables_are_logged_after_the_cell(kernel, runs):
    reply = kernel.run(
        "%%track run_name=v --vars lr,epochs,name,layers,big,password,nothing\n"
        "import numpy as np\n"
        "lr, epochs, name, layers = np.float64(0.1), 3, 'rf', [64, 32]\n"
        "big, password = list(range(10**6)), 'hunter2hunter2'\n"
    )
    assert "no variable nothing" in reply.text
    assert reply.status == "ok"
    (run,) = runs()
    params = run.data.params
    assert params.pop("big").startswith("[0, 1, 2")
    assert params == {"lr": "0.1", "epochs": "3", "name": "rf", "layers": "[64, 32]", "password": "***"}


def test_passwords_among_them_are_masked_whatever_is_in_them(kernel, runs):
    kernel.run("%%track --vars password,api_key,lr\npassword = 'ab\"cdefg'; api_key = 'first\\nsecond'; lr = 'a\"b'")
    assert runs()[0].data.params == {"password": "***", "api_key": "***", "lr": 'a"b'}


def test_an_interrupt_while_the_run_ends_leaves_none_open(kernel, runs):
    # Somebody who presses Stop twice: here a variable's own text interrupts.
    kernel.run(
        "%%track run_name=impatient --vars slow\n"
        "class Slow:\n    def __str__(self):\n        raise KeyboardInterrupt\n"
        "slow = Slow()\nprint('done')"
    )
    assert kernel.run("import jupyter_tracker\nprint(jupyter_tracker.active_run())").text.strip() == "None"
    kernel.run("%%track run_name=after\npass")
    ended = {run.info.run_name: run for run in runs()}
    assert ended["impatient"].info.status == "FINISHED"
    assert "mlflow.parentRunId" not in ended["after"].data.tags


def test_options_may_hold_variables(kernel, runs):
    kernel.run("n_trees = 50\nnames = {'a': 'forest'}")
    reply = kernel.run("%%track run_name=rf-{n_trees} tags.kind={names['a']} params.depth={undefined}\npass")
    assert "name 'undefined' is not defined" in reply.text
    (run,) = runs()
    assert run.info.run_name == "rf-{n_trees}", "one that is unknown leaves the line as it was written"
    kernel.run("%%track run_name=rf-{n_trees} tags.kind={names['a']} params.n=$n_trees\npass")
    assert runs()[0].info.run_name == "rf-50"
    assert runs()[0].data.tags["kind"] == "forest"
    assert runs()[0].data.params == {"n": "50"}


def test_resume(kernel, runs):
    kernel.run("%%track run_name=first params.a=1\nimport jupyter_tracker as tracker\ntracker.log_metric('m', 1)")
    reply = kernel.run("%%track --resume first params.b=2\ntracker.log_metric('m', 2, step=1)")
    assert "run_name" not in str(reply.outputs)
    (run,) = runs()
    assert run.data.params == {"a": "1", "b": "2"}
    assert run.data.metrics == {"m": 2.0}
    kernel.run(f"%%track --resume {run.info.run_id[:8]}\n1 / 0")
    assert runs()[0].info.status == "FAILED"
    assert runs()[0].data.tags["jupyter_tracker.error.type"] == "ZeroDivisionError"
    reply = kernel.run("%%track --resume first run_name=second\npass")
    assert "run_name=second is not used: the run that goes on is called first." in str(reply.outputs)
    assert [each.info.run_name for each in runs()] == ["first"]
    # What ended it the last time is over.
    assert runs()[0].info.status == "FINISHED"
    assert not [key for key in runs()[0].data.tags if key.startswith("jupyter_tracker.error")]
    assert "ZeroDivisionError" not in str(reply.outputs)


def test_a_run_that_another_process_writes_is_joined(kernel, runs, artifact, tmp_path):
    code = "import jupyter_tracker as tracker\nrun = tracker.start_run(run_name='script')\n"
    code += "tracker.flush_async_logging()\nprint('begun', flush=True)\ninput()\ntracker.log_metric('after', 1)\n"
    with python(code, cwd=tmp_path) as script:
        assert script.stdout.readline() == "begun\n"
        before = runs()[0]
        reply = kernel.run("%%track --resume script params.a=1 tags.by=me\nimport jupyter_tracker as tracker\n1 / 0")
        assert reply.status == "error"
        with_cell = runs()[0]
        assert with_cell.info.status == "RUNNING", "neither the cell's end nor its error is the run's"
        script.communicate("go on\n", timeout=60)
    (run,) = runs()
    assert (run.info.status, run.data.metrics) == ("FINISHED", {"after": 1.0})
    assert run.data.params == {"a": "1"}
    assert run.data.tags == {**before.data.tags, "by": "me"}, "where it was begun stays said"
    assert artifact(run, "cell/source.py").startswith("%%track --resume script")
    assert "ZeroDivisionError" in artifact(run, "cell/traceback.txt")


def test_figures_are_kept(kernel, tmp_path):
    reply = kernel.run(
        "%%track run_name=figures\n"
        "import base64\n"
        "from IPython.display import SVG, Image, display\n"
        "png = base64.b64decode("
        "'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJggg==')\n"
        "display(Image(data=png))\n"
        "display('no figure')\n"
        "SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>')\n"
    )
    assert len(reply.bundles("image/png")) == 1, "shown as well"
    folder = tmp_path / ".jupyter_tracker" / "artifacts"
    names = sorted(path.name for path in folder.rglob("figure-*"))
    assert names == ["figure-1.png", "figure-2.svg"]
    assert next(folder.rglob("figure-1.png")).read_bytes().startswith(b"\x89PNG")


def test_matplotlib_figures_are_kept(kernel, tmp_path):
    pytest.importorskip("matplotlib")
    reply = kernel.run("%%track run_name=plot\n%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\n")
    assert reply.status == "ok", reply.traceback
    assert [path.name for path in tmp_path.rglob("figure-*")] == ["figure-1.png"]


def test_output_is_bounded(kernel, runs, artifact):
    kernel.run("import os\nos.environ['JUPYTER_TRACKER_OUTPUT_LIMIT'] = '1000'")
    reply = kernel.run(
        "%%track run_name=loud\nimport sys\nfor i in range(1000): print(i)\nprint('end', file=sys.stderr)"
    )
    assert reply.text.count("\n") == 1001, "the screen shows it all"
    kept = artifact(runs()[0], "cell/output.txt")
    assert len(kept) < 1100
    assert "characters dropped here" in kept
    assert kept.startswith("0\n1\n")
    assert kept.endswith("999\nend\n")


def test_secrets_are_masked(kernel, runs, artifact):
    secret = "ghp_" + "a1B2" * 9
    kernel.run(
        "%%track run_name=secret\n"
        f"token = '{secret}'\n"
        "api_key = 'hunter2hunter2'\n"
        "print('using', token)\n"
        "raise ValueError('https://alice:hunter2hunter2@example.org refused ' + token)\n"
    )
    (run,) = runs()
    everything = [artifact(run, f"cell/{name}") for name in ("source.py", "output.txt", "traceback.txt")]
    everything.append(str(run.data.tags))
    for text in everything:
        assert secret not in text
        assert "hunter2hunter2" not in text
        assert "***" in text


def test_the_environment_is_never_kept(kernel, tmp_path):
    kernel.run("import os\nos.environ['MY_PRIVATE_WORD'] = 'xyzzy-plugh'")
    kernel.run("%%track run_name=env\nx = 1\n")
    for path in tmp_path.rglob("*"):
        if path.is_file() and "runtime" not in path.parts:
            assert b"xyzzy-plugh" not in path.read_bytes(), path


@pytest.mark.parametrize("how", ["--no-capture", "setting"])
def test_capture_can_be_turned_off(kernel, runs, artifact, how):
    option = how if how.startswith("-") else ""
    if not option:
        kernel.run("import os\nos.environ['JUPYTER_TRACKER_CAPTURE'] = 'off'")
    kernel.run(f"%%track run_name=private {option}\nprint('x')\n1 / 0")
    (run,) = runs()
    assert run.info.status == "FAILED"
    assert [artifact(run, f"cell/{name}") for name in ("source.py", "output.txt", "traceback.txt")] == [None] * 3


def test_the_diff_is_of_the_moment_when_the_cell_began(kernel, runs, artifact, tmp_path):
    setup = (
        "!git init -q . && git config user.email a@b.c && git config user.name a\n"
        "!echo one > model.py && echo secret > .env && git add -f model.py .env && git commit -qm first\n"
        "!echo two >> model.py && echo hunter2 >> .env && echo new > untracked.py\n"
    )
    assert kernel.run(setup).status == "ok"
    # Git writes beside the cell, as long as it takes.
    kernel.run(
        "%%track run_name=dirty\nimport glob, time\nend = time.monotonic() + 60\n"
        "while not glob.glob('.jupyter_tracker/**/cell/diff.patch', recursive=True) and time.monotonic() < end:\n"
        "    time.sleep(0.02)\n"
        "open('model.py', 'a').write('three')\n",
        timeout=90,
    )
    (run,) = runs()
    kept = artifact(run, "cell/diff.patch", wait_s=60)
    assert "+two" in kept
    assert "three" not in kept
    assert "hunter2" not in kept
    assert "untracked" not in kept
    assert len(run.data.tags["mlflow.source.git.commit"]) == 40


def test_a_cell_goes_on_where_tracking_cannot(kernel, tmp_path):
    (tmp_path / ".jupyter_tracker").write_text("a file where the folder should be")
    reply = kernel.run("%%track run_name=x\nprint('trained')\n")
    assert reply.status == "ok"
    assert "trained\n" in reply.text
    assert "could not start the run" in reply.text
    assert "Traceback" not in reply.text
    again = kernel.run("%%track run_name=x\nprint('trained')\n")
    assert again.text == "trained\n", "said once"


def test_the_streams_are_given_back(kernel):
    before = kernel.value("[id(sys.stdout), id(sys.stderr)] if (sys := __import__('sys')) else 0")
    kernel.run("%%track run_name=x\nprint('x')\n")
    assert kernel.value("[id(sys.stdout), id(sys.stderr)] if (sys := __import__('sys')) else 0") == before
    assert "jupyter_tracker" not in str(kernel.value("str(__import__('sys').stdout.write)"))


def test_cells_without_it_are_not_touched(kernel, tmp_path):
    assert kernel.run("print('plain')").text == "plain\n"
    assert kernel.run("x = '''\n%%track run_name=x\n'''\nprint(x)").text == "\n%%track run_name=x\n\n"
    assert not (tmp_path / ".jupyter_tracker").exists()


def test_a_resumed_run_keeps_the_files_of_each_cell(kernel, runs, artifact):
    kernel.run("%%track run_name=first\nprint('one')")
    kernel.run("%%track --resume first\nprint('two')")
    kernel.run("%%track --resume first\nprint('three')\n1 / 0")
    (run,) = runs()
    kept = [artifact(run, f"{folder}/output.txt") for folder in ("cell", "cell-2", "cell-3")]
    assert kept == ["one\n", "two\n", "three\n"]
    assert artifact(run, "cell-3/traceback.txt") is not None
