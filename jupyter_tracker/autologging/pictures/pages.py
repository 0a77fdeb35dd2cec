"""Bars and estimators as HTML pages that need nothing else; light and dark."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any, Final

_STYLE: Final = (
    ":root{color-scheme:light dark}body{font:14px/1.45 system-ui,sans-serif;margin:16px}"
    "h1{font-size:15px;font-weight:600;margin:0 0 12px}table{border-collapse:collapse}td{padding:2px 10px 2px 0;"
    "vertical-align:middle}.bar{display:inline-block;height:12px;background:#3b82c4;border-radius:2px;min-width:1px}"
    ".minus{background:#ce641e}.n{font-variant-numeric:tabular-nums;opacity:.75;text-align:right}"
    ".track{width:min(420px,45vw)}details{border:1px solid #8886;border-radius:6px;padding:6px 10px;margin:6px 0;"
    "width:fit-content;min-width:220px}summary{cursor:pointer;font-weight:600}summary small{font-weight:400;opacity:.7}"
    "details table{margin:6px 0 2px}details td{font:12px/1.4 ui-monospace,monospace;padding:1px 14px 1px 0}"
    ".set td{font-weight:600}td.d{opacity:.6}"
)
_MAX_DEPTH: Final = 6


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"<style>{_STYLE}</style><body>{body}</body></html>\n"
    )


def bars_page(pairs: Sequence[tuple[str, float]], title: str) -> str:
    """Return named numbers as a table with bars."""
    most = max((abs(value) for _, value in pairs), default=0.0) or 1.0
    rows = []
    for name, value in pairs:
        bar = "bar minus" if value < 0 else "bar"
        rows.append(
            f'<tr><td>{html.escape(name)}</td><td class="n">{value:.4g}</td>'
            f'<td class="track"><span class="{bar}" style="width:{100 * abs(value) / most:.1f}%"></span></td></tr>'
        )
    return _page(title, f"<h1>{html.escape(title)}</h1><table>{''.join(rows)}</table>")


def estimator_page(estimator: Any) -> str:
    """Return an estimator with its params, and what is inside of it: what differs from the defaults stands out."""
    name = type(estimator).__name__
    return _page(name, _estimator(name, estimator, 0))


def _estimator(label: str, estimator: Any, depth: int) -> str:
    kind = type(estimator)
    defaults = _defaults(kind)
    params = estimator.get_params(deep=False) if hasattr(estimator, "get_params") else {}
    rows, inside = [], []
    for key, value in params.items():
        children = _children(key, value)
        if children and depth < _MAX_DEPTH:
            inside += [_estimator(name, child, depth + 1) for name, child in children]
            continue
        text = " ".join(repr(value).split())
        text = text if len(text) <= 200 else text[:199] + "…"
        is_set = key not in defaults or repr(defaults[key]) != repr(value)
        row = f'<tr class="set"><td>{html.escape(key)}' if is_set else f'<tr><td class="d">{html.escape(key)}'
        rows.append(f"{row}</td><td>{html.escape(text)}</td></tr>")
    title = html.escape(label) + (f" <small>{html.escape(kind.__name__)}</small>" if label != kind.__name__ else "")
    opened = " open" if depth < 2 else ""
    return f"<details{opened}><summary>{title}</summary><table>{''.join(rows)}</table>{''.join(inside)}</details>"


def _children(key: str, value: Any) -> list[tuple[str, Any]]:
    """Return the estimators in a param: one, or a list of named ones as pipelines have."""
    if hasattr(value, "get_params") and not isinstance(value, type):
        return [(key, value)]
    if isinstance(value, list | tuple):
        named = [each for each in value if isinstance(each, tuple) and len(each) >= 2 and isinstance(each[0], str)]
        if named and len(named) == len(value):
            return [(name, child) for name, child, *_ in named if hasattr(child, "get_params")]
    return []


def _defaults(kind: type) -> dict[str, Any]:
    import inspect

    try:
        found = inspect.signature(kind).parameters
    except (TypeError, ValueError):
        return {}
    return {name: each.default for name, each in found.items()}
