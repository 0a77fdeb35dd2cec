"""The OpenAPI document of the route table: made from its routes and from what their handlers say of themselves.

A handler's docstring names what it takes after ``Fields:`` (MLflow's operations: in the query of a GET, in the body
otherwise), ``Query:`` or ``Body:``. `openapi_fields` says what each of these names is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from jupyter_tracker._version import __version__
from jupyter_tracker.api.later import LateHandler
from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.api.openapi_fields import OPTIONAL, REQUIRED, schema_of

if TYPE_CHECKING:
    from jupyter_tracker.api.route import Route

_GIVEN: Final = re.compile(r"\b(Fields|Query|Body):(.*)", re.DOTALL)
_NOTE: Final = re.compile(r"\([^()]*\)")
_NAME: Final = re.compile(r"``(\w+)``")
_PART: Final = re.compile(r"{(\w+)}")
_MLFLOW: Final = "/api/2.0/mlflow"
_JSON: Final = "application/json"
_ERRORS: Final = {
    "Invalid": ("400", "Something in the request is wrong; the message says what."),
    "Unauthenticated": ("401", "A user name and password, or a token, are needed."),
    "Forbidden": ("403", "This may not be done, or not by this user."),
    "Missing": ("404", "There is no such thing."),
    "Conflict": ("409", "Something else was done meanwhile."),
    "TooLarge": ("413", "The body is larger than a server takes."),
    "TooMany": ("429", "Too many wrong passwords or tokens."),
    "Unsupported": ("501", "This server does not do that."),
    "Unavailable": ("503", "The store cannot be reached at the moment."),
}


def openapi(_request: Request) -> Response:
    """Answer with this document."""
    from jupyter_tracker.api.routes import TABLE

    return Response(body=document(TABLE.routes))


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """Return the OpenAPI 3.0 document of routes, in their order."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "jupyter_tracker",
            "version": __version__,
            "description": "MLflow's REST API, and what the panels of jupyter_tracker ask for. Paths are relative to "
            "where the server mounts them: `/`, or `<base_url>/jupyter-tracker` inside Jupyter.",
        },
        "paths": paths,
        "components": {
            "schemas": {"Error": _ERROR},
            "responses": {name: _refusal(text) for name, (_, text) in _ERRORS.items()},
            "securitySchemes": {
                "basic": {"type": "http", "scheme": "basic"},
                "token": {"type": "http", "scheme": "bearer"},
            },
        },
        # With a password, with a token, or where the server has no users without either.
        "security": [{}, {"basic": []}, {"token": []}],
    }


_ERROR: Final = {
    "type": "object",
    "required": ["error_code", "message"],
    "properties": {"error_code": {"type": "string"}, "message": {"type": "string"}},
}


def _operation(route: Route) -> dict[str, Any]:
    handler = route.handler.handler if isinstance(route.handler, LateHandler) else route.handler
    text = " ".join((handler.__doc__ or "").split())
    match = _GIVEN.search(text)
    kind, named = (match[1], match[2]) if match else ("", "")
    names = list(dict.fromkeys(_NAME.findall(_NOTE.sub("", named))))
    in_query = kind == "Query" or (kind == "Fields" and route.method == "GET")
    needed = (REQUIRED - OPTIONAL.get(route.path, frozenset())) if route.path.startswith(_MLFLOW) else frozenset()
    parts = _PART.findall(route.path)
    found: dict[str, Any] = {
        "operationId": _id_of(route),
        "tags": [_tag_of(route.path)],
        "summary": text.partition(". ")[0].rstrip("."),
        "description": text,
        "responses": _responses(route),
    }
    parameters = [
        {"name": part, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}} for part in parts
    ]
    if in_query:
        parameters += [_in_query(name, is_needed=name in needed) for name in names]
    elif names:
        found["requestBody"] = _body(names, [name for name in names if name in needed])
    if route.uploads:
        found["requestBody"] = {"required": True, "content": {"application/octet-stream": {"schema": _FILE}}}
    if parameters:
        found["parameters"] = parameters
    return found


_FILE: Final = {"type": "string", "format": "binary"}


def _in_query(name: str, *, is_needed: bool) -> dict[str, Any]:
    schema = schema_of(name, in_query=True)
    return {"name": name, "in": "query", "required": is_needed, "schema": schema}


def _body(names: list[str], needed: list[str]) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {name: schema_of(name, in_query=False) for name in names},
    }
    if needed:
        schema["required"] = needed
    return {"required": bool(needed), "content": {_JSON: {"schema": schema}}}


def _responses(route: Route) -> dict[str, Any]:
    gives_file = route.path.startswith(("/static/", "/artifacts/")) or route.path == "/get-artifact"
    gives_file = gives_file or (route.method == "GET" and route.path.endswith("/{path}"))
    content = {"application/octet-stream": {"schema": _FILE}} if gives_file else {_JSON: {"schema": {"type": "object"}}}
    return {
        "200": {"description": "Done.", "content": content},
        **{status: {"$ref": f"#/components/responses/{name}"} for name, (status, _) in _ERRORS.items()},
    }


def _refusal(text: str) -> dict[str, Any]:
    return {"description": text, "content": {_JSON: {"schema": {"$ref": "#/components/schemas/Error"}}}}


def _tag_of(path: str) -> str:
    """Return the noun that a path is about."""
    words = [word for word in path.split("/") if word and word not in {"api", "2.0", "3.0", "mlflow"}]
    return words[0] if words else "server"


def _id_of(route: Route) -> str:
    return re.sub(r"\W+", "_", f"{route.method.lower()}_{route.path}").strip("_")
