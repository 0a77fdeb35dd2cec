"""Nothing that somebody else made runs code before the user has said so."""

import io
import os
import pickle
import shutil
import stat
from pathlib import Path

import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import jupyter_tracker as tracker
from jupyter_tracker import settings
from jupyter_tracker.exceptions import UntrustedModelError
from jupyter_tracker.flavors import pickles
from jupyter_tracker.flavors.folder import ModelFolder
from jupyter_tracker.flavors.inspection import trust_model

MARK = Path("pwned")


class Bomb:
    def __reduce__(self):
        return (exec, ("import pathlib; pathlib.Path('pwned').write_text('x')",))

    def predict(self, data):
        return data


def twice(x):
    return 2 * x


@pytest.fixture
def pickled(frame):
    """A model that needs cloudpickle, since its function is this file's."""
    model = make_pipeline(FunctionTransformer(twice))
    tracker.sklearn.save_model(model.fit(frame), "mine", serialization_format="cloudpickle")
    return Path("mine")


def stranger():
    """Become another user, with an empty list."""
    shutil.rmtree(settings.user_data_folder())


def sklearn_folder(name, data, more=""):
    folder = Path(name)
    folder.mkdir()
    (folder / "model.pkl").write_bytes(data)
    (folder / "MLmodel").write_text(
        "flavors:\n"
        f"  sklearn: {{pickled_model: model.pkl, serialization_format: cloudpickle{more}}}\n"
        "  python_function: {loader_module: mlflow.sklearn, model_path: model.pkl}\n"
    )
    return str(folder)


class TestHostile:
    @pytest.mark.parametrize("load", [tracker.sklearn.load_model, tracker.pyfunc.load_model])
    def test_a_pickle_does_not_run(self, load):
        uri = sklearn_folder("bomb", pickle.dumps(Bomb()))
        with pytest.raises(UntrustedModelError, match=r"builtins\.exec") as caught:
            load(uri)
        assert not MARK.exists()
        assert "builtins.exec" in caught.value.types
        for way_out in ("trust=True", "JUPYTER_TRACKER_TRUST_MODELS=1", f"models trust {uri}"):
            assert way_out in str(caught.value)

    def test_the_bomb_is_real(self):
        tracker.sklearn.load_model(sklearn_folder("bomb", pickle.dumps(Bomb())), trust=True)
        assert MARK.exists()

    def test_neither_does_a_custom_model(self):
        folder = Path("custom")
        folder.mkdir()
        (folder / "python_model.pkl").write_bytes(pickle.dumps(Bomb()))
        (folder / "MLmodel").write_text(
            "flavors:\n  python_function: {loader_module: mlflow.pyfunc.model, python_model: python_model.pkl}\n"
        )
        with pytest.raises(UntrustedModelError, match="exec"):
            tracker.pyfunc.load_model("custom")
        assert not MARK.exists()

    def test_neither_does_a_loader_or_a_module_or_a_script(self):
        for name, block in (
            ("loader", "loader_module: hostile, code: code"),
            ("script", "loader_module: mlflow.pyfunc.loaders.code_model, model_code_path: code/hostile.py"),
            ("code", "loader_module: mlflow.sklearn, model_path: model.pkl, code: code"),
        ):
            folder = Path(name)
            (folder / "code").mkdir(parents=True)
            for place in (folder / "code", folder):
                (place / "hostile.py").write_text("import pathlib\npathlib.Path('pwned').write_text('x')\n")
            (folder / "MLmodel").write_text(f"flavors:\n  python_function: {{{block}}}\n")
            with pytest.raises(UntrustedModelError, match="hostile"):
                tracker.pyfunc.load_model(name)
        assert not MARK.exists()

    def test_types_that_the_folder_calls_trusted_are_not(self, frame, monkeypatch):
        import skops.io

        model = make_pipeline(FunctionTransformer(os.path.basename))
        data = skops.io.dumps(model)
        folder = Path("skops")
        folder.mkdir()
        (folder / "model.skops").write_bytes(data)
        names = ", ".join(skops.io.get_untrusted_types(data=data))
        (folder / "MLmodel").write_text(
            "flavors:\n  sklearn: {pickled_model: model.skops, serialization_format: skops, "
            f"skops_trusted_types: [{names}]}}\n"
        )
        with pytest.raises(UntrustedModelError, match="basename"):
            tracker.sklearn.load_model("skops")
        assert tracker.sklearn.load_model("skops", trust=True).steps

    @pytest.mark.parametrize("name", ["../secret.pkl", "/etc/passwd", "link.pkl"])
    def test_files_outside_of_the_folder_are_refused(self, name):
        Path("secret.pkl").write_bytes(pickle.dumps(1))
        uri = sklearn_folder("model", b"")
        Path(uri, "link.pkl").symlink_to(Path("secret.pkl").absolute())
        text = Path(uri, "MLmodel").read_text().replace("model.pkl", name)
        Path(uri, "MLmodel").write_text(text)
        with pytest.raises(tracker.TrackerError, match=r"outside|leads out|must be relative"):
            tracker.sklearn.load_model(uri, trust=True)


class TestOwn:
    def test_what_i_saved_loads_at_once(self, pickled, frame):
        assert tracker.sklearn.load_model("mine").transform(frame)["a"].tolist() == [0, 2, 4, 6]

    def test_wherever_it_is_moved(self, pickled, frame):
        shutil.copytree("mine", "elsewhere/copy")
        assert tracker.sklearn.load_model("elsewhere/copy").steps

    def test_and_not_for_others(self, pickled):
        stranger()
        with pytest.raises(UntrustedModelError):
            tracker.sklearn.load_model("mine")

    def test_a_changed_byte_is_another_model(self, pickled):
        with Path("mine/model.pkl").open("ab") as file:
            file.write(b"\x00")
        with pytest.raises(UntrustedModelError):
            tracker.sklearn.load_model("mine")

    def test_an_added_module_is_another_model(self, pickled):
        Path("mine/code").mkdir()
        Path("mine/code/sklearn.py").write_text("raise SystemExit")
        with pytest.raises(UntrustedModelError):
            tracker.sklearn.load_model("mine")

    def test_the_bytes_that_were_judged_are_the_bytes_that_are_loaded(self, pickled):
        folder = ModelFolder.opened("mine").trusted([])
        Path("mine/model.pkl").write_bytes(pickle.dumps(Bomb()))
        assert folder.path != Path("mine")
        assert folder.read("model.pkl") != Path("mine/model.pkl").read_bytes()

    def test_a_private_copy_is_removed(self, pickled):
        folder = ModelFolder.opened("mine").trusted([])
        path = folder.path
        assert path.exists()
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
        del folder
        assert not path.exists()

    def test_a_new_signature_keeps_the_trust(self, pickled, frame):
        tracker.models.set_signature("mine", tracker.models.infer_signature(frame))
        assert tracker.sklearn.load_model("mine").steps


class TestList:
    def test_it_is_private(self, pickled):
        for name in ("key", "models"):
            assert stat.S_IMODE((settings.user_data_folder() / "trust" / name).stat().st_mode) == 0o600

    def test_one_that_others_may_change_is_not_believed(self, pickled):
        (settings.user_data_folder() / "trust" / "models").chmod(0o666)
        with pytest.raises(UntrustedModelError):
            tracker.sklearn.load_model("mine")

    def test_a_list_without_its_key_is_worth_nothing(self, pickled):
        (settings.user_data_folder() / "trust" / "key").write_bytes(os.urandom(32))
        with pytest.raises(UntrustedModelError):
            tracker.sklearn.load_model("mine")

    def test_a_model_can_be_put_on_it(self, pickled):
        stranger()
        trust_model("mine")
        assert tracker.sklearn.load_model("mine").steps

    @pytest.mark.parametrize("value", ["1", "true"])
    def test_or_every_model_be_trusted(self, pickled, monkeypatch, value):
        stranger()
        monkeypatch.setenv("JUPYTER_TRACKER_TRUST_MODELS", value)
        assert tracker.sklearn.load_model("mine").steps

    def test_where_it_cannot_be_written_saving_goes_on(self, classifier, monkeypatch):
        Path("file").write_text("")
        monkeypatch.setattr(settings, "user_data_folder", lambda: Path("file"))
        with pytest.warns(tracker.TrackerWarning, match="trust"):
            tracker.sklearn.save_model(classifier, "mine")
        assert tracker.sklearn.load_model("mine").coef_.shape == (1, 2)


class TestNames:
    @pytest.mark.parametrize("protocol", range(6))
    def test_names_are_read_off_every_protocol(self, protocol):
        if protocol == 0:
            data = b"cos\nsystem\n."
            assert pickles.names_in(data) == ["os.system"]
        else:
            assert "builtins.exec" in pickles.names_in(pickle.dumps(Bomb(), protocol)) or protocol < 3

    def test_a_broken_pickle_is_no_error(self):
        assert "?.unreadable" in pickles.names_in(b"\x80\x05\xff\xff")
        assert pickles.names_in(io.BytesIO().getvalue()) == ["?.unreadable"]
