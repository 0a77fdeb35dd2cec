import pytest

from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError
from jupyter_tracker.views.model_versions import version_and_path, version_of_uri


@pytest.fixture
def registry(store):
    store.create_registered_model("a b")
    for number in (1, 2, 3):
        store.create_model_version("a b", f"s3://{number}")
    store.transition_model_version_stage("a b", "1", "Production")
    store.transition_model_version_stage("a b", "2", "Production")
    store.set_registered_model_alias("a b", "champion", "1")
    store.create_registered_model("empty")
    return store


@pytest.mark.parametrize(
    ("uri", "version"),
    [
        ("models:/a b/1", "1"),
        ("models:/a%20b/1", "1"),
        ("models://a b/1/", "1"),
        ("models:/a b/Production", "2"),
        ("models:/a b/production", "2"),
        ("models:/a b/None", "3"),
        ("models:/a b/latest", "3"),
        ("models:/a b/LATEST", "3"),
        ("models:/a b@champion", "1"),
    ],
)
def test_versions(registry, uri, version):
    assert version_of_uri(registry, uri).version == version


def test_a_path_behind_it(registry):
    for uri in ("models:/a b/3/data/model.pkl", "models:/a b/latest/data/model.pkl"):
        version, path = version_and_path(registry, uri)
        assert (version.version, path) == ("3", "data/model.pkl")
        with pytest.raises(InvalidParameterError, match="names a file"):
            version_of_uri(registry, uri)
    assert version_and_path(registry, "models:/a b@champion/MLmodel")[1] == "MLmodel"


@pytest.mark.parametrize(
    ("uri", "error", "says"),
    [
        ("models:/a b", InvalidParameterError, "names no version"),
        ("models:/", InvalidParameterError, "names no version"),
        ("runs:/x/model", InvalidParameterError, "names no version"),
        ("models:/a b/Prod", InvalidParameterError, "Invalid Model Version stage"),
        ("models:/a b/Staging", InvalidParameterError, "no version in stage Staging"),
        ("models:/empty/latest", InvalidParameterError, "no version yet"),
        ("models:/a b@nobody", InvalidParameterError, "nobody"),
        ("models:/a b/9", ResourceDoesNotExistError, "not found"),
        ("models:/unknown/1", ResourceDoesNotExistError, "not found"),
        ("models:/unknown/latest", ResourceDoesNotExistError, "not found"),
    ],
)
def test_what_is_not_there(registry, uri, error, says):
    with pytest.raises(error, match=says):
        version_of_uri(registry, uri)
