"""Files at addresses of the web: there as a whole, or not at all."""

import socket
import threading

import pytest

from jupyter_tracker.artifact_store import web
from jupyter_tracker.errors import InvalidParameterError, StoreError

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfine"
CUT_OFF = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nConnection: close\r\n\r\nhalf of it",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\nhalf of it",
    b"nonsense\r\n\r\n",
]


@pytest.fixture
def address(request):
    """The address of a server that answers one request with these bytes, and closes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer():
            connection, _ = listening.accept()
            with connection:
                connection.recv(1 << 16)
                connection.sendall(request.param)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/data/table.csv"
        thread.join(60)


@pytest.mark.parametrize("address", [WHOLE], indirect=True)
def test_a_file_is_fetched(address, tmp_path):
    assert web.download(address, tmp_path / "to").read_bytes() == b"fine"
    assert [path.name for path in (tmp_path / "to").iterdir()] == ["table.csv"]


@pytest.mark.parametrize("address", CUT_OFF, indirect=True)
def test_half_of_a_file_is_none(address, tmp_path):
    with pytest.raises(StoreError, match="cannot be read"):
        web.download(address, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("uri", ["http://[/x", "http://127.0.0.1:port/x", "http://127.0.0.1/a b.csv", "http:///x"])
def test_an_address_that_cannot_be_is_said(uri, tmp_path):
    with pytest.raises((InvalidParameterError, StoreError)):
        web.download(uri, tmp_path)
    assert list(tmp_path.iterdir()) == []
