"""`autolog` of everything and of one framework: one list of arguments."""

import inspect

import pytest

import jupyter_tracker as tracker
from jupyter_tracker.autologging import integrations
from jupyter_tracker.autologging.options import SWITCHES, Options
from jupyter_tracker.errors import InvalidParameterError


def test_a_frameworks_own_function_takes_the_arguments_of_the_common_one():
    common = list(inspect.signature(tracker.autolog).parameters.values())
    own = list(inspect.signature(tracker.xgboost.autolog).parameters.values())
    assert own[: len(common)] == common
    assert own[len(common)].kind is inspect.Parameter.VAR_KEYWORD


def test_what_is_given_arrives():
    tracker.xgboost.autolog(False, log_models=False, extra_tags={"a": 1}, exclusive=True, model_format="json")
    assert SWITCHES.options("xgboost") == Options(log_input_examples=False, log_models=False, extra_tags={"a": 1})
    tracker.pytorch.autolog(log_grad_norm=True)
    assert SWITCHES.options("pytorch") == SWITCHES.options("lightning") == Options(log_grad_norm=True)
    tracker.autolog(silent=True)
    assert SWITCHES.options("xgboost") == SWITCHES.options("keras") == Options(silent=True)


def test_bad_arguments():
    with pytest.raises(InvalidParameterError, match="log_every_n_step"):
        tracker.autolog(log_every_n_step=0)
    with pytest.raises(TypeError, match="multiple values"):
        tracker.xgboost.autolog(True, log_input_examples=False)


def test_frameworks_can_be_left_as_they_are():
    tracker.autolog(exclude_flavors=["sklearn", "tensorflow"])
    assert integrations.is_installed("xgboost")
    assert not any(map(integrations.is_installed, ("sklearn", "keras")))
