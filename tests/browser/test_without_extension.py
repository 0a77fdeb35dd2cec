"""JupyterLab where neither our server extension nor our lab extension is: the kernel answers everything."""

import json
import time
import zipfile

import pytest

from tests.browser.conftest import Server
from tests.browser.test_notebook import LOAD, eventually, train
from tests.browser.test_run_detail import choose, files_of, inside, make


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    home, folder = tmp_path_factory.mktemp("bare-home"), tmp_path_factory.mktemp("bare-project")
    (folder / ".jupyter_tracker").mkdir(mode=0o700)
    (home / "config" / "labconfig").mkdir(parents=True)
    disabled = {"disabledExtensions": {"jupyter-tracker": True}}
    (home / "config" / "labconfig" / "page_config.json").write_text(json.dumps(disabled))
    server = Server(folder, home, "--ServerApp.jpserver_extensions={'jupyter_tracker.server': False}")
    yield server
    server.stop()


def test_neither_extension_is_there(open_notebook, page, server):
    open_notebook("bare", LOAD)
    assert not page.evaluate("jupyterapp.hasPlugin('jupyter-tracker:plugin')")
    assert page.evaluate("fetch('/some/base/jupyter-tracker/views/stores').then(answer => answer.status)") == 404


def test_card_table_and_curves_draw_and_answer(open_notebook, page, screenshots):
    cells = [train(f"bare-{depth}", experiment="bare", depth=depth) for depth in (1, 2)]
    notebook = open_notebook("bare-panels", LOAD, *cells, "%runs --experiment bare", "%curves --experiment bare")
    for index in range(5):
        notebook.run(index)
    card = notebook.cell(1).locator(".jt-card")
    eventually(lambda: card.get_attribute("data-status"), lambda status: status == "FINISHED")
    assert "n_estimators" in card.inner_text()
    table = notebook.cell(3).locator(".jt-table")
    names = table.locator(".jt-grid-row:visible .jt-row-name")
    eventually(names.count, lambda count: count == 2)
    header = table.get_by_role("columnheader", name="max_depth")
    for _ in range(2):
        header.click()
        eventually(lambda: header.get_attribute("aria-sort"), lambda sort: sort in ("ascending", "descending"))
        first = "bare-1" if header.get_attribute("aria-sort") == "ascending" else "bare-2"
        eventually(names.all_inner_texts, lambda found, first=first: found[:1] == [first])
    box = table.locator(".jt-filter input")
    box.fill("params.max_depth = '2'")
    box.press("Enter")
    eventually(names.all_inner_texts, lambda found: found == ["bare-2"])
    curves = notebook.cell(4).locator(".jt-curves")
    curves.locator(".jt-plot .main-svg").first.wait_for()
    screenshots(curves, "without_extension_curves")


def test_a_whole_run_comes_over_the_comm_files_and_all(open_notebook, page, screenshots):
    notebook = open_notebook("bare-detail", LOAD, make("bare-detail"), "%track show forest")
    for index in range(3):
        notebook.run(index)
    detail = notebook.cell(2).locator(".jt-detail")
    detail.get_by_role("tab", name="Overview").wait_for()
    eventually(lambda: detail.locator(".jt-markdown td").all_inner_texts(), lambda cells: cells == ["8", "0.95"])
    detail.locator(".jt-detail-note .jt-link").click()
    detail.get_by_role("textbox", name="Note").fill("*kept*")
    detail.get_by_role("button", name="Save").click()
    eventually(lambda: detail.locator(".jt-markdown em").all_inner_texts(), lambda found: found == ["kept"])
    detail.get_by_role("button", name="train/loss").click()
    detail.locator(".jt-plot .main-svg").first.wait_for()
    files_of(detail, "plots")
    picture = choose(detail, "ramp.png").locator("img")
    eventually(lambda: picture.evaluate("node => node.naturalWidth"), lambda width: width == 64)
    choose(detail, "figure.json")
    eventually(lambda: inside(detail).inner_text(), lambda text: "A figure" in text)
    time.sleep(0.5)
    screenshots(detail, "without_extension_detail")
    choose(detail, "report.md")
    with page.expect_download() as waiting:
        detail.get_by_role("button", name="Download report.md").click()
    assert waiting.value.path().read_text() == "# Report\n\nAll *went* well."
    with page.expect_download() as waiting:
        detail.get_by_role("button", name="Download all files as a zip file").click()
    assert "report.md" in zipfile.ZipFile(waiting.value.path()).namelist()


ON_TOP = """node => {
    const at = node.getBoundingClientRect();
    return node.contains(document.elementFromPoint(at.x + at.width / 2, at.y + at.height / 2));
}"""
REGISTER = """\
import jupyter_tracker as tracker
client = tracker.TrackerClient()
model = client.create_registered_model("bare-board")
for f1 in (0.8, 0.9):
    with tracker.start_run() as run:
        tracker.log_metric("f1", f1)
    version = client.create_model_version("bare-board", "s3://models/1", run.info.run_id)
moved = client.transition_model_version_stage("bare-board", 1, "Production")
"""


def test_a_board_is_live_and_moves_versions_over_the_comm(open_notebook, page, screenshots):
    notebook = open_notebook(
        "bare-board",
        LOAD,
        REGISTER,
        "%registry bare-board",
        "client.set_registered_model_alias('bare-board', 'best', 2)",
    )
    for index in range(3):
        notebook.run(index)
    board = notebook.cell(2).locator(".jt-registry")
    card = board.locator(".jt-board-card[data-version='2']")
    card.wait_for()
    assert "cell" in card.inner_text(), "the one that the run began in"
    notebook.run(3)
    eventually(card.inner_text, lambda text: "@best" in text)
    card.focus()
    page.keyboard.press("Enter")
    last = board.get_by_role("menuitem", name="Describe…")
    eventually(lambda: last.evaluate(ON_TOP), bool)
    board.get_by_role("menuitem", name="Move to Production…").click()
    dialog = board.get_by_role("dialog")
    dialog.get_by_text("Version 1 is archived along with it.").wait_for()
    dialog.get_by_role("textbox").fill("over the comm")
    # The board is lower than the box: it grows, or the output would cut the button off.
    eventually(lambda: dialog.get_by_role("button", name="Move").evaluate(ON_TOP), bool)
    screenshots(board, "without_extension_board")
    dialog.get_by_role("button", name="Move").click()
    production = board.locator(".jt-board-column[data-stage='Production'] .jt-board-version")
    eventually(production.all_inner_texts, lambda found: found == ["Version 2"])
    board.get_by_text("History", exact=True).click()
    assert "over the comm" in board.locator(".jt-timeline").inner_text()
