"""axe-core in the page: what a screen reader or a keyboard would stumble over."""

from pathlib import Path

_SCRIPT = Path(__file__).parents[2] / "labextension" / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """async selector => {
    const { violations } = await axe.run(selector, { resultTypes: ['violations'] });
    return violations.map(({ id, impact, help, nodes }) => ({ id, impact, help, nodes: nodes.map(node => node.html) }));
}"""
_SERIOUS = {"serious", "critical"}


def serious_violations(page, selector):
    """Return the violations of impact serious or critical inside what a CSS selector finds, each as a readable text."""
    if not page.evaluate("'axe' in globalThis"):
        page.add_script_tag(path=_SCRIPT)
    return [
        f"{found['id']} ({found['impact']}): {found['help']}\n  "
        + "\n  ".join(html[:300] for html in found["nodes"][:5])
        for found in page.evaluate(_RUN, selector)
        if found["impact"] in _SERIOUS
    ]
