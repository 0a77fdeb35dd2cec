"""The OpenAPI document says what the server answers, and whatever it allows is answered without an error of ours.

schemathesis makes the requests, valid and invalid ones, the same at every run. Ids in them are often those of things
that exist.
"""

import json
import uuid
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.generation import GenerationMode

from jupyter_tracker.api.openapi import document
from jupyter_tracker.api.openapi_fields import FIELDS, OPTIONAL, REQUIRED
from jupyter_tracker.api.routes import PROTOCOL, TABLE

EXAMPLES = 6
API = "/api/2.0/mlflow"
IDS = {"run_id": "@run", "experiment_id": "@experiment", "name": "@model", "model": "@model", "model_id": "@logged"}
IDS |= {"run_ids": "@run", "experiment_ids": "@experiment", "version": "1"}


def with_ids(found):
    """Return a document in which ids are often those of things that exist: `@run` stands for one."""
    if isinstance(found, list):
        return [with_ids(item) for item in found]
    if not isinstance(found, dict):
        return found
    if found.get("in") in {"query", "path"} and found["name"] in IDS:
        return {**found, "schema": {"enum": [IDS[found["name"]], "other", "7"]}}
    changed = {name: with_ids(value) for name, value in found.items()}
    for name, schema in changed.get("properties", {}).items():
        if name in IDS:
            known = {"enum": [IDS[name], "other", "7"]}
            changed["properties"][name] = {"type": "array", "items": known} if schema.get("type") == "array" else known
    return changed


SCHEMA = schemathesis.openapi.from_dict(with_ids(document(TABLE.routes)))
OPERATIONS = {operation.label: operation for operation in (found.ok() for found in SCHEMA.get_all_operations())}


@pytest.fixture
def existing(standalone):
    """Something of each kind, new for each operation: what one of them removes is there for the next."""
    made = standalone.json(f"{API}/experiments/create", {"name": uuid.uuid4().hex})
    run = standalone.json(f"{API}/runs/create", made)["run"]["info"]
    point = {"key": "loss", "value": 0.5, "timestamp": 1, "step": 0}
    standalone.json(f"{API}/runs/log-metric", {"run_id": run["run_id"], **point})
    logged = standalone.json(f"{API}/logged-models", {**made, "name": "forest"})["model"]["info"]["model_id"]
    name = f"model-{uuid.uuid4().hex}"
    standalone.json(f"{API}/registered-models/create", {"name": name})
    standalone.json(f"{API}/model-versions/create", {"name": name, "source": f"models:/{logged}"})
    return {"@run": run["run_id"], "@experiment": made["experiment_id"], "@model": name, "@logged": logged}


def put_in(value, existing):
    """Return a part of a request with what exists in place of what stands for it."""
    if isinstance(value, dict):
        return {put_in(key, existing): put_in(item, existing) for key, item in value.items()}
    if isinstance(value, list):
        return [put_in(item, existing) for item in value]
    return existing.get(value, value) if isinstance(value, str) else value


@pytest.mark.parametrize("label", OPERATIONS)
def test_no_request_is_answered_with_an_error_of_ours(standalone, existing, label):
    operation = OPERATIONS[label]
    documented = set(operation.definition.raw["responses"])
    takes_any = not operation.body and not operation.query and not operation.path_parameters
    valid = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    # Whatever comes with an operation that takes nothing is not looked at.
    requests = valid if takes_any else valid | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @settings(
        max_examples=2 if takes_any else EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=requests)
    def ask(case):
        case.body, case.query = put_in(case.body, existing), put_in(case.query, existing)
        case.path_parameters = put_in(case.path_parameters, existing)
        answer = case.call(base_url=standalone.url, timeout=60)
        said = f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:300]}"
        assert answer.status_code < 500 or (
            answer.status_code == 501 and ("/mpu/" in label or "/presigned/" in label)
        ), said
        assert "Traceback" not in answer.text, said
        if answer.status_code >= 400:
            assert answer.json().keys() == {"error_code", "message"}, said
        # Nothing of a path that is cut at a `?`, or of a method that is another one, is this operation's.
        assert str(answer.status_code) in documented | {"405", "416"}, said

    ask()


# the document itself ----------------------------------------------------------------------------------


def test_the_document_is_served_and_is_that_of_the_table(standalone):
    served = standalone.json("/openapi.json")
    assert served == json.loads(json.dumps(document(TABLE.routes)))
    assert {(method.upper(), path) for path, item in served["paths"].items() for method in item} == {
        (route.method, route.path) for route in TABLE.routes
    }
    ids = [operation["operationId"] for item in served["paths"].values() for operation in item.values()]
    assert len(set(ids)) == len(ids)
    assert served["paths"][f"{API}/runs/log-metric"]["post"]["summary"] == "Log one point"


def test_what_the_document_requires_is_asked_for(standalone):
    """Each field that must be there, left out of a request that has all others, is named by the error."""
    given = {name: {"array": []}.get(schema.get("type"), "1") for name, schema in FIELDS.items()}
    asked = 0
    for route in PROTOCOL:
        operation = document([route])["paths"][route.path][route.method.lower()]
        parameters = [item for item in operation.get("parameters", []) if item["in"] == "query"]
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        needed = [item["name"] for item in parameters if item["required"]] + body.get("required", [])
        assert not set(needed) - REQUIRED
        assert not set(needed) & OPTIONAL.get(route.path, frozenset())
        if not needed:
            continue
        # Without any: the error names one of them.
        path = route.path.replace("{model_id}", "m-1").replace("{path}", "x").replace("{key}", "x")
        status, _, content = standalone.ask(path, None if parameters else {}, route.method)
        assert status == 400, (route, content)
        assert any(f"'{name}'" in json.loads(content)["message"] for name in needed), (route, content)
        asked += 1
        # With all but the last.
        others = {name: given.get(name, "1") for name in needed[:-1]}
        query = "&".join(f"{name}={quote(str(value))}" for name, value in others.items())
        target = f"{path}?{query}" if parameters else path
        status, _, content = standalone.ask(target, None if parameters else others or {}, route.method)
        assert status in {400, 404}, (route, content)
    assert asked > 30
