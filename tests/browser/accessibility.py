"""axe-core in the page of a test: what keeps somebody from using a panel with a keyboard or a screen reader.

assert violations(page, ".jt-table") == []
"""

from pathlib import Path

AXE = Path(__file__).parents[2] / "labextension" / "node_modules" / "axe-core" / "axe.min.js"
# What axe itself calls grave.
IMPACTS = ("serious", "critical")


def violations(page, selector, impacts=IMPACTS):
    """Return what axe finds in the elements that match: one line for each rule and element, the gravest only.

    Parameters
    ----------
    page : playwright.sync_api.Page
        The page; axe is added to it at the first call.
    selector : str
        The panels to look at.
    impacts : sequence of str
        ``minor``, ``moderate``, ``serious``, ``critical``.
    """
    if not page.evaluate("() => Boolean(globalThis.axe)"):
        # As a script of the page's own context: a policy of the server may forbid an inserted element.
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        # Not within frames: an artifact's page is as its author made it, and runs nothing of ours.
        "selector => axe.run({include: [selector]}, {resultTypes: ['violations'], iframes: false})"
        ".then(result => result.violations)",
        selector,
    )
    return [
        f"{rule['impact']}: {rule['id']}: {rule['help']}: {node['html'][:160]}: {node['failureSummary'][:300]}"
        for rule in found
        if rule["impact"] in impacts
        for node in rule["nodes"]
    ]
