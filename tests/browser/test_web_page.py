"""The web page of a tracking server, without Jupyter: every page by its address, signing in, roles, hostile runs."""

import os
import subprocess
import sys

import pytest

from jupyter_tracker.server.users import Users
from tests import hosts
from tests.browser.accessibility import violations
from tests.browser.test_hostile import evil, scripts_reach_nothing, watched
from tests.browser.test_notebook import eventually
from tests.browser.test_run_detail import choose, files_of, inside

__all__ = ["evil", "watched"]

PASSWORD = "correct horse"
WIDTHS = (1400, 900, 600)
MAKE = """
import sys
import jupyter_tracker as tracker
from tests.browser.sample_runs import forest, hostile
forest("churn")
with tracker.start_run(run_name="shallow") as run:
    tracker.log_params({"n_estimators": 50, "max_depth": 2, "criterion": "gini"})
    tracker.log_metrics({"train/loss": 0.5, "test_f1": 0.8}, step=1)
    tracker.log_metrics({"train/loss": 0.4}, step=2)
hostile(sys.argv[1])
client = tracker.TrackerClient()
client.create_registered_model("churn-classifier")
for stage in ("Production", "Staging"):
    version = client.create_model_version("churn-classifier", f"runs:/{run.info.run_id}/model", run.info.run_id)
    client.transition_model_version_stage("churn-classifier", version.version, stage)
"""


def fill(folder, evil="http://localhost:9"):
    environment = {**os.environ, "PYTHONPATH": str(hosts.ROOT), "JUPYTER_TRACKER_URI": "sqlite:///tracker.db"}
    subprocess.run([sys.executable, "-c", MAKE, evil], cwd=folder, env=environment, check=True, timeout=240)


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """Return a server with two users and a few runs."""
    folder = tmp_path_factory.mktemp("web-page")
    fill(folder)
    users = Users(folder / "tracker.db.users.json")
    for role in ("viewer", "editor"):
        users.add(role, role, PASSWORD)
    host = hosts.standalone(folder, "--auth", "users")
    yield host
    host.stop()


def sign_in(page, host, name, hash_=""):
    page.goto(f"{host.url}/{hash_}")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password or token").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator(".jt-app-side .jt-exp").first.wait_for()


def grave(page):
    return violations(page, "html")


def pictures(page, screenshots, name):
    """Keep a picture of the page at each width, at which nothing of it may stick out."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate("() => document.documentElement.scrollWidth")
        assert wide <= width, f"{name} is {wide} wide in {width}"
        screenshots(page.locator(".jt-app"), f"web-{name}-{width}")
    page.set_viewport_size({"width": 1400, "height": 900})


@pytest.mark.parametrize("shade", ["light", "dark"])
def test_every_page_has_an_address(host, page, screenshots, shade):
    page.emulate_media(color_scheme=shade)
    page.goto(host.url)
    page.get_by_label("Name").wait_for()
    screenshots(page.locator("main"), f"web-sign-in-{shade}")
    assert grave(page) == []
    sign_in(page, host, "editor", "#/experiments")
    ground = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") == (shade == "light")
    page.locator(".jt-exp-list").get_by_role("button", name="churn", exact=True).click()
    page.locator(".jt-grid-row").nth(2).wait_for()
    for row in (0, 2):
        page.locator(".jt-grid-row input").nth(row).click()
    table = page.url
    assert "#/runs?experiments=1&runs=" in table
    pictures(page, screenshots, f"runs-{shade}")
    for tab, ready in (("Curves", ".jt-plot .main-svg"), ("Comparison", ".jt-cmp-run")):
        page.get_by_role("tab", name=tab).click()
        page.locator(ready).first.wait_for()
        pictures(page, screenshots, f"{tab.lower()}-{shade}")
        assert grave(page) == []
        # Who is given the address sees the same.
        page.goto("about:blank")
        page.goto(table.replace("#/runs", f"#/{tab.lower()}"))
        page.locator(ready).first.wait_for()
    page.go_back()
    page.goto(table)
    page.locator(".jt-grid-row[aria-selected=true]").nth(1).wait_for()
    page.locator(".jt-grid-row", has_text="forest").get_by_text("forest").click()
    page.locator(".jt-detail").get_by_role("tab", name="Overview").wait_for()
    eventually(page.title, lambda title: title == "forest · jupyter_tracker")
    pictures(page, screenshots, f"run-{shade}")
    assert grave(page) == []
    page.get_by_label("Where you are").get_by_role("link", name="churn").click()
    page.locator(".jt-grid-row").first.wait_for()
    page.get_by_role("link", name="Models").click()
    page.locator(".jt-registry .jt-board-version").nth(1).wait_for()
    page.locator(".jt-app-side").get_by_role("button", name="churn-classifier version 1 in production").click()
    eventually(lambda: page.url, lambda url: url.endswith("#/models/churn-classifier"))
    pictures(page, screenshots, f"models-{shade}")
    assert grave(page) == []
    assert not [message for message in page.messages if message.startswith("error") and "401" not in message]


def test_an_address_of_no_run_and_a_filter_of_none_say_so(host, page):
    sign_in(page, host, "editor")
    page.goto(f"{host.url}/#/run/{'0' * 32}")
    page.locator(".jt-detail").get_by_text("not found in").wait_for()
    # Nothing of what its head would say.
    assert (
        page.evaluate("() => getComputedStyle(document.querySelector('.jt-card-experiment'), '::before').content")
        == "none"
    )
    page.goto(f"{host.url}/#/curves?experiments=1&filter=metrics.test_f1+%3E+5")
    message = page.locator(".jt-curves-message")
    message.get_by_text("No run matches this filter").wait_for()
    message.get_by_role("button", name="Clear filter").click()
    page.locator(".jt-plot .main-svg").first.wait_for()
    assert page.url.endswith("#/curves?experiments=1")


def test_the_side_opens_and_closes_by_keyboard_where_it_has_no_room(host, page):
    page.set_viewport_size({"width": 600, "height": 900})
    page.goto(host.url)
    page.get_by_label("Name").fill("viewer")
    page.get_by_label("Password or token").fill("wrong")
    page.keyboard.press("Enter")
    assert "nobody's name and password" in page.get_by_role("alert").inner_text()
    page.get_by_label("Password or token").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator(".jt-exp-list tbody tr").first.wait_for()
    side = page.locator(".jt-app-side")
    assert not side.is_visible()
    button = page.locator(".jt-app-side-button")
    button.focus()
    page.keyboard.press("Enter")
    side.get_by_role("treeitem", name="churn").wait_for()
    page.keyboard.press("Escape")
    side.wait_for(state="hidden")
    page.keyboard.press("Enter")
    side.get_by_role("treeitem", name="churn").click()
    page.locator(".jt-grid-row").first.wait_for()
    assert not side.is_visible()


def test_a_viewer_is_refused_and_signs_out(host, page):
    sign_in(page, host, "viewer")
    page.locator(".jt-exp-list").get_by_role("button", name="churn", exact=True).click()
    page.locator(".jt-grid-row").first.wait_for()
    page.locator(".jt-grid-row input").first.click()
    foot = page.locator(".jt-foot-actions")
    assert foot.get_by_role("button", name="Copy").is_visible()
    assert not foot.get_by_text("Delete").is_visible()
    # The keyboard asks all the same, and is told no.
    page.locator(".jt-grid").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Delete")
    page.get_by_text("You may look at this run, but not change it.").wait_for()
    assert page.locator(".jt-grid-row").count() == 3
    # Nor are they told what to type where there is nothing yet.
    page.goto(f"{host.url}/#/curves?experiments=0")
    page.locator(".jt-curves .jt-state").get_by_text("No runs yet").wait_for()
    assert page.locator(".jt-curves .jt-code-block").count() == 1
    assert not page.locator(".jt-curves .jt-code-block").is_visible()
    assert not page.get_by_text("Track a cell").is_visible()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Name").wait_for()
    page.reload()
    page.get_by_label("Name").wait_for()
    assert page.locator(".jt-grid-row").count() == 0


def test_a_hostile_run_does_no_harm(page, tmp_path, evil, watched):
    fill(tmp_path, evil.origin)
    host = hosts.standalone(tmp_path)
    try:
        page.goto(f"{host.url}/#/runs?experiments=2")
        page.locator(".jt-grid-row").first.wait_for()
        page.locator(".jt-grid-row .jt-cell-name, .jt-grid-row button").first.click()
        detail = page.locator(".jt-detail")
        detail.get_by_role("tab", name="Overview").wait_for()
        assert "<script>" in page.title()
        eventually(detail.locator(".jt-markdown").inner_text, lambda text: "[picture: x]" in text)
        files_of(detail)
        for name in ("evil.svg", "evil.md", "leaving.html", "evil.html"):
            choose(detail, name)
            watched()
        assert "quiet" in inside(detail).inner_text()
        scripts_reach_nothing(detail, watched)
        # A figure is drawn, in the server's own frame: the page itself allows no script that it did not bring.
        choose(detail, "evil.json")
        inside(detail).locator(".main-svg").first.wait_for()
        watched()
    finally:
        host.stop()


def test_an_empty_project_shows_its_first_run(page, tmp_path):
    (tmp_path / ".jupyter_tracker").mkdir(mode=0o700)
    host = hosts.Host(["-m", "jupyter_tracker", "ui", "--no-browser"], tmp_path).wait()
    try:
        eventually(host.log.read_text, lambda text: "#token=" in text)
        address = host.log.read_text().partition("http://")[2].split()[0]
        page.goto(f"http://{address}")
        page.locator(".jt-app-empty pre", has_text="%%track run_name=first").wait_for()
        assert "token" not in page.url
        assert grave(page) == []
        code = (
            "import jupyter_tracker as t; t.set_experiment('new'); t.start_run(run_name='first'); t.log_metric('a', 1)"
        )
        environment = {**os.environ, "PYTHONPATH": str(hosts.ROOT)}
        environment.pop("JUPYTER_TRACKER_URI", None)
        subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True, timeout=120)
        page.locator(".jt-exp-list").get_by_role("button", name="new", exact=True).wait_for()
        # The address lets nobody else in.
        other = page.context.browser.new_context().new_page()
        other.goto(f"http://{address}")
        other.get_by_label("Token").wait_for()
        other.context.close()
    finally:
        host.stop()


def test_a_version_is_moved_by_who_has_signed_in(host, page, screenshots):
    def focus(version):
        board.locator(f".jt-board-card[data-version='{version}']").focus()

    sign_in(page, host, "viewer", "#/models/churn-classifier")
    board = page.locator(".jt-registry")
    board.locator(".jt-board-version").nth(1).wait_for()
    focus(2)
    page.keyboard.press("Shift+ArrowRight")
    dialog = board.get_by_role("dialog")
    dialog.get_by_text("Version 1 is archived along with it.").wait_for()
    assert "No policy is about" in dialog.inner_text() or "By the default rule" in dialog.inner_text()
    page.keyboard.press("Control+Enter")
    dialog.get_by_text("signed in as a viewer").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Name").wait_for()
    sign_in(page, host, "editor", "#/models/churn-classifier")
    board.locator(".jt-board-version").nth(1).wait_for()
    focus(2)
    page.keyboard.press("Shift+ArrowRight")
    dialog.get_by_text("Version 1 is archived along with it.").wait_for()
    page.keyboard.type("seen in the page")
    for shade in ("light", "dark"):
        page.emulate_media(color_scheme=shade)
        screenshots(page.locator(".jt-app"), f"web-board-dialog-{shade}")
        assert grave(page) == []
    page.keyboard.press("Control+Enter")
    production = board.locator(".jt-board-column[data-stage='Production'] .jt-board-version")
    eventually(production.all_inner_texts, lambda found: found == ["Version 2"])
    board.get_by_text("History", exact=True).click()
    moved = board.locator(".jt-timeline li", has_text="version 2 moved from Staging to Production")
    assert "editor" in moved.inner_text()
    assert "unverified" not in moved.inner_text()
    assert "seen in the page" in moved.inner_text()
    screenshots(page.locator(".jt-app"), "web-board-history")
