"""Models of scikit-learn: estimators, pipelines, searches."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Unpack

from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.flavors import estimators, logging, saving
from jupyter_tracker.flavors.folder import ModelFolder
from jupyter_tracker.flavors.model_info import ModelInfo
from jupyter_tracker.flavors.options import LogOptions, SaveOptions, offers
from jupyter_tracker.flavors.registry import Written
from jupyter_tracker.mlmodel.mlmodel import PYFUNC

NAME = "sklearn"
LOADER = "mlflow.sklearn"
_PREDICT_FNS = ("predict", "predict_proba", "predict_log_proba", "predict_joint_log_proba", "score", "transform")


@offers(SaveOptions)
def save_model(
    sk_model: Any,
    path: str | os.PathLike[str],
    *,
    serialization_format: str | None = None,
    pyfunc_predict_fn: str = "predict",
    skops_trusted_types: Any = None,
    **options: Unpack[SaveOptions],
) -> None:
    """Write a scikit-learn model to a folder in the MLmodel format, which MLflow reads too.

    Parameters
    ----------
    sk_model : estimator
        Anything of scikit-learn's that was fitted, pipelines and searches included.
    path : str or os.PathLike
        The folder; it must not exist, or be empty.
    serialization_format : str, optional
        ``skops``, ``cloudpickle`` or ``pickle``; skops where left out, and cloudpickle for what skops cannot write.
    pyfunc_predict_fn : str
        The method that `pyfunc` predicts with.
    skops_trusted_types : list of str, optional
        Accepted for MLflow's sake: what others must trust to load it is written down by itself.
    {options}

    Raises
    ------
    InvalidParameterError
        This is no model of scikit-learn, or an argument cannot be used.
    ResourceAlreadyExistsError
        There is something at `path`.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> from sklearn.linear_model import LogisticRegression
    >>> model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    >>> tracker.sklearn.save_model(model, "classifier")
    >>> tracker.sklearn.load_model("classifier").predict([[2.0]]).tolist()
    [1]
    """
    del skops_trusted_types
    own = {"serialization_format": serialization_format, "pyfunc_predict_fn": pyfunc_predict_fn}
    saving.save(path, lambda folder: write(sk_model, folder, **own), lambda: predictor_of(sk_model, own), options)


@offers(LogOptions)
def log_model(
    sk_model: Any,
    artifact_path: str | None = None,
    *,
    serialization_format: str | None = None,
    pyfunc_predict_fn: str = "predict",
    skops_trusted_types: Any = None,
    **options: Unpack[LogOptions],
) -> ModelInfo:
    """Log a scikit-learn model to the active run, and return what is known about it.

    Parameters
    ----------
    sk_model : estimator
        Anything of scikit-learn's that was fitted, pipelines and searches included.
    artifact_path : str, optional
        As `name`.
    serialization_format : str, optional
        ``skops``, ``cloudpickle`` or ``pickle``; skops where left out, and cloudpickle for what skops cannot write.
    pyfunc_predict_fn : str
        The method that `pyfunc` predicts with.
    skops_trusted_types : list of str, optional
        Accepted for MLflow's sake: what others must trust to load it is written down by itself.
    {options}

    Returns
    -------
    ModelInfo
        Its `model_uri` is what `load_model` takes.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> from sklearn.linear_model import LogisticRegression
    >>> model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    >>> with tracker.start_run() as run:
    ...     info = tracker.sklearn.log_model(model, "model", input_example=[[0.5]])
    >>> tracker.sklearn.load_model(f"runs:/{run.info.run_id}/model").predict([[2.0]]).tolist()
    [1]
    """
    del skops_trusted_types
    own = {"serialization_format": serialization_format, "pyfunc_predict_fn": pyfunc_predict_fn}
    write_it = lambda folder: write(sk_model, folder, **own)  # noqa: E731
    return logging.log(write_it, lambda: predictor_of(sk_model, own), artifact_path, options)


def load_model(model_uri: str, dst_path: str | os.PathLike[str] | None = None, *, trust: bool = False) -> Any:
    """Return a scikit-learn model as it was saved.

    Parameters
    ----------
    model_uri : str
        ``runs:/<run_id>/model``, ``models:/m-…``, ``models:/<name>/<version, stage or latest>``,
        ``models:/<name>@<alias>``, a path, or a URI of a folder.
    dst_path : str or os.PathLike, optional
        Folder to copy its files to.
    trust : bool
        Load it even if that may run code which you have not saved yourself.

    Raises
    ------
    ResourceDoesNotExistError
        There is no such model.
    UntrustedModelError
        It needs a pickle, or types that are not known to be harmless, and is not on your list of trusted models.
    """
    return load(ModelFolder.opened(model_uri, dst_path, trusted=trust))


def is_model(model: Any) -> bool:
    """Tell whether this is an estimator; scikit-learn is imported already if so."""
    base = sys.modules.get("sklearn.base")
    return base is not None and isinstance(model, base.BaseEstimator)


def write(model: Any, folder: Path, **options: Any) -> Written:
    """See `registry.Flavor`."""
    if not is_model(model):
        raise InvalidParameterError(
            f"Model must be an estimator of scikit-learn, not {type(model).__name__}; pyfunc.log_model takes any "
            "object with a predict method."
        )
    import sklearn

    file, modules = estimators.write(model, folder, options.get("serialization_format"))
    name = file.pop("file")
    predict_fn = options.get("pyfunc_predict_fn") or "predict"
    pyfunc = {"loader_module": LOADER, "model_path": name, "predict_fn": predict_fn}
    blocks = {PYFUNC: pyfunc, NAME: {"pickled_model": name, "sklearn_version": sklearn.__version__, **file}}
    # Transformers and clusterers without `predict` have no python_function, as in MLflow.
    if not hasattr(model, predict_fn) and predict_fn == "predict":
        del blocks[PYFUNC]
    return Written(blocks, {"sklearn", "numpy", "scipy", *modules})


def load(folder: ModelFolder, **_options: Any) -> Any:
    """See `registry.Flavor`. A model whose python_function alone is known is loaded by that."""
    folder = folder.with_code()
    block = folder.native_block(NAME, LOADER)
    file = block.get("pickled_model") or block.get("model_path")
    return estimators.read(folder, file, block.get("serialization_format"))


def predictor(folder: ModelFolder, config: Mapping[str, Any]) -> Callable[..., Any]:
    """See `registry.Flavor`."""
    predict_fn = config.get("predict_fn") or folder.model.flavors.get(PYFUNC, {}).get("predict_fn")
    return predictor_of(load(folder), {"pyfunc_predict_fn": predict_fn})


def predictor_of(model: Any, config: Mapping[str, Any]) -> Callable[..., Any]:
    """See `registry.Flavor`."""
    name = config.get("pyfunc_predict_fn") or "predict"
    method = getattr(model, name, None)
    if method is None:
        raise InvalidParameterError(
            f"This {type(model).__name__} has no method {name!r} to predict with; common ones are "
            f"{', '.join(_PREDICT_FNS)}."
        )

    def predict(data: Any, params: Mapping[str, Any] | None = None) -> Any:
        return method(data, **(params or {}))

    return predict
