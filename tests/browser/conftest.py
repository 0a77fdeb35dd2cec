"""A real JupyterLab and a real Notebook 7, driven in headless Chromium as a user would."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
SHOTS = ROOT / "build" / "screenshots"
TOKEN = "browser-tests"  # of a server that lives for one test run, on loopback
CHROMIUM = (
    os.environ.get("CHROMIUM")
    or shutil.which("chromium")
    or shutil.which("chromium-browser")
    or shutil.which("google-chrome")
)
# Without these Chromium looks for servers of its maker at every start.
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


def _turn(item):
    """When a test comes: what takes minutes by itself first, and what needs Chromium last.

    Playwright leaves its event loop running in the process, in which no other test can start one.
    """
    return {"packaging": 0, "browser": 2}.get(item.path.parent.name, 1)


def pytest_collection_modifyitems(items):
    items.sort(key=_turn)
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            # One server and one browser for all of them.
            item.add_marker(pytest.mark.xdist_group("browser"))


class Server:
    """A Jupyter server under a base URL, on a folder of its own, with further options."""

    def __init__(self, folder, home, *options):
        self.folder = folder
        environment = {
            **os.environ,
            "HOME": str(home),
            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "IPYTHONDIR": str(home / "ipython"),
            "PYTHONPATH": str(ROOT),
        }
        environment.pop("JUPYTER_TRACKER_URI", None)
        self.log = (home / "server.log").open("w")
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", "--expose-app-in-browser"),
                *("--ip=127.0.0.1", "--port=0", "--ServerApp.base_url=/some/base/"),
                *(f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={folder}"),
                "--JupyterNotebookApp.expose_app_in_browser=True",
                *options,
                *("--LabApp.news_url=", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"),
            ],
            env=environment,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        info = home / "runtime" / f"jpserver-{self.process.pid}.json"
        deadline = time.monotonic() + 60
        while not (info.exists() and info.stat().st_size):
            assert self.process.poll() is None, (home / "server.log").read_text()
            assert time.monotonic() < deadline, "the Jupyter server did not start"
            time.sleep(0.1)
        self.url = json.loads(info.read_text())["url"]

    def shut_kernels_down(self):
        """End every kernel of this server: an idle one keeps 70 MB and asks its heart every second."""
        for kernel in json.loads(self._api("GET", "kernels")):
            with contextlib.suppress(urllib.error.HTTPError):  # ended by the test itself meanwhile
                self._api("DELETE", f"kernels/{kernel['id']}")

    def _api(self, method, path):
        request = urllib.request.Request(
            f"{self.url}api/{path}", method=method, headers={"Authorization": f"token {TOKEN}"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.log.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    home, folder = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("project")
    (folder / ".jupyter_tracker").mkdir(mode=0o700)
    server = Server(folder, home)
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def no_kernels_left(request):
    """What a test has started ends with it. Made before its page, so that it comes after the page's last picture."""
    server = request.getfixturevalue("server") if "server" in request.fixturenames else None
    yield
    if server is not None:
        server.shut_kernels_down()


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        assert not os.environ.get("CI"), "Chromium is missing, and CI must not skip the browser tests"
        pytest.skip("Chromium is not installed: apt-get install chromium")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser, request):
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, device_scale_factor=1)
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.messages = []
    page.on("console", lambda message: page.messages.append(f"{message.type}: {message.text}"))
    yield page
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{request.node.name}.png")
    context.close()


@pytest.fixture
def screenshots(page):
    """Return a function that keeps a picture of one panel, by name."""

    def keep(panel, name):
        SHOTS.mkdir(parents=True, exist_ok=True)
        panel.screenshot(path=SHOTS / f"{name}.png", animations="disabled")

    return keep


class Notebook:
    """A notebook open in the page, by its cells."""

    def __init__(self, page):
        self.page = page

    def cell(self, index):
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(index)

    def run(self, index, *, wait=True):
        """Run a cell with the keyboard; wait for its end unless told otherwise."""
        is_new = self.prompt(index) == "[ ]:"
        self._press(index)
        # Lab may take the focus away just then, and the key goes nowhere. One that arrives changes the prompt at once.
        if is_new and not self._has_begun(index):
            self._press(index)
        if wait:
            self.wait_for_end(index)

    def _press(self, index):
        self.choose(index)
        self.page.keyboard.press("Control+Enter")

    def _has_begun(self, index):
        deadline = time.monotonic() + 10
        while self.prompt(index) == "[ ]:":
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return True

    def choose(self, index):
        """Make a cell the active one."""
        # Not by a click: a card that grows above the cell moves it away from under the pointer.
        self.page.evaluate(
            """index => {
                const notebook = jupyterapp.shell.currentWidget.content;
                notebook.activeCellIndex = index;
                notebook.deselectAll();
                return jupyterapp.shell.activateById(jupyterapp.shell.currentWidget.id);
            }""",
            index,
        )

    def prompt(self, index):
        return self.cell(index).locator(".jp-InputArea-prompt").inner_text()

    def wait_for_end(self, index, timeout=120):
        deadline = time.monotonic() + timeout
        while not self.prompt(index).strip("[]:").isdigit():
            assert time.monotonic() < deadline, f"cell {index} still shows {self.prompt(index)}"
            time.sleep(0.1)

    def save(self):
        self.page.keyboard.press("Control+s")
        time.sleep(1.5)


@pytest.fixture
def open_notebook(server, page):
    """Return a function that opens cells as a new notebook, in Lab or (``app="notebooks"``) in Notebook 7."""

    def open_cells(name, *cells, app="lab/tree"):
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        )
        path = server.folder / f"{name}.ipynb"
        nbformat.write(notebook, path)
        page.goto(f"{server.url}{app}/{name}.ipynb?token={TOKEN}&reset")
        page.wait_for_selector(".jp-Notebook .jp-CodeCell")
        # A kernel that is not there yet swallows the first keys.
        page.wait_for_function(
            "() => globalThis.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
        )
        notebook_view = Notebook(page)
        notebook_view.path = path
        return notebook_view

    return open_cells
