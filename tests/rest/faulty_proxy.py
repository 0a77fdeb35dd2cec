"""A proxy that fails at random, from a seed: it refuses, delays, loses answers or cuts them off, or answers itself.

What happens to a request is decided before it: nothing, or one of `FAULTS`. Of a lost answer the server has done what
was asked, so that whoever asks again does it a second time.
"""

import http.client
import random
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle

FAULTS = ("drop", "lose", "truncate", "delay", "500", "503", "429")


class FaultyProxy:
    """Serve in front of a port of this machine; `share` of the requests fail."""

    def __init__(self, port, seed, share=0.4):
        self.target, self.share, self.random = port, share, random.Random(seed)
        self.faults = cycle(self.random.sample(FAULTS, len(FAULTS)))
        self.lock, self.seen = threading.Lock(), []
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self):
                proxy.answer(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one  # noqa: N815 - the library's

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def fault(self, path):
        """Decide about a request; runs are made without trouble, since making one is not repeated."""
        with self.lock:
            fails = not path.endswith("/create") and self.random.random() < self.share
            found = next(self.faults) if fails else None
            self.seen.append(found)
            return found

    def answer(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        fault = self.fault(handler.path)
        if fault == "drop":
            handler.close_connection = True
            return
        if fault in {"500", "503", "429"}:
            self.send(handler, int(fault), b"<html>no</html>", "text/html")
            return
        connection = http.client.HTTPConnection("127.0.0.1", self.target, timeout=30)
        try:
            connection.request(handler.command, handler.path, body, dict(handler.headers))
            answer = connection.getresponse()
            content, kind = answer.read(), answer.headers["Content-Type"] or "text/plain"
            more = {name: value for name, value in answer.headers.items() if name.lower() == "accept-encoding"}
        except OSError:
            handler.close_connection = True
            return
        finally:
            connection.close()
        if fault == "lose":
            handler.close_connection = True
            return
        if fault == "delay":
            time.sleep(0.05)
        self.send(handler, answer.status, content, kind, more, cut=fault == "truncate")

    def send(self, handler, status, content, kind, headers=(), cut=False):
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(content)))
        for name, value in dict(headers).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content[: len(content) // 2] if cut else content)
        handler.close_connection = handler.close_connection or cut
