"""How `ModelInfo` looks: a line, and a table in notebooks."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Final

from jupyter_tracker.views.model_signature import signature_text
from jupyter_tracker.views.rounding import file_size

if TYPE_CHECKING:
    from jupyter_tracker.flavors.logging import ModelInfo
    from jupyter_tracker.mlmodel.signature import ModelSignature

_SHOWN: Final = 20
"""Columns of a signature that a table has; the rest is counted."""
_LEFT: Final = " style='text-align:left'"


def model_line(info: ModelInfo) -> str:
    """Return a model in one line: its URI, flavors, size, run and signature."""
    facts = [_flavors(info), *_size(info)]
    if info.run_id:
        facts.append(f"run {info.run_id[:8]}")
    if info.signature is not None:
        facts.append(signature_text(info.signature))
    return f"<ModelInfo {info.model_uri}: {', '.join(facts)}>"


def model_html(info: ModelInfo) -> str:
    """Return a model as HTML: what it is, and a row for each column, array and param of its signature."""
    rows = [("model", info.model_uri), ("flavors", _flavors(info)), *(("size", size) for size in _size(info))]
    if info.run_id:
        rows.append(("run", info.run_id))
    if info.registered_model_version is not None:
        rows.append(("registered version", str(info.registered_model_version)))
    cells = [(f"<th{_LEFT}>{name}</th>", f"<td{_LEFT}><code>{escape(text)}</code></td>") for name, text in rows]
    about = "".join(f"<tr>{name}{text}</tr>" for name, text in cells)
    if info.signature is None:
        signature = "<p>It has no signature: what goes in is not checked.</p>"
    else:
        signature = _signature_table(info.signature)
    return f"<div class='jp-tracker-model'><table><tbody>{about}</tbody></table>{signature}</div>"


def _flavors(info: ModelInfo) -> str:
    own = [name for name in info.flavors if name != "python_function"]
    return ", ".join(sorted(own or info.flavors))


def _size(info: ModelInfo) -> list[str]:
    return [] if info.model_size_bytes is None else [file_size(info.model_size_bytes)]


def _signature_table(signature: ModelSignature) -> str:
    heads = "".join(f"<th{_LEFT}>{head}</th>" for head in ("", "name", "type"))
    body = "".join(
        f"<tr><td{_LEFT}>{what}</td><td{_LEFT}>{escape(name)}</td><td{_LEFT}><code>{escape(kind)}</code></td></tr>"
        for what, name, kind in _rows(signature)
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def _rows(signature: ModelSignature) -> Iterator[tuple[str, str, str]]:
    for what, schema in (("takes", signature.inputs), ("gives", signature.outputs)):
        specs = [] if schema is None else list(schema)
        for spec in specs[:_SHOWN]:
            shape = f" {spec.shape}" if hasattr(spec, "shape") else ""
            optional = "" if getattr(spec, "required", True) else ", optional"
            yield what, "" if spec.name is None else str(spec.name), f"{spec.type}{shape}{optional}"
        if len(specs) > _SHOWN:
            yield what, "…", f"and {len(specs) - _SHOWN} more"
    for param in list(signature.params or ())[:_SHOWN]:
        yield "param", param.name, f"{param.dtype}, {param.default!r} where left out"
