"""What a browser gets at ``<base_url>/jupyter-tracker``: MLflow's client prints addresses below it, as of a page.

Here the panels of Jupyter are that page. What an address names stands behind its ``#``, which no server is sent: a line
of script hands it on to JupyterLab, whose extension opens it. Without JupyterLab this says where runs are found.
"""

from __future__ import annotations

import asyncio
import contextlib
from html import escape
from typing import Final

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado import web

from jupyter_tracker.errors import TrackerError
from jupyter_tracker.server.stores import ServerStores

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
{script}<h1>Runs are shown in Jupyter itself</h1>
<p>At this address programs log to the tracker of this Jupyter server. What they have logged is in the side panel of
<a href="{jupyter}">Jupyter</a>, behind the curve at the left (<i>View → Show Experiments</i>).</p>
<p>A link to one run ends in its id: {opens}the panel's search finds it, and in a notebook <code>%track show ID</code>
shows it.</p>
</html>
"""
_SCRIPT: Final = """\
<script data-lab="{lab}" data-store="{store}">
const {{ lab, store }} = document.currentScript.dataset;
const open = () => {{
  if (location.hash.length < 3) return;
  const about = new URLSearchParams({{ tracker: location.hash.slice(1) }});
  if (store) about.set("tracker-store", store);
  location.replace(lab + "?" + about);
}};
open();
addEventListener("hashchange", open);
</script>
"""


class LandingHandler(JupyterHandler):
    """The address itself, without a path. What it leads to is in the store that clients log to."""

    def initialize(self, stores: ServerStores) -> None:
        """Keep the server's stores."""
        self._stores = stores

    @web.authenticated
    async def get(self) -> None:
        """Answer with the page; who has not signed in is asked to."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        lab = escape(url_path_join(self.base_url, "lab")) if self._has_lab() else ""
        store = None
        with contextlib.suppress(TrackerError):  # one that cannot be opened says so where it is looked at
            store = await asyncio.to_thread(self._stores.project) if lab else None
        page = _PAGE.format(
            jupyter=lab or escape(self.base_url),
            script=_SCRIPT.format(lab=lab, store=store.store_id if store else "") if lab else "",
            opens="it opens in JupyterLab, " if lab else "",
        )
        await self.finish(page)

    def _has_lab(self) -> bool:
        """Tell whether this server has JupyterLab: Notebook 7 brings it, a bare server does not."""
        lab = self.serverapp.extension_manager.extensions.get("jupyterlab") if self.serverapp else None
        return lab is not None and lab.enabled
