"""Learning of imports costs nothing, and leaves the module as it would be."""

import importlib
import sys

import pytest

from jupyter_tracker.autologging._imports import ImportHook


@pytest.fixture
def hook():
    made = ImportHook()
    yield made
    made.forget(list(made._waiting))
    assert made not in sys.meta_path


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "a_library.py").write_text("LOADER = type(__loader__).__name__\nVALUE = 7\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield "a_library"
    sys.modules.pop("a_library", None)


def test_it_calls_back_once_the_module_is_complete(hook, module):
    seen = []
    hook.when_imported(module, lambda found: seen.append(found.VALUE))
    assert not seen
    found = importlib.import_module(module)
    assert seen == [7]
    assert "exec_module" not in vars(found.__loader__)
    assert found.LOADER == "SourceFileLoader"
    importlib.reload(found)
    assert seen == [7]


def test_a_module_that_is_there_already(hook, module):
    importlib.import_module(module)
    seen = []
    hook.when_imported(module, seen.append)
    assert [found.VALUE for found in seen] == [7]
    assert hook not in sys.meta_path


def test_a_module_that_does_not_exist_or_fails(hook, module, tmp_path):
    hook.when_imported("a_library_that_is_not_there", pytest.fail)
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("a_library_that_is_not_there")
    (tmp_path / "a_broken_library.py").write_text("1 / 0\n")
    hook.when_imported("a_broken_library", pytest.fail)
    with pytest.raises(ZeroDivisionError):
        importlib.import_module("a_broken_library")


def test_forgetting(hook, module):
    hook.when_imported(module, pytest.fail)
    hook.forget([module])
    assert hook not in sys.meta_path
    importlib.import_module(module)
