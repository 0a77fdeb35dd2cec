"""All of a run in a real JupyterLab and Notebook 7: opened, walked through, its files looked at."""

import io
import re
import time
import zipfile

from tests.browser.accessibility import violations
from tests.browser.test_notebook import LOAD, dark, eventually, luminance

END = "import jupyter_tracker as tracker\ntracker.end_run()"
READ_NOTE = (
    "import jupyter_tracker as tracker\nprint(tracker.get_run(run.info.run_id).data.tags['mlflow.note.content'])"
)


def make(experiment):
    return f"from tests.browser.sample_runs import forest\nrun = forest({experiment!r})"


def shown(notebook):
    """Run the cells that make and show a run, and return its panel."""
    for index in range(3):
        notebook.run(index)
    detail = notebook.cell(2).locator(".jt-detail")
    detail.get_by_role("tab", name="Overview").wait_for()
    return detail


def files_of(detail, *folders):
    detail.get_by_role("tab", name="Files").click()
    for folder in folders:
        detail.get_by_role("treeitem", name=folder).click()
    return detail


def choose(detail, name):
    detail.get_by_role("treeitem", name=name).click()
    return detail.locator(".jt-preview-body")


def inside(detail):
    """Return the content of the frame within the frame."""
    return detail.frame_locator(".jt-frame").frame_locator("iframe").locator("body")


def test_a_run_is_shown_whole_and_its_files_are_looked_at(open_notebook, page, screenshots):
    notebook = open_notebook("detail", LOAD, make("detail"), "%track show forest")
    detail = shown(notebook)
    eventually(detail.inner_text, lambda text: "Installed packages" in text)
    text = detail.inner_text()
    for words in ("The first good one.", "n_estimators", "train/loss", "0.953", "team", "wine", "178 rows", "fold-1"):
        assert words in text
    assert detail.locator(".jt-markdown td").all_inner_texts() == ["8", "0.95"]
    for theme in ("Light", "Dark"):
        dark(page, f"JupyterLab {theme}")
        eventually(lambda: luminance(detail), lambda light, theme=theme: (light > 200) == (theme == "Light"))
        assert violations(page, ".jt-detail") == []
        screenshots(detail, f"run_detail_overview_{theme.lower()}")
    files_of(detail, "plots", "tables")
    picture = choose(detail, "ramp.png").locator("img")
    eventually(lambda: picture.evaluate("node => node.naturalWidth"), lambda width: width == 64)
    choose(detail, "figure.json")
    eventually(lambda: inside(detail).inner_text(), lambda text: "A figure" in text)
    for theme in ("Dark", "Light"):
        dark(page, f"JupyterLab {theme}")
        time.sleep(0.5)
        assert violations(page, ".jt-detail") == []
        screenshots(detail, f"run_detail_files_{theme.lower()}")
    choose(detail, "box.svg")
    assert inside(detail).locator("img").evaluate("node => node.complete && node.naturalWidth") == 90
    body = choose(detail, "predictions.json")
    eventually(lambda: body.locator("td").all_inner_texts(), lambda cells: cells == ["good", "0.5", "bad", "0.25"])
    body = choose(detail, "report.md")
    eventually(lambda: body.locator("h1").all_inner_texts(), lambda heads: heads == ["Report"])
    body = choose(detail, "train.py")
    eventually(body.inner_text, lambda text: "return x" in text)
    for theme in ("Dark", "Light"):
        dark(page, f"JupyterLab {theme}")
        for name in ("predictions.json", "report.md", "train.py"):
            choose(detail, name).locator("table, h1, code").first.wait_for()
            assert violations(page, ".jt-detail") == []
    # A page of Plotly's runs when it is let, with our library in the place of the one that it would fetch.
    choose(detail, "figure.html")
    detail.get_by_role("button", name="Run scripts").click()
    eventually(lambda: inside(detail).inner_text(), lambda text: "A figure" in text)


def test_files_are_saved_one_by_one_and_as_an_archive(open_notebook, page):
    notebook = open_notebook("saving", LOAD, make("saving"), "%track show forest")
    detail = files_of(shown(notebook), "plots")
    choose(detail, "report.md")  # which is at the root
    with page.expect_download() as waiting:
        detail.get_by_role("link", name="Download report.md").click()
    assert waiting.value.path().read_text() == "# Report\n\nAll *went* well."
    with page.expect_download() as waiting:
        detail.get_by_role("link", name="Download plots/ as a zip file").click()
    assert waiting.value.suggested_filename == "plots.zip"
    names = zipfile.ZipFile(io.BytesIO(waiting.value.path().read_bytes())).namelist()
    assert sorted(names) == ["box.svg", "figure.html", "figure.json", "ramp.png"]


def test_a_click_on_a_run_opens_it_whole_and_a_child_leads_on(open_notebook, page):
    notebook = open_notebook("opening", LOAD, make("opening"), "%runs --experiment opening")
    for index in range(3):
        notebook.run(index)
    notebook.cell(2).locator(".jt-grid-row .jt-row-name", has_text="forest").click()
    tab = page.locator(".jt-tab .jt-detail")
    tab.get_by_text("The first good one.").wait_for()
    tab.get_by_role("button", name=re.compile("fold-1")).click()
    eventually(lambda: page.locator(".jt-tab:visible .jt-card-name").inner_text(), lambda name: name == "fold-1")
    page.locator(".jt-tab:visible").get_by_role("button", name=re.compile("forest")).wait_for()


def test_a_note_is_written_in_place_and_kept(open_notebook, page):
    notebook = open_notebook(
        "noting",
        LOAD,
        make("noting"),
        "%track show forest",
        READ_NOTE,
    )
    detail = shown(notebook)
    detail.locator(".jt-detail-note .jt-link").click()
    detail.get_by_role("textbox", name="Note").fill("Keep **this** one.")
    page.keyboard.press("Control+Enter")
    eventually(lambda: detail.locator(".jt-markdown strong").all_inner_texts(), lambda found: found == ["this"])
    notebook.run(3)
    assert "Keep **this** one." in notebook.cell(3).inner_text()


def test_name_and_tags_are_written_in_place_and_the_trash_has_a_way_back(open_notebook, page):
    read = (
        "import jupyter_tracker as tracker\nfound = tracker.get_run(run.info.run_id)\n"
        "print(found.info.run_name, found.data.tags.get('team'))"
    )
    notebook = open_notebook("changing", LOAD, make("changing"), "%track show forest", read)
    detail = shown(notebook)
    name = detail.locator(".jt-card-name")
    name.dblclick()
    page.keyboard.type("tall forest")
    page.keyboard.press("Enter")
    eventually(name.inner_text, lambda text: text == "tall forest")
    detail.get_by_role("button", name="team blue").click()
    page.keyboard.type("red")
    page.keyboard.press("Enter")
    detail.get_by_role("button", name="team red").wait_for()
    detail.get_by_role("button", name="Add a tag").click()
    page.keyboard.type("stage=final")
    assert violations(page, ".jt-detail") == []
    page.keyboard.press("Enter")
    detail.get_by_role("button", name="stage final").wait_for()
    notebook.run(3)
    assert "tall forest red" in notebook.cell(3).inner_text()
    detail.get_by_role("button", name="Actions").click()
    detail.get_by_role("menuitem", name="Move to trash").click()
    eventually(detail.locator(".jt-badge").is_visible, bool)
    detail.get_by_role("button", name="Undo").click()
    eventually(detail.locator(".jt-badge").is_visible, lambda visible: not visible)


def test_everything_is_reached_by_keys(open_notebook, page):
    notebook = open_notebook("keys-detail", LOAD, make("keys-detail"), "%track show forest")
    detail = shown(notebook)
    detail.get_by_role("tab", name="Overview").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert detail.get_by_role("tab", name="Files").get_attribute("aria-selected") == "true"
    detail.get_by_role("treeitem", name="plots").wait_for()
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('role')") == "treeitem":
            break
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    eventually(detail.locator(".jt-preview-body").inner_text, lambda text: "return x" in text)


def test_notebook_7_shows_the_same_and_curves_follow_a_run_that_goes_on(open_notebook, page):
    notebook = open_notebook(
        "detail-7",
        LOAD,
        "from tests.browser.sample_runs import going\nrun = going()",
        "%track show going",
        END,
        app="notebooks",
    )
    detail = shown(notebook)
    step = detail.locator(".jt-metric-list tbody td").nth(4)
    first = int(step.inner_text())
    eventually(lambda: int(step.inner_text()), lambda value: value > first + 3)
    detail.get_by_role("tab", name="Curves").click()
    detail.locator(".jt-plot .main-svg").first.wait_for()
    notebook.run(3)
    eventually(lambda: detail.get_attribute("data-status"), lambda status: status == "FINISHED")
    files_of(detail, "environment")
    body = choose(detail, "requirements.txt")
    eventually(body.inner_text, lambda text: "ipykernel==" in text)
