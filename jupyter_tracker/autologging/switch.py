"""`tracker.autolog()` and what the frameworks' own `autolog` functions are made of."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, Final

from jupyter_tracker.autologging.integrations import FOLLOWERS, INTEGRATIONS, install, uninstall
from jupyter_tracker.autologging.options import SWITCHES, Options

# One integration for two names of MLflow's.
_ALSO: Final = {"tensorflow": "keras"}


def autolog(
    log_input_examples: bool = True,
    log_model_signatures: bool = True,
    log_models: bool = True,
    log_datasets: bool = True,
    disable: bool = False,
    exclusive: bool = False,
    disable_for_unsupported_versions: bool = False,
    silent: bool = False,
    extra_tags: Mapping[str, Any] | None = None,
    registered_model_name: str | None = None,
    log_every_n_step: int = 1,
    exclude_flavors: Sequence[str] | None = None,
) -> None:
    """Log what every installed framework trains, from now on; each as soon as it is imported.

    In a cell with ``%%track`` this is on already, and ``%%track --no-autolog`` switches it off. Without an active run
    each fit gets a run of its own. With one, the first fit is logged to it, and each later one to a child run.

    Parameters
    ----------
    log_input_examples, log_model_signatures, log_models, log_datasets : bool
        Five rows of the input, the types of input and output, the fitted model, digests of the data.
    disable : bool
        Log nothing, in tracked cells either.
    exclusive : bool
        Accepted for MLflow's sake: a run of the user's is logged to, and what is in it already is kept.
    disable_for_unsupported_versions : bool
        Leave frameworks alone that are newer than what was tested.
    silent : bool
        Say nothing about such versions.
    extra_tags : mapping of str, optional
        Tags of the runs that are started for fits.
    registered_model_name : str, optional
        Register each model under this name.
    log_every_n_step : int
        Steps between logged ones in training loops.
    exclude_flavors : sequence of str, optional
        Frameworks to leave as they are, such as ``["keras"]``.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> tracker.autolog()
    >>> from sklearn.linear_model import LinearRegression
    >>> model = LinearRegression().fit([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0])
    >>> tracker.last_active_run().data.metrics["training_r2_score"]
    1.0
    >>> tracker.autolog(disable=True)
    """
    given = {key: value for key, value in locals().items() if key not in {"exclusive", "exclude_flavors"}}
    left = [_ALSO.get(flavor, flavor) for flavor in exclude_flavors or ()]
    for framework in [each for each in INTEGRATIONS if each not in left]:
        switch(framework, Options(**given))


_SIGNATURE: Final = inspect.signature(autolog)


def autolog_framework(framework: str, /, *given: Any, **options: Any) -> None:
    """Log what one framework trains, from now on; the arguments are those of `tracker.autolog`.

    Parameters
    ----------
    **options
        Also those that only this framework has, such as `log_grad_norm`. Arguments that MLflow has for it and that
        change nothing here, such as `model_format`, are accepted.
    """
    own = {key: options.pop(key) for key in list(options) if key not in _SIGNATURE.parameters}
    arguments = {**_SIGNATURE.bind(*given, **options).arguments, **own}
    known = {key: value for key, value in arguments.items() if key in Options.__dataclass_fields__}
    for each in (framework, *FOLLOWERS.get(framework, ())):
        switch(each, Options(**known))


# What an editor shows of it.
autolog_framework.__signature__ = _SIGNATURE.replace(  # type: ignore[attr-defined]
    parameters=[
        inspect.Parameter("framework", inspect.Parameter.POSITIONAL_ONLY, annotation="str"),
        *_SIGNATURE.parameters.values(),
        inspect.Parameter("more", inspect.Parameter.VAR_KEYWORD, annotation="Any"),
    ]
)


def switch(framework: str, options: Options) -> None:
    """Set what is logged of one framework: on, it is watched as soon as it is imported; off, it is restored."""
    SWITCHES.choose(framework, options)
    if options.disable:
        uninstall(framework)
    else:
        install(framework)
