"""Experiments, runs, curves and a comparison as linked tabs: which tab is open, and which runs are selected."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias, cast, get_args

from jupyter_tracker.errors import InvalidParameterError

DashboardTab: TypeAlias = Literal["experiments", "table", "curves", "comparison"]
TABS: Final[tuple[str, ...]] = get_args(DashboardTab)


@dataclass(frozen=True)
class DashboardOptions:
    """What a dashboard shows: each tab has a view of its own, asked for when it is open."""

    tab: DashboardTab = "table"
    selection: list[str] = field(default_factory=list)
    """Ids of the runs that are selected in the table, shown as curves and compared: 200 at most are kept."""


def dashboard_tab(text: str) -> DashboardTab:
    """Return the tab that is named so; InvalidParameterError for anything else."""
    if text not in TABS:
        raise InvalidParameterError(f"tab={text!r}: {', '.join(map(repr, TABS[:-1]))} or {TABS[-1]!r} is expected.")
    return cast("DashboardTab", text)
