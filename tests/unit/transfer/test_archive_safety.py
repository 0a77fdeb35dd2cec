"""A file from anybody: whatever is wrong with it is found before anything is written."""

import json
import stat
import zipfile

import pytest

from jupyter_tracker.entities import ViewType
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError, StoreError
from jupyter_tracker.tracking import moving
from jupyter_tracker.tracking.moving import import_archive
from jupyter_tracker.transfer.archive_writing import Selection, write_archive

RUN = "a" * 32


@pytest.fixture
def parts(there, full, tmp_path):
    """The entries of a good export of one run, to be spoiled."""
    path = tmp_path / "good.zip"
    write_archive(there, Selection(run_ids=[full["second"]]), path)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def refused(here, tmp_path):
    """Import entries, and give what is said; nothing at all may have been written."""

    def attempt(entries, expected=InvalidParameterError):
        path = tmp_path / "bad.zip"
        if entries is not None:
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, content in entries.items() if isinstance(entries, dict) else entries:
                    archive.writestr(name, content)
        with pytest.raises(expected) as error:
            import_archive(here, path)
        assert here.count_runs([each.experiment_id for each in here.search_experiments(ViewType.ALL)]) == 0
        assert [each.name for each in here.search_experiments(ViewType.ALL)] == ["Default"]
        assert not (here.root / "artifacts").exists()
        assert not list(tmp_path.rglob("*evil*"))
        return str(error.value)

    return attempt


def run_name(parts):
    return next(name for name in parts if name.startswith("runs/"))


def changed(parts, name, /, **values):
    """Return the entries with some values of one description changed."""
    form = {**json.loads(parts[name]), **values}
    return {**parts, name: json.dumps(form)}


def test_a_good_one_is_taken(here, parts, tmp_path, full):
    with zipfile.ZipFile(tmp_path / "rewritten.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    assert import_archive(here, tmp_path / "rewritten.zip").runs == 1
    assert here.known_runs([full["second"]])


@pytest.mark.parametrize(
    "name",
    [
        "../evil.json",
        "/tmp/evil.json",
        "C:/evil.json",
        "C:\\evil.json",
        "runs/../../evil.json",
        "runs/..\\evil.json",
        "blobs/evil",
        f"runs/{RUN}.json/evil",
        "runs/evil\n.json",
        "experiments/x.json",
        "evil.py",
        "metrics/",
    ],
)
def test_names_that_an_export_does_not_have(parts, refused, name):
    assert "no entry of the name" in refused({**parts, name: b"{}"})


def test_a_name_that_goes_on_behind_a_nul(parts, refused, tmp_path):
    path = tmp_path / "bad.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        archive.writestr("runs/bbbbbbbbbb.json0evil", b"{}")
    path.write_bytes(path.read_bytes().replace(b".json0evil", b".json\0evil"))
    refused(None)


def test_links_and_devices(parts, refused):
    for kind in (stat.S_IFLNK, stat.S_IFCHR, stat.S_IFDIR):
        info = zipfile.ZipInfo(f"runs/{RUN}.json")
        info.external_attr = (kind | 0o777) << 16
        assert "is a link or a device" in refused([*parts.items(), (info, "/etc/passwd")])


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_entries_of_one_name(parts, refused):
    name = run_name(parts)
    assert "two entries of one name" in refused([*parts.items(), (name, parts[name])])


def test_other_ways_of_packing(parts, refused, tmp_path):
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        archive.writestr(f"blobs/{'0' * 64}", b"x", zipfile.ZIP_LZMA)
    assert "packed in a way that exports do not use" in refused(None)


def test_zip_bombs(parts, refused):
    said = refused({**parts, f"blobs/{'0' * 64}": bytes(64 << 20)})
    assert "over 200 times its size" in said


def test_overlapping_entries(parts, refused, tmp_path):
    """Many names for the same packed bytes: the other kind of zip bomb."""
    path = tmp_path / "bad.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        for digit in "01":
            archive.writestr(f"blobs/{digit * 64}", bytes(1000))
        first, second = (archive.getinfo(f"blobs/{digit * 64}") for digit in "01")
        second.header_offset = first.header_offset
    assert "overlaps another" in refused(None)


def test_a_file_that_claims_less_than_it_holds(parts, here, tmp_path, refused):
    name = next(name for name in parts if name.startswith("blobs/"))
    path = tmp_path / "bad.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for each, content in parts.items():
            archive.writestr(each, content + (b"more" if each == name else b""))
    assert "is not what an export has" in refused(None)


def test_content_that_is_not_what_its_name_says(parts, here, tmp_path):
    name = next(name for name in parts if name.startswith("blobs/"))
    other = bytes(255 - byte for byte in parts[name])
    path = tmp_path / "bad.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for each, content in parts.items():
            archive.writestr(each, other if each == name else content)
    with pytest.raises(InvalidParameterError, match="is damaged"):
        import_archive(here, path)
    assert here.count_runs(["0"]) == 0
    assert other not in [file.read_bytes() for file in here.root.rglob("*") if file.is_file()]


def test_paths_of_files_that_lead_outside(parts, refused):
    name = run_name(parts)
    (file, *_) = json.loads(parts[name])["files"]
    for path in ("../evil", "/evil", "C:/evil", "a/../../evil", "a\\..\\..\\evil", "", "./evil", "a//evil", "evil/", 7):
        assert "Nothing was imported" in refused(changed(parts, name, files=[{**file, "path": path}]))


def test_descriptions_that_are_none(parts, refused):
    name = run_name(parts)
    info = json.loads(parts[name])["info"]
    for values in (
        {"info": {**info, "run_id": "b" * 32}},
        {"info": {**info, "experiment_id": "77"}},
        {"info": {**info, "status": "DONE"}},
        {"info": {**info, "lifecycle_stage": "importing"}},
        {"info": {**info, "start_time": "today"}},
        {"info": {**info, "surprise": 1}},
        {"info": None},
        {"params": []},
        {"files": [{"path": "a", "size": 1, "sha256": "0" * 64}]},
        {"files": 3},
        {"points": None},
        {"inputs": {}},
    ):
        assert name in refused(changed(parts, name, **values)), values
    assert "damaged" in refused({**parts, name: b"{"})
    assert "damaged" in refused({**parts, name: b"[" * 100_000})
    assert "not what an export has" in refused({**parts, name: b"[]"})
    home = next(name for name in parts if name.startswith("experiments/"))
    refused(changed(parts, home, name=""))
    refused(changed(parts, home, experiment_id="8"))


def test_it_must_be_an_export(parts, refused, tmp_path):
    assert "manifest.json" in refused({name: content for name, content in parts.items() if name != "manifest.json"})
    assert "no export of jupyter_tracker" in refused(changed(parts, "manifest.json", format="something else"))
    said = refused(changed(parts, "manifest.json", format_version=99, jupyter_tracker="9.0"))
    assert "written by jupyter_tracker 9.0" in said
    assert "pip install -U" in said
    (tmp_path / "bad.zip").write_bytes(b"PK not a zip")
    assert "is no export file" in refused(None)
    (tmp_path / "bad.zip").unlink()
    assert "There is no file" in refused(None, ResourceDoesNotExistError)


def test_a_file_that_was_cut_off(parts, refused, tmp_path):
    path = tmp_path / "bad.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    whole = path.read_bytes()
    for size in (len(whole) - 10, len(whole) // 2, 4, 0):
        path.write_bytes(whole[:size])
        refused(None)


def test_metrics_that_are_no_parquet_or_too_many(parts, here, tmp_path):
    name = next(name for name in parts if name.startswith("metrics/"))
    run = run_name(parts)
    for entries in ({**parts, name: b"PAR1 and nothing"}, changed(parts, run, points=3)):
        path = tmp_path / "bad.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for each, content in entries.items():
                archive.writestr(each, content)
        with pytest.raises(InvalidParameterError, match="its metrics"):
            import_archive(here, path)
        assert here.count_runs(["0", "1"]) == 0


@pytest.mark.parametrize("place", [None, 0, [0], [0, 0, 0], [-1, 0], [0, -1], [7, 0], ["0", 0], [0, 0.5], [True, 0]])
def test_places_of_metrics_that_are_none(parts, refused, place):
    assert "not what an export has" in refused(changed(parts, run_name(parts), place=place))


@pytest.mark.parametrize(("place", "points"), [([0, 1], 2), ([0, 2**70], 2), ([0, 0], 2**70)])
def test_places_of_metrics_that_lie_outside(parts, here, tmp_path, place, points):
    path = tmp_path / "bad.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in changed(parts, run_name(parts), place=place, points=points).items():
            archive.writestr(name, content)
    with pytest.raises(InvalidParameterError, match="its metrics are not what its description says"):
        import_archive(here, path)
    assert here.count_runs(["0", "1"]) == 0


def test_metrics_of_another_run(there, here, tmp_path):
    ids = [there.create_run("0").info.run_id for _ in range(2)]
    for run_id in ids:
        there.writer(run_id).log_series("loss", [1.0, 0.5])
    write_archive(there, Selection(run_ids=ids), tmp_path / "good.zip")
    with zipfile.ZipFile(tmp_path / "good.zip") as good, zipfile.ZipFile(tmp_path / "bad.zip", "w") as bad:
        for name in good.namelist():
            content = good.read(name)
            if name.startswith("runs/"):
                content = json.dumps({**json.loads(content), "place": [0, 1]}).encode()
            bad.writestr(name, content)
    with pytest.raises(InvalidParameterError, match="its metrics are those of another run"):
        import_archive(here, tmp_path / "bad.zip")
    assert here.count_runs(["0"]) == 0


def test_there_must_be_room(parts, here, tmp_path, monkeypatch):
    path = tmp_path / "good.zip"
    monkeypatch.setattr(moving.shutil, "disk_usage", lambda root: type("Usage", (), {"free": 10}))
    with pytest.raises(StoreError, match=r"has only 10 bytes free\. Nothing was imported"):
        import_archive(here, path)


def test_a_blob_under_another_name_is_damaged(parts, here, tmp_path):
    path = tmp_path / "bad.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    blob = next(name for name in parts if name.startswith("blobs/")).encode()
    data = path.read_bytes()
    path.write_bytes(data.replace(blob, blob[:-1] + b"x", 1))  # before its content, and not in the directory
    with pytest.raises(InvalidParameterError, match="is damaged"):
        import_archive(here, path)
