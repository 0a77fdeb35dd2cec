import pytest

from jupyter_tracker.artifact_store import artifact_store
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError
from jupyter_tracker.views.comparison import ComparisonOptions
from jupyter_tracker.views.comparison_files import comparison_files_view, comparison_text_view

FIRST = "# Python 3.13.1\nnumpy==2.1\nold==1\nours @ git+https://example.org/ours@abc\npandas==2.2\n"
SECOND = "# Python 3.13.2\nnew==3\nnumpy==2.2\nours @ git+https://example.org/ours@abc\npandas==2.2\n"


def write(store, run_id, **files):
    artifacts = artifact_store(store.get_run(run_id).info.artifact_uri)
    for path, text in files.items():
        artifacts.write(path.replace("__", "/").replace("_py", ".py").replace("_txt", ".txt"), text.encode())


@pytest.fixture
def files(seeded, store):
    """Return a function that compares a part of the files of runs."""
    return lambda part, *runs, **options: comparison_files_view(store, ComparisonOptions(list(runs), **options), part)


def cells(view):
    return {row.key: row.cells for row in view.group.rows}


def test_packages_are_added_removed_and_changed(seeded, store, files):
    write(store, seeded.forest, environment__requirements_txt=FIRST)
    write(store, seeded.running, environment__requirements_txt=SECOND)
    view = files("packages", seeded.forest, seeded.failed, seeded.running)
    # The run without a list counts neither as different nor as equal.
    assert cells(view) == {
        "new": [None, None, "3"],
        "numpy": ["2.1", None, "2.2"],
        "old": ["1", None, None],
        "ours": ["git+https://example.org/ours@abc"],
        "pandas": ["2.2"],
    }
    assert (view.added, view.removed, view.changed) == (1, 1, 1)
    assert (view.group.differing, view.group.total) == (3, 5)
    assert view.without == [seeded.failed]
    other = files("packages", seeded.forest, seeded.running, baseline=seeded.running)
    assert [row.key for row in other.group.rows if row.differs] == ["new", "numpy", "old"]
    assert (other.added, other.removed, other.changed) == (1, 1, 1)
    without = files("packages", seeded.forest, seeded.running, seeded.failed, baseline=seeded.failed)
    assert (without.added, without.removed, without.changed) == (0, 0, 0)


def test_artifacts_are_compared_by_path_and_size(seeded, store, files):
    write(store, seeded.forest, data_txt="x" * 1201, same_txt="y" * 3000)
    write(store, seeded.running, data_txt="x" * 1204, same_txt="y" * 3000)
    view = files("artifacts", seeded.forest, seeded.running)
    assert cells(view) == {
        "data.txt": ["1,201 B", "1,204 B"],
        "model/MLmodel": ["12 B", None],
        "report.txt": ["5 B", None],
        "same.txt": ["3.0 kB"],
    }
    assert (view.removed, view.changed) == (2, 1)


def test_code_has_versions(seeded, store, files):
    write(store, seeded.forest, cell__source_py="a = 1\nb = 2\n")
    write(store, seeded.failed, cell__source_py="a = 2\n")
    write(store, seeded.running, cell__source_py="a = 1\nb = 2\n")
    assert cells(files("code", seeded.forest, seeded.running)) == {"Cell source": ["2 lines"]}
    artifact_store(store.get_run(seeded.failed).info.artifact_uri).write(
        "cell/diff.patch", b"--- a/x\n+++ b/x\n@@ -1 +1,2 @@\n-old\n+new\n+more\n"
    )
    view = files("code", seeded.forest, seeded.failed, seeded.running)
    assert cells(view) == {
        "Cell source": ["version 1, 2 lines", "version 2, 1 line", "version 1, 2 lines"],
        "Uncommitted changes": [None, "+2 -1", None],
    }


def test_texts_are_those_of_all_cells_of_a_run(seeded, store):
    write(store, seeded.forest, **{"cell__source_py": "a = 1\n", "cell-2__source_py": "b = 2\n"})
    view = comparison_text_view(store, [seeded.forest, seeded.failed], "source")
    assert [text.text for text in view.texts] == ["a = 1\n\nb = 2\n", None]
    write(store, seeded.failed, cell__source_py="x" * 500_000)
    (text,) = comparison_text_view(store, [seeded.failed], "source").texts
    assert text.is_cut
    assert len(text.text) == 400_000


def test_no_path_but_those_of_the_cell_can_be_asked_for(seeded, store, files):
    with pytest.raises(InvalidParameterError, match="'source' or 'diff'"):
        comparison_text_view(store, [seeded.forest], "../../../etc/passwd")
    with pytest.raises(InvalidParameterError, match="One or two runs"):
        comparison_text_view(store, [seeded.forest, seeded.failed, seeded.running], "source")
    with pytest.raises(ResourceDoesNotExistError):
        comparison_text_view(store, ["0" * 32], "source")
    with pytest.raises(InvalidParameterError, match="'packages', 'artifacts' or 'code'"):
        files("secrets", seeded.forest, seeded.failed)


def test_files_that_are_gone_are_none(seeded, store, files):
    for part in ("packages", "artifacts", "code"):
        view = files(part, seeded.failed, seeded.running)
        assert view.group.rows == []
        assert view.without == ([seeded.failed, seeded.running] if part == "packages" else [])
