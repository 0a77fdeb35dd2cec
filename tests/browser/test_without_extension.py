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
