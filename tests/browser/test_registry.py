"""A registered model's board in a real JupyterLab: moved by drag, by keys and by menu, after a look at the verdict."""

import re

import pytest

from tests.browser.accessibility import violations
from tests.browser.test_notebook import LOAD, dark, eventually, luminance
from tests.browser.test_side_panel import side_panel

TRAIN = """\
import jupyter_tracker as tracker
from sklearn.tree import DecisionTreeClassifier
import pandas as pd

tracker.set_experiment("{name}")
data = pd.DataFrame({{"age": [20.0, 30.0, 40.0], "visits": [1.0, 5.0, 9.0]}})
for number, (f1, latency) in enumerate([(0.80, 12.0), (0.85, 11.0), (0.81, 30.0), (0.90, 14.0)], start=1):
    with tracker.start_run(run_name=f"tree-{{number}}") as run:
        tracker.log_metrics({{"f1": f1, "latency_ms": latency}})
        tracker.log_input(tracker.data.from_pandas(data, name="customers"), context="training")
        tracker.sklearn.log_model(DecisionTreeClassifier().fit(data, [0, 1, 1]), "model", input_example=data)
    tracker.register_model(f"runs:/{{run.info.run_id}}/model", "{name}")
client = tracker.TrackerClient()
client.transition_model_version_stage("{name}", 1, "Archived", comment="replaced")
client.transition_model_version_stage("{name}", 2, "Production", comment="passed review")
client.set_registered_model_alias("{name}", "champion", 2)
"""
POLICY = """\
from pathlib import Path
Path("promotion.yaml").write_text("model: {name}\\nmetric: f1\\nthreshold: 0.02\\n")
"""


def open_board(open_notebook, name, *more):
    notebook = open_notebook(
        name, LOAD, TRAIN.format(name=name), POLICY.format(name=name),
        f"board = tracker.RegistryBoard('{name}')\nboard", *more,
    )  # fmt: skip
    for index in range(4):
        notebook.run(index)
    board = notebook.cell(3).locator(".jt-registry")
    board.locator(".jt-board-card").first.wait_for()
    return notebook, board


@pytest.fixture(autouse=True)
def no_policy_left(server):
    yield
    (server.folder / "promotion.yaml").unlink(missing_ok=True)


def card(board, version):
    return board.locator(f".jt-board-card[data-version='{version}']")


def column(board, stage):
    return board.locator(f".jt-board-column[data-stage='{stage}']")


def versions(board, stage):
    return column(board, stage).locator(".jt-board-version").all_inner_texts()


def dialog(board):
    return board.get_by_role("dialog")


def test_moved_by_drag_keys_and_menu(open_notebook, page, screenshots):
    notebook, board = open_board(
        open_notebook,
        "registry-moves",
        "client.transition_model_version_stage('registry-moves', 1, 'None')",
        "print(tracker.registry.history('registry-moves', output_format='list')[-2].comment)",
    )
    assert versions(board, "Production") == ["Version 2"]
    assert versions(board, "None") == ["Version 4", "Version 3"]
    shown = card(board, 4).inner_text()
    for part in ("tree-4", "0.9", "+0.05", "age: double", "customers"):
        assert part in shown, part
    assert "@champion" in card(board, 2).inner_text()
    screenshots(board, "registry-light")

    # Refused: the policy's verdict is shown, and there is no way on.
    card(board, 3).drag_to(column(board, "Production"))
    dialog(board).get_by_text("Refused version 3").wait_for()
    assert "not better by more than 0.02" in dialog(board).inner_text()
    assert dialog(board).get_by_role("button", name="Move").is_disabled()
    screenshots(board, "registry-refused")
    page.keyboard.press("Escape")
    eventually(lambda: dialog(board).is_visible(), lambda visible: not visible)
    assert versions(board, "Production") == ["Version 2"]

    # By drag, with a comment; the one that was there is archived along with it.
    card(board, 4).drag_to(column(board, "Production"))
    dialog(board).get_by_text("Version 2 is archived along with it.").wait_for()
    assert "better by more than 0.02" in dialog(board).inner_text()
    dialog(board).get_by_role("textbox").fill("best of October")
    screenshots(board, "registry-verdict")
    dialog(board).get_by_role("button", name="Move").click()
    eventually(lambda: versions(board, "Production"), lambda found: found == ["Version 4"])
    assert versions(board, "Archived") == ["Version 2", "Version 1"]
    notebook.run(5)
    assert "best of October" in notebook.cell(5).inner_text()

    # By keys: Shift and an arrow to the stage beside, Ctrl+Enter says yes, and the focus goes along.
    card(board, 3).focus()
    page.keyboard.press("Shift+ArrowRight")
    dialog(board).get_by_text("By the default rule (a higher f1 than there), it is good enough.").wait_for()
    screenshots(board, "registry-default-rule")
    page.keyboard.press("Control+Enter")
    eventually(lambda: versions(board, "Staging"), lambda found: found == ["Version 3"])
    eventually(lambda: page.evaluate("document.activeElement.dataset.version"), lambda version: version == "3")

    # By menu: where it cannot go is disabled, and says why.
    page.keyboard.press("Enter")
    refused = board.get_by_role("menuitem", name=re.compile("Staging: It is there already"))
    assert refused.is_disabled()
    board.get_by_role("menuitem", name="Move to Archived…").click()
    dialog(board).get_by_role("button", name="Move").click()
    eventually(lambda: versions(board, "Archived"), lambda found: found == ["Version 3", "Version 2", "Version 1"])

    # By a key: an alias, which is taken from the version that had it; and by menu, gone again.
    card(board, 4).focus()
    page.keyboard.press("a")
    dialog(board).get_by_role("textbox", name="Alias").fill("champion")
    dialog(board).get_by_text("@champion points at version 2 now, and is moved.").wait_for()
    dialog(board).get_by_role("textbox", name="Comment").fill("serves from today")
    screenshots(board, "registry-alias")
    page.keyboard.press("Control+Enter")
    eventually(lambda: "@champion" in card(board, 4).inner_text(), bool)
    assert "@champion" not in card(board, 2).inner_text()
    eventually(lambda: page.evaluate("document.activeElement.dataset.version"), lambda version: version == "4")
    page.keyboard.press("Enter")
    board.get_by_role("menuitem", name="Describe…").click()
    dialog(board).get_by_role("textbox", name="Description").fill("Deeper, with the data of October")
    dialog(board).get_by_role("button", name="Save").click()
    eventually(lambda: "Deeper, with" in card(board, 4).inner_text(), bool)
    page.keyboard.press("Enter")
    screenshots(board, "registry-menu")
    board.get_by_role("menuitem", name="Remove @champion…").click()
    dialog(board).get_by_role("button", name="Remove").click()
    eventually(lambda: "@champion" in card(board, 4).inner_text(), lambda there: not there)

    # Somebody else: it follows.
    notebook.run(4)
    eventually(lambda: versions(board, "None"), lambda found: found == ["Version 1"])

    board.get_by_text("History", exact=True).click()
    timeline = board.locator(".jt-timeline").inner_text()
    assert "version 4 moved from None to Production" in timeline
    assert "best of October" in timeline
    assert "alias champion moved from 2 to version 4" in timeline
    assert "serves from today" in timeline
    screenshots(board, "registry-history")


def by_menu(board, page, label):
    card(board, 2).focus()
    page.keyboard.press("Enter")
    board.get_by_role("menuitem", name=label).click()
    dialog(board).wait_for()


def by_key(key, version=4):
    def ask(board, page):
        card(board, version).focus()
        page.keyboard.press(key)
        dialog(board).wait_for()

    return ask


def of_the_model(board, page):
    board.get_by_role("button", name="Change the model").click()
    board.get_by_role("menuitem", name="Set or remove a tag…").wait_for()


DIALOGS = {
    "alias": by_key("a"),
    "tag": by_key("t"),
    "move": by_key("Shift+ArrowRight"),
    "refused": by_key("Shift+ArrowRight", 5),
    "remove-alias": lambda board, page: by_menu(board, page, "Remove @champion…"),
    "describe": lambda board, page: by_menu(board, page, "Describe…"),
    "model-menu": of_the_model,
}
OVERFLOW = """node => [...node.querySelectorAll('.jt-dialog, .jt-menu')].filter(each => each.offsetParent !== null)
    .map(each => [each.getBoundingClientRect(), node.getBoundingClientRect(), each])
    .filter(([a, b, each]) => a.left < b.left || a.right > b.right || each.scrollWidth > each.clientWidth).length"""


def test_every_dialog_in_both_themes_and_widths(open_notebook, page, screenshots):
    notebook, board = open_board(
        open_notebook,
        "registry-dialogs",
        "client.set_model_version_tag('registry-dialogs', 4, 'data', 'october')\n"
        "client.set_registered_model_tag('registry-dialogs', 'team', 'growth')\n"
        "client.transition_model_version_stage('registry-dialogs', 3, 'Staging')\n"
        "copied = client.create_model_version('registry-dialogs', 'dbfs:/models/5', description='No run made it')\n"
        "moved = client.transition_model_version_stage('registry-dialogs', 5, 'Staging')",
    )  # fmt: skip
    notebook.run(4)
    eventually(lambda: versions(board, "Staging"), lambda found: found == ["Version 5", "Version 3"])
    assert "data=october" in card(board, 4).inner_text()
    light = luminance(board)
    for theme in ("Light", "Dark"):
        dark(page, f"JupyterLab {theme}")
        eventually(lambda: luminance(board), lambda value, theme=theme: (value < light - 100) == (theme == "Dark"))
        for width in (600, 900, 1280):
            board.evaluate("(node, width) => { node.style.width = node.style.maxWidth = width + 'px'; }", width)
            for name, ask in DIALOGS.items():
                ask(board, page)
                if name in {"move", "refused"}:
                    eventually(dialog(board).inner_text, lambda text: "Asking the policy" not in text)
                assert board.evaluate(OVERFLOW) == 0, (theme, width, name)
                screenshots(board, f"registry-{name}-{theme.lower()}-{width}")
                if width == 600:
                    assert violations(page, ".jt-registry") == [], (theme, name)
                page.keyboard.press("Escape")
                eventually(dialog(board).count, lambda count: count == 0)
    dark(page, "JupyterLab Light")
    # Written by keys alone: a tag, and gone again, each with its why.
    card(board, 4).focus()
    page.keyboard.press("t")
    page.keyboard.type("data=november")
    dialog(board).get_by_text("data is october now.").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.type("trained again")
    page.keyboard.press("Control+Enter")
    eventually(lambda: card(board, 4).inner_text(), lambda text: "data=november" in text)
    eventually(lambda: page.evaluate("document.activeElement.dataset.version"), lambda version: version == "4")
    page.keyboard.press("t")
    page.keyboard.type("data=")
    page.keyboard.press("Enter")
    eventually(lambda: card(board, 4).inner_text(), lambda text: "data=" not in text)
    board.get_by_text("History", exact=True).click()
    timeline = board.locator(".jt-timeline")
    assert "tag data of version 4 set to november" in timeline.inner_text()
    assert "trained again" in timeline.inner_text()
    assert "tag data of version 4 removed" in timeline.inner_text()


def test_both_themes_and_axe(open_notebook, page, screenshots):
    _, board = open_board(open_notebook, "registry-themes")
    board.get_by_text("History", exact=True).click()
    light = luminance(board)
    assert violations(page, ".jt-registry") == []
    card(board, 4).focus()
    page.keyboard.press("Enter")
    board.get_by_role("menuitem", name="Move to Production…").click()
    dialog(board).get_by_text("Would promote").wait_for()
    assert violations(page, ".jt-registry") == []
    dark(page, "JupyterLab Dark")
    eventually(lambda: luminance(board), lambda value: value < light - 100)
    screenshots(board, "registry-dark-verdict")
    assert violations(page, ".jt-registry") == []
    page.keyboard.press("Escape")
    screenshots(board, "registry-dark")
    assert violations(page, ".jt-registry") == []
    # The models of the side panel, found and opened by keyboard alone.
    side = side_panel(page)
    side.get_by_role("searchbox").fill("registry-them")
    model = side.get_by_role("button", name="registry-themes version 2 in production")
    model.wait_for()
    eventually(side.locator(".jt-model-open").count, lambda count: count == 1)
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        dark(page, theme)
        eventually(lambda: luminance(side), lambda value, theme=theme: (value < 80) == ("Dark" in theme))
        assert violations(page, ".jt-side") == []
    screenshots(side, "side-models")
    model.press("Enter")
    page.locator(".jt-tab .jt-board-card").first.wait_for()
