"""`%track`, `%runs`, the card, help and completion in a real kernel; loading and unloading."""

import inspect
import json

import pytest
from ipykernel.zmqshell import ZMQDisplayPublisher

MIME = "application/vnd.jupyter-tracker.v1+json"
WIDGET = "application/vnd.jupyter.widget-view+json"


# The cards that are live, and a wait for the one of the cell: how long a widget takes is the machine's affair.
CARDS = """
import gc, time

def cards():
    return {o.comm.comm_id for o in gc.get_objects() if type(o).__name__ == "RunCard" and o.comm is not None}

def wait_for(wanted):
    end = time.monotonic() + 60
    while not wanted(cards()) and time.monotonic() < end:
        time.sleep(0.05)

seen = cards()
before = len(seen)
"""


def test_the_card_is_live_and_its_last_state_stays(kernel, runs):
    kernel.run(CARDS)
    reply = kernel.run(
        "%%track run_name=carded\nimport jupyter_tracker as tracker\nprint('first')\n"
        "tracker.log_metric('f1', 0.951)\nwait_for(lambda found: found - seen)"
    )
    kinds = [kind for kind, _ in reply.outputs if kind in {"display_data", "stream", "update_display_data"}]
    assert kinds[0] == "display_data", "above what the cell prints"
    assert sorted(kinds[1:]) == ["stream", "update_display_data", "update_display_data"]
    (run,) = runs()
    assert {payload["run_id"] for payload in reply.bundles(MIME)} == {run.info.run_id}
    assert len(reply.bundles(WIDGET)) == 2
    before, after = reply.bundles("text/html")
    assert "Running" in before
    assert "Finished" in after
    assert "0.951" in after
    ids = [content["transient"]["display_id"] for kind, content in reply.outputs if "display" in kind]
    assert len(set(ids)) == 1


def test_a_cell_of_a_moment_has_no_widget(kernel, runs):
    reply = kernel.run("%%track run_name=quick\nx = 1")
    assert [kind for kind, _ in reply.outputs if "display" in kind] == ["display_data", "update_display_data"]
    assert [kind for kind, _ in reply.outputs if "comm" in kind] == []
    (html,) = reply.bundles("text/html")
    assert "Finished" in html
    assert reply.bundles("text/plain")[0].startswith("run quick (")
    assert reply.bundles(MIME)[-1]["run_id"] == runs()[0].info.run_id


def test_running_a_cell_again_lets_its_old_card_go(kernel, runs):
    kernel.run(CARDS)
    for _ in range(3):
        kernel.run("%%track run_name=again\nwait_for(lambda found: found - seen)", cell_id="abc-1")
        kernel.run("wait_for(lambda found: len(found) == before + 1)\nseen = cards()")
        assert kernel.value("len(seen) - before") == 1
    kernel.run("%%track run_name=other\nwait_for(lambda found: found - seen)", cell_id="abc-2")
    assert kernel.value("len(cards()) - before") == 2
    assert {run.data.tags["jupyter_tracker.cell.id"] for run in runs()} == {"abc-1", "abc-2"}


def test_the_card_of_a_failed_cell_says_so(kernel):
    reply = kernel.run("%%track run_name=carded\n1 / 0")
    assert "ZeroDivisionError" in reply.bundles("text/html")[-1]


def test_a_card_that_the_cell_cleared_comes_back(kernel):
    if "hook" not in inspect.getsource(ZMQDisplayPublisher.clear_output):
        pytest.skip("this ipykernel does not tell of cleared outputs")
    reply = kernel.run("%%track run_name=c\nfrom IPython.display import clear_output\nclear_output()\nprint('x')")
    assert [kind for kind, _ in reply.outputs if "display" in kind] == ["display_data", "display_data"]
    assert "Finished" in reply.bundles("text/html")[-1]


def test_a_quiet_cell_shows_nothing(kernel, runs):
    line = "line = progress.Progress('uploading', 9)\nline._next = 0\nline.step(9)\nline.close()"
    kernel.run("from jupyter_tracker import progress")
    assert "uploading" in kernel.run(line).text
    reply = kernel.run(f"%%track run_name=q --quiet\n{line}")
    assert [kind for kind, _ in reply.outputs if kind not in {"execute_input", "status"}] == []
    assert len(runs()) == 1


def test_many_points_do_not_flood_the_output(kernel):
    kernel.run(CARDS)
    reply = kernel.run(
        "%%track run_name=long\nimport jupyter_tracker as tracker\n"
        "end = time.monotonic() + 1\n"
        "while time.monotonic() < end: tracker.log_metric('m', 1)\n"
        "wait_for(lambda found: found - seen)"
    )
    assert len([kind for kind, _ in reply.outputs if "display" in kind]) == 3
    assert len([kind for kind, _ in reply.outputs if kind == "comm_msg"]) < 20


def test_runs_shows_a_table(kernel, runs):
    for name, score in (("a", 0.5), ("b", 0.9), ("c", 0.7)):
        kernel.run(f"%%track run_name={name} --quiet\nimport jupyter_tracker as t\nt.log_metric('f1', {score})")
    reply = kernel.run("%runs metrics.f1 > 0.6 --order-by metrics.f1 desc")
    assert reply.status == "ok", reply.traceback
    (payload,) = reply.bundles(MIME)
    assert payload["filter"] == "metrics.f1 > 0.6"
    assert payload["order_by"] == {"column": "metrics.f1", "ascending": False}
    (html,) = reply.bundles("text/html")
    assert html.index(">b<") < html.index(">c<")
    assert ">a<" not in html


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("%runs --orderby f1", "did you mean '--order-by'"),
        ("%runs --experiment nowhere", "No experiment is named 'nowhere'"),
        ("%runs --order-by metrcs.f1", "Invalid"),
        ("%track experimnt x", "did you mean 'experiment'"),
        ("%track run_name=x", "%%track"),
        ("%track note", "needs a text"),
        ("%track note nobody is listening", "There is no run"),
    ],
)
def test_errors_of_line_magics_are_short(kernel, line, says):
    reply = kernel.run("from jupyter_tracker.tracking.stack import STACK; STACK.last = None")
    reply = kernel.run(line)
    assert reply.status == "error"
    assert says in reply.error
    assert "File " not in reply.traceback


def test_status_experiment_note_and_end(kernel, runs, tmp_path):
    text = kernel.run("%track").text
    assert str(tmp_path / ".jupyter_tracker" / "tracker.db") in text
    assert "working directory" in text
    assert "none is open" in text
    assert not (tmp_path / ".jupyter_tracker").exists(), "looking makes nothing"
    assert "'churn'" in kernel.run("%track experiment churn").text
    kernel.run("%%track run_name=x --quiet\npass")
    kernel.run("%track note first thought")
    kernel.run("%track note 'second thought'")
    (run,) = runs()
    assert run.data.tags["mlflow.note.content"] == "first thought\nsecond thought"
    kernel.run("import jupyter_tracker as tracker\nopen_run = tracker.start_run(run_name='open')")
    assert "open (" in kernel.run("%track").text
    assert kernel.run("%track end failed").text == "Run 'open' ended as FAILED.\n"
    assert kernel.run("%track end").text == "No run is open.\n"
    assert runs(filter_string="attributes.run_name = 'open'")[0].info.status == "FAILED"


def test_a_note_is_for_the_cells_run_not_for_its_last_child(kernel, runs):
    kernel.run("%%track run_name=parent\nimport jupyter_tracker as t\nwith t.start_run(run_name='child'): pass")
    assert "'parent'" in kernel.run("%track note of the parent").text
    kernel.run("with t.start_run(run_name='later'): pass")
    assert "'later'" in kernel.run("%track note of the later one").text


def test_runs_without_a_filter_shows_the_experiment_in_use(kernel):
    kernel.run("%%track run_name=first experiment=one --quiet\npass")
    kernel.run("%%track run_name=second experiment=two --quiet\npass")
    (html,) = kernel.run("%runs").bundles("text/html")
    assert ">first<" in html
    assert ">second<" in html
    kernel.run("%track experiment two")
    (html,) = kernel.run("%runs").bundles("text/html")
    assert ">first<" not in html
    (html,) = kernel.run("%runs --all").bundles("text/html")
    assert ">first<" in html


def test_help(kernel):
    for question, says in (("%%track?", "--resume RUN"), ("%track?", "%track end"), ("%runs?", "--order-by COLUMN")):
        kernel.client.execute(question)
        text = json.dumps(kernel.client.get_shell_msg(timeout=60)["content"]["payload"])
        assert "Example" in text
        assert says in text


def completions(kernel, code):
    kernel.client.complete(code, len(code))
    return kernel.client.get_shell_msg(timeout=60)["content"]["matches"]


def test_completion(kernel):
    assert "%%track" in completions(kernel, "%%tra")
    assert "--nested" in completions(kernel, "%%track run_name=x --ne")
    assert "experiment=" in completions(kernel, "%%track exp")
    assert "--order-by" in completions(kernel, "%runs --or")
    assert "note" in completions(kernel, "%track no")
    kernel.run("%track experiment churn")
    assert "churn" in completions(kernel, "%%track experiment=chu")


SNAPSHOT = """
def snapshot():
    import sys
    ip = get_ipython()
    return {
        "cleanup": len(ip.input_transformers_cleanup),
        "ast": len(ip.ast_transformers),
        "pre": len(ip.events.callbacks["pre_run_cell"]),
        "post": len(ip.events.callbacks["post_run_cell"]),
        "line": sorted(ip.magics_manager.magics["line"]),
        "cell": sorted(ip.magics_manager.magics["cell"]),
        "registry": sorted(ip.magics_manager.registry),
        "hooks": len(ip.display_pub._hooks),
        "completers": sorted(ip.strdispatchers["complete_command"].strs),
        "stdout": type(sys.stdout.write).__name__,
    }
"""


def test_unloading_restores_everything(own_kernel, tmp_path):
    own_kernel.run("%load_ext autoreload")  # IPython's own magics for extensions come with the first one
    own_kernel.run(SNAPSHOT)
    before = own_kernel.value("snapshot()")
    assert own_kernel.run("%load_ext jupyter_tracker").status == "ok"
    assert own_kernel.run("%%track run_name=x\nprint('x')").status == "ok"
    assert own_kernel.value("snapshot()") != before
    assert own_kernel.run("%unload_ext jupyter_tracker").status == "ok"
    assert own_kernel.value("snapshot()") == before
    assert "not found" in own_kernel.run("%%track run_name=x\nprint('x')").text
    assert own_kernel.run("%load_ext jupyter_tracker").status == "ok"
    assert own_kernel.run("%%track run_name=x\nprint('x')").text == "x\n"


def test_reloading_is_loading_once(own_kernel, runs):
    own_kernel.run(SNAPSHOT)
    own_kernel.run("%load_ext jupyter_tracker")
    own_kernel.run("%load_ext autoreload\n%autoreload 2")
    before = own_kernel.value("snapshot()")
    for _ in range(2):
        assert own_kernel.run("%reload_ext jupyter_tracker").status == "ok"
    assert own_kernel.value("snapshot()") == before
    own_kernel.run("%%track run_name=once\nprint('x')")
    assert len(runs()) == 1


def test_unloading_inside_a_tracked_cell_ends_its_run(own_kernel, runs):
    own_kernel.run("%load_ext jupyter_tracker")
    reply = own_kernel.run("%%track run_name=x\nprint('a')\n%unload_ext jupyter_tracker\nprint('b')\n")
    assert reply.text == "a\nb\n"
    assert runs()[0].info.status == "FINISHED"


def test_the_last_state_is_shown_after_the_reply_and_leaves_the_kernel_as_it_was(kernel):
    kernel.run("%load_ext jupyter_tracker")
    kernel.run("%%track run_name=outer\nget_ipython().run_cell('%%track run_name=inner\\n1 / 0')")
    kernel.run("%%track run_name=fails\n1 / 0")
    reply = kernel.run("%%track run_name=quick\npass")
    assert [kind for kind, _ in reply.outputs if "display" in kind] == ["display_data", "update_display_data"]
    assert "finished" in reply.bundles("text/plain")[-1].lower()
    assert kernel.value("'post_handler_hook' in vars(get_ipython().kernel)") is False
