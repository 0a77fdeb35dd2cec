"""What the pages say is what the code has: settings, names, options and links."""

import re
from pathlib import Path

import pytest

import jupyter_tracker
from jupyter_tracker.magics.arguments import TRACK_SPEC
from jupyter_tracker.settings import SETTINGS

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")])


def page(name):
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def test_every_setting_is_documented_with_its_default():
    rows = dict(re.findall(r"^\| `(\w+)` \| (?:`(.*?)`)? ?\|", page("settings.md"), re.MULTILINE))
    assert rows == {setting.env: setting.default for setting in SETTINGS}


def test_every_public_function_is_named_on_the_api_page():
    text = page("tracking.md") + page("panels.md") + page("models.md") + page("registry.md")
    modules = {"artifacts", "client", "types", "utils", "data", "entities", "exceptions", "tracking"}
    modules |= {"keras", "lightgbm", "models", "optuna", "pyfunc", "pytorch", "registry", "sklearn", "tensorflow"}
    modules |= {"xgboost"}
    others = {"TrackerError", "TrackerWarning", "ActiveRun", "load_ipython_extension", "unload_ipython_extension"}
    missing = [
        name
        for name in jupyter_tracker.__all__
        if name not in modules | others and not name.startswith("__") and not re.search(rf"\b{name}\b", text)
    ]
    assert not missing


def test_the_api_page_names_nothing_that_does_not_exist():
    table = re.findall(r"^\| [a-z ]+ \| (.*) \|$", page("tracking.md"), re.MULTILINE)
    names = re.findall(r"[a-z_]+(?:\.[a-z_]+)?", " ".join(" ".join(re.findall(r"`([^`]*)`", row)) for row in table))
    assert len(names) > 40
    for name in names:
        found = jupyter_tracker
        for part in name.split("."):
            found = getattr(found, part)


def test_every_option_of_track_is_documented():
    text = page("magics.md")
    for option in TRACK_SPEC:
        assert f"`{option}" in text, option


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    for link in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
        if not link.startswith(("http://", "https://")):
            assert (path.parent / link).exists(), link
