"""What is known about a model's files, and how that looks: a line, and a table in notebooks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Any, Final

from jupyter_tracker.mlmodel.signature import ModelSignature
from jupyter_tracker.views.model_signature import signature_text
from jupyter_tracker.views.rounding import file_size

_SHOWN: Final = 20
"""Columns of a signature that a table has; the rest is counted."""
_LEFT: Final = " style='text-align:left'"


@dataclass(frozen=True)
class ModelInfo:
    """What is known about a model's files: what `log_model` returns, and `models.get_model_info`.

    Attributes
    ----------
    model_uri : str
        The URI that `load_model` takes.
    model_id, run_id : str or None
        The logged model, and the run that made it.
    name, artifact_path : str or None
        What it is called among the run's files.
    flavors : dict
        Flavor → options, as in the MLmodel file.
    signature : ModelSignature or None
        What goes in and comes out.
    model_size_bytes : int or None
        Of its files.
    """

    model_uri: str
    model_uuid: str
    flavors: dict[str, dict[str, Any]]
    utc_time_created: str
    artifact_path: str | None = None
    run_id: str | None = None
    model_id: str | None = None
    name: str | None = None
    signature: ModelSignature | None = None
    saved_input_example_info: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    mlflow_version: str | None = None
    registered_model_version: int | None = None
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    creation_timestamp: int | None = None
    model_size_bytes: int | None = None

    def __repr__(self) -> str:
        facts = [_flavors(self), *_size(self)]
        if self.run_id:
            facts.append(f"run {self.run_id[:8]}")
        if self.signature is not None:
            facts.append(signature_text(self.signature))
        return f"<ModelInfo {self.model_uri}: {', '.join(facts)}>"

    def _repr_html_(self) -> str:
        rows = [("model", self.model_uri), ("flavors", _flavors(self)), *(("size", size) for size in _size(self))]
        if self.run_id:
            rows.append(("run", self.run_id))
        if self.registered_model_version is not None:
            rows.append(("registered version", str(self.registered_model_version)))
        cells = [(f"<th{_LEFT}>{name}</th>", f"<td{_LEFT}><code>{escape(text)}</code></td>") for name, text in rows]
        about = "".join(f"<tr>{name}{text}</tr>" for name, text in cells)
        if self.signature is None:
            signature = "<p>It has no signature: what goes in is not checked.</p>"
        else:
            signature = _signature_table(self.signature)
        return f"<div class='jp-tracker-model'><table><tbody>{about}</tbody></table>{signature}</div>"

    @property
    def signature_dict(self) -> dict[str, Any] | None:
        """The signature as the MLmodel file has it."""
        return None if self.signature is None else self.signature.to_dict()


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
