"""The web page of a tracking server, without Jupyter: signing in, the side by keyboard, a hostile run."""

import os
import subprocess
import sys

import pytest

from jupyter_tracker.server.users import Users
from tests import hosts
from tests.browser.test_hostile import evil, watched
from tests.browser.test_notebook import eventually
from tests.browser.test_run_detail import choose, files_of, inside

__all__ = ["evil", "watched"]

PASSWORD = "correct horse"
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
        detail.get_by_role("button", name="Run scripts").click()
        said = eventually(lambda: inside(detail).locator("#said").inner_text(), lambda text: text != "quiet")
        assert said == "cookie refused, storage refused, parent refused, top refused"
        watched()
        choose(detail, "leaving.html")
        detail.get_by_role("button", name="Run scripts").click()
        watched()
        # A figure is drawn, in the server's own frame: the page itself allows no script that it did not bring.
        choose(detail, "evil.json")
        inside(detail).locator(".main-svg").first.wait_for()
        watched()
    finally:
        host.stop()
