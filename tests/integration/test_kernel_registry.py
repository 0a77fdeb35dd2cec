"""`%promote` and `%registry` in a real kernel, and the cell that the history names."""

MIME = "application/vnd.jupyter-tracker.v1+json"
TRAIN = """\
%%track run_name={name} --no-autolog
import jupyter_tracker as tracker
from jupyter_tracker.entities import LoggedModelOutput
tracker.log_metric("f1", {f1})
store = tracker.tracking.active.store()
run = tracker.active_run()
model = store.create_logged_model(run.info.experiment_id, "model", run.info.run_id)
store.log_outputs(run.info.run_id, [LoggedModelOutput(model.model_id, 0)])
"""


def test_the_verdict_is_shown_and_the_cell_is_kept(kernel):
    kernel.run(TRAIN.format(name="first", f1=0.8))
    reply = kernel.run("%promote --model churn --metric f1 --threshold 0.02", cell_id="cell-7")
    (html,) = reply.bundles("text/html")
    assert "Promoted version 1 of churn to Production." in html
    assert "improvement" in html
    (text,) = reply.bundles("text/plain")
    assert text.startswith("Promoted version 1 of churn to Production.")
    assert kernel.value("tracker.registry.verify().head") in html, "a head that the notebook keeps"
    kernel.run(TRAIN.format(name='"second <b>"', f1=0.81))
    reply = kernel.run("verdict = %promote --model churn --metric f1 --threshold 0.02\nverdict")
    assert "Refused run" in reply.bundles("text/html")[0]
    assert "<b>second" not in reply.bundles("text/html")[0]
    assert kernel.value("(verdict.outcome, verdict.exit_status)") == ("refused", 1)
    event = kernel.value(
        "(lambda e: (e.source_type, e.cell, e.verified))(tracker.registry.history('churn', output_format='list')[-1])"
    )
    assert event == ("NOTEBOOK", "cell-7", False)


def test_the_board(kernel):
    reply = kernel.run("%registry")
    assert "No model is registered yet" in reply.bundles("text/html")[0]
    kernel.run("import jupyter_tracker as tracker\n_ = tracker.TrackerClient().create_registered_model('churn')")
    reply = kernel.run("%registry churn")
    assert reply.bundles(MIME)[0]["model"] == "churn"
    reply = kernel.run("%registry nobody")
    assert "Registered Model with name=nobody not found" in str(reply.outputs)
    assert "Traceback" not in str(reply.outputs)


def test_a_card_names_the_cell_that_its_run_came_from(kernel):
    kernel.run(
        "import jupyter_tracker as tracker\nwith tracker.start_run() as run: pass\nclient = tracker.TrackerClient()\n"
        "_ = client.create_registered_model('plain')\n"
        "_ = client.create_model_version('plain', 's3://x', run.info.run_id)",
        cell_id="cell-9",
    )
    cells = "[card['cell'] for column in tracker.RegistryBoard('plain').view['columns'] for card in column['cards']]"
    assert kernel.value(cells) == ["cell-9"]


def test_mistakes_are_short(kernel):
    reply = kernel.run("%promote --modell churn")
    assert "did you mean '--model'" in str(reply.outputs)
