"""Large files in parts to Azure: what differs from other places. That they go on is in `test_transfers_that_go_on`."""

import contextlib
import http.server
import io
import itertools
import logging
import random
import re
import threading
import traceback

import pytest

from jupyter_tracker import settings
from jupyter_tracker.artifact_store import artifact_store, azure_parts, in_parts, notes, uploading
from jupyter_tracker.artifact_store.azure_parts import AzureUploads
from jupyter_tracker.artifact_store.in_parts import Part, PartsNotTakenError
from jupyter_tracker.artifact_store.object_storage import ObjectArtifactStore
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError, StoreError
from tests import emulators

PART_BYTES = 1 << 20
CONTENT = random.Random(5).randbytes((8 << 20) + 3)  # nine parts
DIGEST = "0" * 64


@pytest.fixture(scope="module")
def azure():
    store = emulators.Azure()
    yield store
    store.close()


@pytest.fixture
def files(azure, tmp_path, monkeypatch):
    for name, value in {**azure.environment, "XDG_DATA_HOME": str(tmp_path / "data")}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(notes, "LARGE_BYTES", PART_BYTES)
    monkeypatch.setattr(in_parts, "_PART_BYTES", PART_BYTES)
    return artifact_store(f"{azure.place()}/runs")


@pytest.fixture
def model(tmp_path):
    (tmp_path / "model.bin").write_bytes(CONTENT)
    return tmp_path / "model.bin"


@pytest.fixture
def signed(monkeypatch):
    """The addresses that are signed."""
    found, sign = [], ObjectArtifactStore.signed_for_writing

    def noted(self, path):
        found.append(sign(self, path))
        return found[-1]

    monkeypatch.setattr(ObjectArtifactStore, "signed_for_writing", noted)
    return found


@pytest.fixture
def sent(monkeypatch):
    """The numbers of the parts that are sent."""
    found, send = [], AzureUploads.send

    def noted(self, path, upload_id, number, at, content):
        found.append(number)
        return send(self, path, upload_id, number, at, content)

    monkeypatch.setattr(AzureUploads, "send", noted)
    return found


def properties(azure, files, path):
    answer = azure.ask("HEAD", f"/{files.uri.removeprefix('az://')}/{path}")
    assert answer.status == 200
    differs = ("date", "last-modified", "x-ms-creation-time", "etag", "x-ms-request-id")
    return {name.lower(): value for name, value in answer.getheaders() if name.lower() not in differs}


def test_a_blob_is_what_it_would_be_as_a_whole(azure, files, model, sent, monkeypatch):
    files.log_file(model, "parts")
    assert sorted(sent) == list(range(1, 10))
    monkeypatch.setattr(notes, "LARGE_BYTES", 1 << 40)
    files.log_file(model, "whole")
    assert len(sent) == 9
    found = properties(azure, files, "parts/model.bin")
    assert found == properties(azure, files, "whole/model.bin")
    assert {"x-ms-meta-sha256", "content-type", "x-ms-blob-type"} <= found.keys()


def test_an_address_is_signed_anew_before_it_expires(files, model, signed, monkeypatch):
    files.log_file(model, "in")
    assert len(signed) == 1
    monkeypatch.setattr(azure_parts, "_USED_S", -1)
    files.log_file(model, "again")
    assert len(signed) == 1 + 12  # it is looked at, is sent a byte, nine parts and the list
    with files.open("again/model.bin") as file:
        assert file.read() == CONTENT


def test_an_address_stands_in_no_log_and_no_note(files, model, signed, monkeypatch, caplog):
    kept = []
    monkeypatch.setattr(notes.Note, "_append", lambda _self, said: kept.append(repr(said)))
    with caplog.at_level(logging.DEBUG):
        files.log_file(model, "in")
    (signature,) = {re.search("sig=([^&]+)", address)[1] for address in signed}
    assert len(kept) == 10
    assert "comp=blocklist" in caplog.text
    assert signature not in caplog.text
    assert "sig=" not in "".join(kept)


class _BrokenOffError(Exception):
    pass


def test_an_upload_whose_blocks_another_one_threw_away_begins_anew(azure, files, model, sent, monkeypatch):
    @contextlib.contextmanager
    def shown(*_):
        arrived = itertools.count(1)

        def step(count):
            if count and next(arrived) == 3:
                raise _BrokenOffError

        yield step

    with monkeypatch.context() as patch:
        patch.setattr(uploading, "shown", shown)
        with pytest.raises(_BrokenOffError):
            files.log_file(model)
    assert azure.unfinished(files.uri, "model.bin")
    files.write_stream("model.bin", io.BytesIO(CONTENT[::-1]))
    assert not azure.unfinished(files.uri, "model.bin")
    files.log_file(model)
    assert sorted(sent[-9:]) == list(range(1, 10))
    with files.open("model.bin") as file:
        assert file.read() == CONTENT
    assert not any((settings.user_data_folder() / "transfers").iterdir())


def test_ids_are_as_long_as_those_that_obstore_has_left_there(azure, files, model, sent):
    """A blob takes no block whose id is of another length, for a week."""

    def broken_off():
        yield from [b"x" * PART_BYTES] * 12
        raise _BrokenOffError

    with pytest.raises(_BrokenOffError):
        files._put("model.bin", broken_off(), None, PART_BYTES)
    assert azure.unfinished(files.uri, "model.bin")
    files.log_file(model)
    assert len(sent) == 9
    with files.open("model.bin") as file:
        assert file.read() == CONTENT


def test_two_at_once_do_no_harm(files, model):
    threads = [threading.Thread(target=files.log_file, args=(model,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with files.open("model.bin") as file:
        assert file.read() == CONTENT


def test_what_is_asked_wrongly_is_refused(files):
    uploads = AzureUploads(files.uri, files.signed_for_writing)
    with pytest.raises(InvalidParameterError, match="SHA-256"):
        uploads.begin("a.bin", "x", 3)
    upload_id = uploads.begin("a.bin", DIGEST, 3)
    for number in (0, 10_001):
        with pytest.raises(InvalidParameterError, match="part_number"):
            uploads.send("a.bin", upload_id, number, 0, b"abc")
    for wrong in ("", upload_id.upper() + "/", "0" * 25):
        with pytest.raises(ResourceDoesNotExistError, match="There is no upload"):
            uploads.send("a.bin", wrong, 1, 0, b"abc")
    parts = [Part(1, uploads.send("a.bin", upload_id, 1, 0, b"abc"))]
    with pytest.raises(InvalidParameterError, match="SHA-256"):
        uploads.complete("a.bin", upload_id, parts, "x\r\nx-ms-meta-more: y")
    with pytest.raises(ResourceDoesNotExistError, match="InvalidBlockList"):
        uploads.complete("a.bin", upload_id, [*parts, Part(2, "2")], DIGEST)
    uploads.complete("a.bin", upload_id, parts, DIGEST)
    uploads.complete("a.bin", upload_id, parts, DIGEST)  # the answer was lost
    assert files.list()[0].file_size == 3
    uploads.abort("a.bin", upload_id)
    assert files.list()[0].file_size == 3


@pytest.mark.parametrize("reason", ["a signature of its own", "nobody", "a proxy", "no container"])
def test_what_takes_no_parts_says_so_before_anything_is_sent(azure, files, reason, monkeypatch):
    if reason == "a proxy":
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    elif reason == "no container":
        files = artifact_store("az://none/runs")
    else:
        monkeypatch.delenv("AZURE_STORAGE_USE_EMULATOR")
        who = ("SAS_KEY", "sv=2023-11-03&sig=AAAA") if reason == "a signature of its own" else ("TOKEN", "AAAA")
        address = f"{azure.environment['AZURITE_BLOB_STORAGE_URL']}/devstoreaccount1"
        more = {"ACCOUNT_NAME": "devstoreaccount1", "ENDPOINT": address, who[0]: who[1]}
        for name, value in more.items():
            monkeypatch.setenv(f"AZURE_STORAGE_{name}", value)
        monkeypatch.setenv("AZURE_ALLOW_HTTP", "true")
        files = artifact_store(files.uri)
    with pytest.raises(PartsNotTakenError) as caught:
        AzureUploads(files.uri, files.signed_for_writing).begin("a.bin", DIGEST, 3)
    assert caught.value.get_http_status_code() == 501
    why = {"a signature of its own": "SAS", "nobody": "delegation key", "a proxy": "proxy", "no container": "Container"}
    assert why[reason] in caught.value.message


# answers that are seldom -------------------------------------------------------------------------------


class _Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_PUT(self):
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, content))
        status = self.server.answers.pop(0)
        if status is None:
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def stub(monkeypatch):
    """A server that answers with what it is told, and the uploads to it."""
    monkeypatch.setattr(azure_parts, "_PAUSE_S", 0)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        server.asked, server.signed = [], 0

        def sign(path):
            server.signed += 1
            return f"http://127.0.0.1:{server.server_port}/{path}?sig=SECRET{server.signed}"

        server.uploads = AzureUploads("az://c/runs", sign)
        yield server
        server.shutdown()


ID = "0" * 24


@pytest.mark.parametrize(("young_s", "signed"), [(60, 1), (-1, 2)])
def test_what_fails_in_passing_is_sent_again(stub, young_s, signed, monkeypatch):
    monkeypatch.setattr(azure_parts, "_YOUNG_S", young_s)
    stub.answers = [503, None, 403, 500, 201]
    stub.uploads.send("a.bin", ID, 1, 0, CONTENT)
    assert [content for _, content in stub.asked] == [CONTENT] * 5
    assert {path.partition("&")[2] for path, _ in stub.asked} == {stub.asked[0][0].partition("&")[2]}
    assert stub.signed == signed


@pytest.mark.parametrize("answers", [[503] * 5, [None] * 5, [403] * 5, [409], [404]])
def test_what_fails_for_good_says_so_and_no_address(stub, answers):
    stub.answers = list(answers)
    with pytest.raises(StoreError, match=r"az://c/runs cannot be reached \(a\.bin\)") as caught:
        stub.uploads.send("a.bin", ID, 1, 0, b"abc")
    assert len(stub.asked) == len(answers)
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None
    assert "SECRET" not in "".join(traceback.format_exception(error))


def test_a_place_that_does_not_answer_takes_no_parts(monkeypatch):
    monkeypatch.setattr(azure_parts, "_PAUSE_S", 0)
    uploads = AzureUploads("az://c/runs", lambda path: f"http://127.0.0.1:9/{path}?sig=SECRET")
    with pytest.raises(PartsNotTakenError, match="no answer") as caught:
        uploads.begin("a.bin", DIGEST, 3)
    assert "SECRET" not in "".join(traceback.format_exception(caught.value))
