"""Watching calls: what is put around them never shows."""

import argparse
import inspect
import pickle
import sys
import types
import weakref

import pytest

from jupyter_tracker.autologging._data import variable_name
from jupyter_tracker.autologging._patching import Patches, attempt, ours
from jupyter_tracker.errors import TrackerWarning


class Model:
    def fit(self, x, *, fails=False):
        """Fit it."""
        if fails:
            raise ValueError("no")
        self.x = x
        return self


@pytest.fixture
def seen():
    return []


@pytest.fixture
def watcher(seen):
    def around(call):
        seen.append(("before", call.args[1:], call.kwargs))
        try:
            result = yield
        except ValueError as error:
            seen.append(("failed", str(error)))
            raise
        seen.append(("after", result))

    return around


@pytest.fixture
def patches():
    made = Patches("test", lambda: True)
    yield made
    made.undo()


def test_a_watcher_sees_the_call_and_its_result(patches, watcher, seen):
    patches.method(Model, "fit", watcher)
    model = Model()
    assert model.fit(3) is model
    assert seen == [("before", (3,), {}), ("after", model)]


def test_an_error_of_the_library_is_seen_and_raised_as_it_was(patches, watcher, seen, failures):
    patches.method(Model, "fit", watcher)
    with pytest.raises(ValueError, match=r"^no$") as raised:
        Model().fit(3, fails=True)
    assert raised.value.__context__ is None
    assert seen[1] == ("failed", "no")
    assert not failures


def test_the_traceback_of_an_error_does_not_pass_through_the_watcher(patches, watcher):
    patches.method(Model, "fit", watcher)
    with pytest.raises(ValueError, match=r"^no$") as raised:
        Model().fit(3, fails=True)
    names = [entry.name for entry in raised.traceback]
    assert names == [sys._getframe().f_code.co_name, "wrapper", "watched_call", "fit"]


@pytest.mark.parametrize("at", ["before", "after", "failing"])
def test_a_failure_of_ours_warns_once_and_changes_nothing(patches, monkeypatch, at, failures):
    def around(call):
        if at == "before":
            raise RuntimeError(f"ours {at}")
        try:
            yield
        except ValueError:
            if at == "failing":
                raise RuntimeError(f"ours {at}") from None
            raise
        if at == "after":
            raise RuntimeError(f"ours {at}")

    monkeypatch.setattr("jupyter_tracker.errors._told", set())
    patches.method(Model, "fit", around)
    model = Model()

    def use():
        if at == "failing":
            with pytest.raises(ValueError, match=r"^no$"):
                model.fit(1, fails=True)
        else:
            assert model.fit(1) is model

    with pytest.warns(TrackerWarning, match="could not log a call of test") as warned:
        [use() for _ in range(2)]
    assert len(warned) == 1
    assert len(failures) == 2
    failures.clear()


def test_warnings_that_are_errors_do_not_reach_the_user(patches, monkeypatch, failures):
    def around(call):
        raise RuntimeError("ours")
        yield

    monkeypatch.setattr("jupyter_tracker.errors._told", set())
    patches.method(Model, "fit", around)
    assert Model().fit(1).x == 1  # pytest turns our warnings into errors
    failures.clear()


def test_what_our_own_code_calls_is_not_watched(patches, seen):
    def around(call):
        seen.append(call.args[1])
        result = yield
        result.fit(99)
        with ours():
            result.fit(98)

    patches.method(Model, "fit", around)
    model = Model().fit(1)
    assert seen == [1]
    assert model.x == 98


def test_other_arguments_can_be_given_to_the_call(patches):
    def around(call):
        yield (call.args[0], 7), {}

    patches.method(Model, "fit", around)
    assert Model().fit(1).x == 7


def test_the_class_looks_as_before(patches, watcher):
    original = Model.fit
    patches.method(Model, "fit", watcher)
    assert Model.fit is original
    assert inspect.isfunction(Model.fit)
    assert inspect.signature(Model().fit) == inspect.signature(original.__get__(Model()))
    assert Model().fit.__doc__ == "Fit it."
    assert pickle.loads(pickle.dumps(vars(Model)["fit"])) is original
    patches.undo()
    assert vars(Model)["fit"] is original


def test_functions_are_found_wherever_a_user_has_them(patches, watcher, seen, monkeypatch):
    library, user, other = types.ModuleType("lib_a.core"), types.ModuleType("my_script"), types.ModuleType("lib_b")
    user.__file__ = "/home/alice/my_script.py"
    other.__file__ = "/x/site-packages/lib_b.py"
    exec("def measure(x, y): return x + y", library.__dict__)
    user.m = other.m = original = library.measure
    for module in (library, user, other):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    patches.functions({original: watcher}, ("lib_a",))
    assert user.m is library.measure is not original
    assert other.m is original
    assert user.m(1, 2) == 3
    assert seen == [("before", (2,), {}), ("after", 3)]
    patches.undo()
    assert user.m is library.measure is original


def test_inactive_patches_let_the_library_be(watcher, seen):
    patches = Patches("test", lambda: False)
    original = Model.fit
    patches.method(Model, "fit", watcher)
    try:
        assert Model().fit.__func__ is original
        assert Model().fit(2).x == 2
        assert not seen
    finally:
        patches.undo()


def test_attempt_gives_none_where_it_fails(failures, monkeypatch):
    monkeypatch.setattr("jupyter_tracker.errors._told", set())
    assert attempt("test", lambda: 1) == 1
    assert attempt("test", lambda: 1 / 0) is None
    assert [type(error) for error in failures] == [ZeroDivisionError]
    failures.clear()


def test_an_interrupt_in_our_code_is_the_users(patches):
    def around(call):
        raise KeyboardInterrupt
        yield

    patches.method(Model, "fit", around)
    with pytest.raises(KeyboardInterrupt):
        Model().fit(1)


def test_what_locals_gave_to_the_user_stays_theirs():
    def train(lr, depth):
        settings = locals()
        later = object()
        return variable_name(later, sys._getframe()), set(settings)

    def by_vars(lr, depth):
        settings = vars()
        later = object()
        return variable_name(later, sys._getframe()), set(settings)

    def of_another(args):
        return vars(args), variable_name(args, sys._getframe())

    for function in (train, by_vars):
        name, kept = function(0.1, 3)
        assert kept == {"lr", "depth"}
        assert name in {None, "later"}  # Python 3.13 gives a new dictionary each time
    assert of_another(argparse.Namespace(lr=0.1)) == ({"lr": 0.1}, "args")


def test_a_name_keeps_nothing_alive():
    def train():
        data = Model()
        frame = sys._getframe()
        name = variable_name(data, frame)
        gone = weakref.ref(data)
        del data
        return name, gone()

    assert train() == ("data", None)
