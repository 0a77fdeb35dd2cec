"""What a browser gets at ``<base_url>/jupyter-tracker``: MLflow's client prints addresses below it, as of a page.

Here the panels of Jupyter are that page. What an address names stands behind its ``#``, which no server is sent,
so this says where runs are found.
"""

from __future__ import annotations

from html import escape
from typing import Final

from jupyter_server.base.handlers import JupyterHandler
from tornado import web

_PAGE: Final = """\
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Tracker in Jupyter</title>
<style>
:root {{ color-scheme: light dark; font: 15px/1.6 system-ui, sans-serif; }}
body {{ max-width: 34em; margin: 12vh auto; padding: 0 20px; }}
h1 {{ font-size: 20px; }}
code {{ font-size: 14px; }}
</style>
<h1>Runs are shown in Jupyter itself</h1>
<p>At this address programs log to the tracker of this Jupyter server. What they have logged is in the side panel of
<a href="{jupyter}">Jupyter</a>, behind the curve at the left (<i>View → Show Experiments</i>).</p>
<p>A link to one run ends in its id: the panel's search finds it, and in a notebook <code>%track show ID</code>
shows it.</p>
</html>
"""


class LandingHandler(JupyterHandler):
    """The address itself, without a path."""

    @web.authenticated
    async def get(self) -> None:
        """Answer with the page; who has not signed in is asked to."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        await self.finish(_PAGE.format(jupyter=escape(self.base_url)))
