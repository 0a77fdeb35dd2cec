"""A notebook, a run and artifacts that were written to do harm: they are shown, and do none.

A second server listens on another origin. Nothing that is shown may reach it, run a script in the page, see a cookie,
or write.
"""

import http.server
import json
import threading
import time

import nbformat
import pytest

from tests.browser.conftest import TOKEN
from tests.browser.sample_runs import HIT
from tests.browser.test_notebook import LOAD, eventually
from tests.browser.test_run_detail import choose, files_of, inside

SHOW = "import jupyter_tracker as tracker\ntracker.RunDetail(run)"
MAKE = "from tests.browser.sample_runs import hostile\nrun = hostile({evil!r})\nprint(run.info.run_id)"


class Evil(http.server.ThreadingHTTPServer):
    """A server on another origin, which keeps what it was asked for and lets everybody read the answer."""

    def __init__(self):
        self.asked = asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                self.send_response(200)
                self.send_header("Access-Control-Allow-Origin", "*")
                self.end_headers()
                self.wfile.write(b"<script>parent.hit=1</script>")

            do_POST = do_GET  # noqa: N815 - what the library calls it

            def log_message(self, *_args):
                pass

        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def origin(self):
        # Another name than the Jupyter server's, so that not even its cookies would be shared.
        return f"http://localhost:{self.server_port}"


@pytest.fixture
def evil():
    evil = Evil()
    threading.Thread(target=evil.serve_forever, daemon=True).start()
    yield evil
    evil.shutdown()
    evil.server_close()


@pytest.fixture
def watched(page, evil):
    """Watch a page for all that must not happen; return a function that checks that none of it did."""
    dialogs, pages, requests, writes = [], [], [], []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.on("popup", lambda popup: pages.append(popup.url))
    page.on("request", lambda request: requests.append(request.url) if request.url.startswith(evil.origin) else None)
    page.on(
        "request",
        lambda request: (
            writes.append(request.url) if request.method != "GET" and "jupyter-tracker/runs/" in request.url else None
        ),
    )

    def check():
        time.sleep(0.7)
        assert evil.asked == []
        assert (dialogs, pages, writes) == ([], [], [])
        assert page.evaluate("globalThis.hit") is None
        assert "127.0.0.1" in page.url

    return check


def scripts_reach_nothing(detail, watched):
    """Let the scripts of the page that is looked at run, and of one that wants to leave."""
    detail.get_by_role("button", name="Run scripts").click()
    said = eventually(lambda: inside(detail).locator("#said").inner_text(), lambda text: text != "quiet")
    assert said == "cookie refused, storage refused, parent refused, top refused"
    watched()
    choose(detail, "leaving.html")
    detail.get_by_role("button", name="Run scripts").click()
    watched()


def test_the_other_server_would_have_noticed(page, server, evil):
    """What the tests below rely on: a script of this page could reach it."""
    page.goto(f"{server.url}lab?token={TOKEN}")
    page.evaluate(f"fetch('{evil.origin}/probe').then(answer => answer.text())")
    assert evil.asked == ["/probe"]


def test_a_hostile_run_and_its_artifacts_do_no_harm(open_notebook, evil, watched, screenshots):
    code = MAKE.format(evil=evil.origin)
    notebook = open_notebook("hostile", LOAD, code, SHOW, "tracker.RunCard(run)", "%runs --experiment hostile")
    for index in range(5):
        notebook.run(index)
    detail = notebook.cell(2).locator(".jt-detail")
    detail.get_by_role("tab", name="Overview").wait_for()
    notebook.cell(3).locator(".jt-card").wait_for()
    notebook.cell(4).locator(".jt-grid-row").first.wait_for()
    eventually(detail.locator(".jt-markdown").inner_text, lambda text: "[picture: x]" in text)
    assert "<script>" in detail.locator(".jt-card-name").inner_text()
    assert detail.locator(".jt-overview img, .jt-overview script, .jt-overview iframe").count() == 0
    assert detail.locator(".jt-markdown a", has_text="click").get_attribute("href") is None
    watched()
    files_of(detail)
    for name in ("evil.svg", "evil.json", "evil.md", "evil.csv", "evil.png", "<b onclick", "leaving.html", "evil.html"):
        choose(detail, name)
        time.sleep(1.5 if name == "evil.json" else 0.4)
        watched()
    # The page is there, and quiet.
    assert "quiet" in inside(detail).inner_text()
    assert inside(detail).evaluate("() => 1") == 1
    inside(detail).locator("#away").click()
    watched()
    choose(detail, "evil.html")
    inside(detail).locator("#send").click()
    watched()
    # Its scripts may run when they are let, and reach nothing all the same.
    choose(detail, "evil.html")
    scripts_reach_nothing(detail, watched)


def test_a_hostile_notebook_does_nothing_by_being_opened(server, page, evil, watched):
    run = {"run_id": "../../x", "store_id": f"{evil.origin}/store", "panel_id": "p", "version": 1}
    payloads = [
        {"panel": "run_detail", **run},
        {"panel": "run_card", **run, "note": "<img src=x onerror=hit()>", "write": {"path": "/runs/delete"}},
        {"panel": "run_detail", **run, "run_id": f"<script>{HIT}</script>"},
        {
            "panel": "run_table",
            **run,
            "filter": f"<img src='{evil.origin}/filter'>",
            "post": "/runs/delete",
            "run_ids": ["a"],
        },
        {
            "panel": "metric_curves",
            **run,
            "curves": {"run_ids": [f"{evil.origin}"], "metrics": {"a": 1}, "x": "javascript:1"},
        },
        {"panel": "iframe", **run, "src": f"{evil.origin}/panel"},
        {"panel": ["run_card"], **run},
        "text",
        None,
    ]
    outputs = [
        nbformat.v4.new_output("display_data", {"application/vnd.jupyter-tracker.v1+json": payload, "text/plain": "x"})
        for payload in payloads
    ]
    cells = [nbformat.v4.new_code_cell("x", outputs=[output]) for output in outputs]
    (server.folder / "evil.ipynb").write_text(json.dumps(nbformat.v4.new_notebook(cells=cells)))
    page.goto(f"{server.url}lab/tree/evil.ipynb?token={TOKEN}&reset")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    messages = page.locator(".jt-message")
    eventually(messages.count, lambda count: count >= 5)
    watched()
    assert page.locator(".jt-output iframe, .jt-output img").count() == 0


def test_an_artifact_that_a_browser_is_led_to_is_saved_and_not_run(open_notebook, page, server, evil, watched):
    notebook = open_notebook("led", LOAD, MAKE.format(evil=evil.origin))
    notebook.run(0)
    notebook.run(1)
    run_id = notebook.cell(1).locator(".jp-OutputArea-output").inner_text().strip().split()[-1]
    url = f"{server.url}jupyter-tracker/artifacts/get?run_id={run_id}&path=evil.html"
    tab = page.context.new_page()
    with tab.expect_download() as waiting, pytest.raises(Exception, match="Download is starting"):
        tab.goto(url)
    assert "quiet" in waiting.value.path().read_text()
    answer = page.request.get(url)
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"].startswith("attachment")
    watched()
