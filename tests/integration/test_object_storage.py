"""Artifacts and models in object storage: an S3 server on this machine, and single files over HTTP."""

import http.server
import io
import os
import sys
import threading
from functools import partial
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer
from sklearn.tree import DecisionTreeClassifier

import jupyter_tracker as tracker
from jupyter_tracker.artifact_store import artifact_store
from jupyter_tracker.artifact_store.object_storage import ObjectArtifactStore
from jupyter_tracker.entities import FileInfo
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError, StoreError
from tests.unit.conftest import project

__all__ = ["project"]

X, Y = [[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1]


@pytest.fixture(scope="module")
def server():
    found = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    found.start()
    yield "http://{}:{}".format(*found.get_host_and_port())
    found.stop()


@pytest.fixture
def bucket(server, monkeypatch, request):
    import boto3

    for key, value in {
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": server,
    }.items():  # fmt: skip
        monkeypatch.setenv(key, value)
    name = f"b{abs(hash(request.node.name))}"
    boto3.client("s3", endpoint_url=server).create_bucket(Bucket=name)
    return f"s3://{name}"


class Upload(io.RawIOBase):
    """A body as it comes in from a client: it cannot be sought, gives less than is asked for, and may break off."""

    def __init__(self, content, breaks=False):
        self._left, self._breaks = content, breaks

    def readable(self):
        return True

    def read(self, size=-1):
        if self._breaks and not self._left:
            raise ConnectionError("the client has gone")
        size = min(100_000 if size < 0 else size, 700_000)
        piece, self._left = self._left[:size], self._left[size:]
        return piece


@pytest.mark.parametrize("size", [0, 5, 5 << 20, (11 << 20) + 1])
def test_an_upload_of_any_size_is_kept_whole(bucket, size):
    files = artifact_store(f"{bucket}/runs/1")
    content = os.urandom(size)
    files.write_stream("up.bin", Upload(content))
    assert files.download("up.bin").read_bytes() == content


@pytest.mark.parametrize("size", [5, (11 << 20) + 1])
def test_an_upload_that_breaks_off_leaves_nothing(bucket, size):
    files = artifact_store(f"{bucket}/runs/1")
    with pytest.raises((ConnectionError, StoreError), match="the client has gone"):
        files.write_stream("up.bin", Upload(os.urandom(size), breaks=True))
    assert files.list() == []


def test_files_of_a_place(bucket, tmp_path):
    files = artifact_store(f"{bucket}/runs/1")
    assert isinstance(files, ObjectArtifactStore)
    assert files.list() == []
    files.write("a.txt", b"one")
    files.write("data/b.txt", b"two")
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "deep" / "c.bin").write_bytes(b"3" * 9_000_000)  # goes in parts
    files.log_dir(tmp_path / "in", "data")
    assert files.log_file(tmp_path / "in" / "deep" / "c.bin") == "c.bin"
    with (tmp_path / "in" / "deep" / "c.bin").open("rb") as stream:
        files.write_stream("streamed.bin", stream)
    assert files.list() == [
        FileInfo("a.txt", False, 3), FileInfo("c.bin", False, 9_000_000), FileInfo("data", True, None),
        FileInfo("streamed.bin", False, 9_000_000),
    ]  # fmt: skip
    assert [file.path for file in files.list("data")] == ["data/b.txt", "data/deep"]
    with files.open("c.bin") as file:
        file.seek(8_999_998)
        assert file.read() == b"33"
    assert files.download("data/b.txt").read_text() == "two"
    copied = files.download("data", tmp_path / "out")
    assert copied == tmp_path / "out" / "data"
    assert sorted(path.name for path in copied.rglob("*") if path.is_file()) == ["b.txt", "c.bin"]
    files.write("a.txt", b"new")
    assert files.open("a.txt").read() == b"new"
    files.delete("data")
    assert [file.path for file in files.list()] == ["a.txt", "c.bin", "streamed.bin"]
    files.delete("a.txt")
    files.delete("a.txt")
    assert artifact_store(f"{bucket}/runs").list("1")[0].path == "1/c.bin"


def test_what_is_not_there(bucket):
    files = artifact_store(f"{bucket}/runs")
    for read in (files.open, files.download):
        with pytest.raises(ResourceDoesNotExistError, match=r"no artifact 'nothing\.txt' in s3://"):
            read("nothing.txt")
    with pytest.raises(InvalidParameterError, match="relative and stay inside"):
        files.open("../other")
    with pytest.raises(StoreError, match=r"cannot be kept at s3://there.*no such bucket"):
        artifact_store("s3://there-is-no-such-bucket/x").write("a", b"1")


def test_a_model_of_a_bucket(bucket, project):
    model = DecisionTreeClassifier().fit(X, Y)
    tracker.sklearn.save_model(model, project / "tree")
    artifact_store(f"{bucket}/models").log_dir(project / "tree", "tree")
    loaded = tracker.sklearn.load_model(f"{bucket}/models/tree")
    assert loaded.predict(X).tolist() == Y
    assert tracker.pyfunc.load_model(f"{bucket}/models/tree").predict(X).tolist() == Y
    with pytest.raises(ResourceDoesNotExistError):
        tracker.sklearn.load_model(f"{bucket}/models/forest")


def test_an_experiment_that_keeps_its_files_there(bucket, project):
    tracker.create_experiment("remote", artifact_location=f"{bucket}/exp")
    tracker.set_experiment("remote")
    with tracker.start_run() as run:
        tracker.log_text("all went well", "notes/today.txt")
        info = tracker.sklearn.log_model(DecisionTreeClassifier().fit(X, Y), "model")
    client = tracker.TrackerClient()
    assert [file.path for file in client.list_artifacts(run.info.run_id)] == ["environment", "model", "notes"]
    assert tracker.artifacts.load_text(f"runs:/{run.info.run_id}/notes/today.txt") == "all went well"
    for uri in (info.model_uri, f"runs:/{run.info.run_id}/model"):
        assert tracker.sklearn.load_model(uri).predict(X).tolist() == Y


def test_artifacts_of_a_python_model_from_a_bucket_and_from_the_web(bucket, project):
    artifact_store(bucket).write("words.txt", b"good bad")
    (project / "more.txt").write_bytes(b"ugly")
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=os.fspath(project))
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=web.serve_forever)
    thread.start()
    here = f"http://127.0.0.1:{web.server_address[1]}"

    class Count(tracker.pyfunc.PythonModel):
        def load_context(self, context):
            self.words = [Path(path).read_text() for path in context.artifacts.values()]

        def predict(self, context, model_input):
            return [*self.words, model_input]

    try:
        with tracker.start_run():
            artifacts = {"words": f"{bucket}/words.txt", "more": f"{here}/more.txt?version=1"}
            info = tracker.pyfunc.log_model(python_model=Count(), name="count", artifacts=artifacts)
        with pytest.raises(ResourceDoesNotExistError, match=r"nothing at http://127.*none\.txt"):
            tracker.artifacts.download_artifacts(f"{here}/none.txt")
        with pytest.raises(InvalidParameterError, match="a folder cannot be read over HTTP"):
            tracker.sklearn.load_model(f"{here}/")
    finally:
        web.shutdown()
        web.server_close()
        thread.join()
    assert tracker.pyfunc.load_model(info.model_uri).predict(3) == ["good bad", "ugly", 3]


class Files(tracker.pyfunc.PythonModel):
    """Says which files its artifacts have, by name; those that are folders with all in them."""

    def load_context(self, context):
        self.files = {}
        for name, path in context.artifacts.items():
            inside = [each for each in Path(path).rglob("*") if each.is_file()] if Path(path).is_dir() else [Path(path)]
            self.files[name] = {each.relative_to(Path(path).parent).as_posix(): each.read_text() for each in inside}

    def predict(self, context, model_input, params=None):
        return [self.files[name] for name in model_input]


def test_folders_and_files_of_one_name_in_a_bucket_are_artifacts(bucket, project):
    files = artifact_store(bucket)
    for path in ("a/words/one.txt", "a/words/deep/two.txt", "a/list.txt", "b/list.txt"):
        files.write(path, path.encode())
    artifacts = {
        "words": f"{bucket}/a/words",
        "slash": f"{bucket}/a/words/",
        "a": f"{bucket}/a/list.txt",
        "b": f"{bucket}/b/list.txt",
    }
    expected = [
        {"words/one.txt": "a/words/one.txt", "words/deep/two.txt": "a/words/deep/two.txt"},
        {"words/one.txt": "a/words/one.txt", "words/deep/two.txt": "a/words/deep/two.txt"},
        {"list.txt": "a/list.txt"},
        {"list.txt": "b/list.txt"},
    ]
    with tracker.start_run():
        # The example is predicted from before the model is saved, with files that are fetched for it.
        info = tracker.pyfunc.log_model(
            python_model=Files(), name="files", artifacts=artifacts, input_example=["words", "b"]
        )
    for path in ("a/words/one.txt", "a/words/deep/two.txt", "a/list.txt", "b/list.txt"):
        files.delete(path)
    # What a model was logged with is its own.
    assert tracker.pyfunc.load_model(info.model_uri, trust=True).predict(list(artifacts)) == expected


def test_an_artifact_that_is_in_no_bucket_is_told_before_anything_is_kept(bucket, project):
    for uri, words in [
        (f"{bucket}/none.txt", "none.txt"),
        ("s3://no-such-bucket-at-all/x.txt", "no-such-bucket-at-all"),
    ]:
        with tracker.start_run() as run, pytest.raises((ResourceDoesNotExistError, StoreError), match=words):
            tracker.pyfunc.log_model(python_model=Files(), name="files", artifacts={"x": uri})
        (model,) = tracker.search_logged_models(
            filter_string=f"source_run_id = '{run.info.run_id}'", output_format="list"
        )
        assert model.status == "FAILED"


def test_without_the_library_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "obstore", None)
    monkeypatch.setitem(sys.modules, "obstore.exceptions", None)
    with pytest.raises(InvalidParameterError, match=r"pip install 'jupyter-experiment-tracker\[object-storage\]'"):
        artifact_store("gs://bucket/x").list()
