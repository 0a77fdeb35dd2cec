"""Our two hosts, each serving any number of stores: `/<name>/…` is one that is made when it is first asked for.

A process that starts a host for each test would take a second each; so one of each kind serves a whole file.
"""

import asyncio
import sys
from pathlib import Path


class ManyStores:
    """An ASGI application of applications; `DELETE /<name>` closes a store."""

    def __init__(self, folder):
        self.folder, self.applications, self.hosted = folder, {}, {}

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            while (message := await receive())["type"] != "lifespan.shutdown":
                await send({"type": message["type"] + ".complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        _, name, *rest = scope["path"].split("/", 2)
        if not rest:
            if name in self.hosted:
                await asyncio.to_thread(self.hosted.pop(name).close)
                del self.applications[name]
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})
            return
        if name not in self.applications:
            self.applications[name] = self.new(name)
        await self.applications[name]({**scope, "path": f"/{rest[0]}"}, receive, send)

    def new(self, name):
        from jupyter_tracker.server.asgi import Application
        from jupyter_tracker.server.gate import Gate
        from jupyter_tracker.server.hosted import Backend, HostedStore
        from jupyter_tracker.server.telemetry import Telemetry

        folder = self.folder / name
        folder.mkdir()
        self.hosted[name] = HostedStore(Backend(f"sqlite:///{folder}/tracker.db"))
        return Application(self.hosted[name], Gate(), Telemetry())


def _jupyter_server_extension_points():
    return [{"module": __name__}]


def _load_jupyter_server_extension(serverapp):
    """Mount `/many/<name>`: a POST to it mounts a store below it, a DELETE closes that."""
    from tornado.web import RequestHandler

    from jupyter_tracker.server.extension import mount
    from jupyter_tracker.server.stores import ServerStores

    known = {}

    class Control(RequestHandler):
        def check_xsrf_cookie(self):
            pass

        def post(self, name):
            folder = Path(serverapp.root_dir) / name
            folder.mkdir()
            known[name] = ServerStores(folder, folder / "records")
            mount(serverapp, known[name], f"many/{name}")

        async def delete(self, name):
            if name in known:
                await asyncio.to_thread(known.pop(name).close)

    serverapp.web_app.add_handlers(".*$", [(r"/many/(\w+)", Control)])


if __name__ == "__main__":
    import uvicorn

    port = next(int(word.partition("=")[2]) for word in sys.argv if word.startswith("--port="))
    uvicorn.run(ManyStores(Path.cwd()), host="127.0.0.1", port=port, log_level="warning", timeout_keep_alive=75)
