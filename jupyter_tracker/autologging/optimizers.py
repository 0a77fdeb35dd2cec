"""An optimizer of PyTorch as params and learning rates: the same keys in plain loops and in Lightning's."""

from __future__ import annotations

from typing import Any, Final

_NO_PARAMS: Final = frozenset({"params", "initial_lr"})


def optimizer_params(optimizer: Any, number: int) -> dict[str, Any]:
    """Return an optimizer's settings; the first one's (number 0) with its device and how many parameters it trains."""
    prefix = "" if number == 0 else f"optimizer_{number + 1}_"
    first = optimizer.param_groups[0]
    params = {f"{prefix}{key}": value for key, value in first.items() if key not in _NO_PARAMS}
    params[f"{prefix}name" if prefix else "optimizer_name"] = type(optimizer).__name__
    if number == 0:
        tensors = [each for group in optimizer.param_groups for each in group["params"]]
        params["device"] = str(tensors[0].device)
        params["trained_parameters"] = sum(each.numel() for each in tensors)
    return params


def learning_rates(optimizer: Any, number: int) -> dict[str, float]:
    """Return the learning rate of each group: ``lr``, ``lr_group_1``; of the second optimizer ``lr_2``."""
    suffix = "" if number == 0 else f"_{number + 1}"
    found = {}
    for i, group in enumerate(optimizer.param_groups):
        key = f"lr{suffix}" if i == 0 else f"lr{suffix}_group_{i}"
        rate = group.get("lr")
        found[key] = rate if isinstance(rate, float | int) else float(rate)
    return found
