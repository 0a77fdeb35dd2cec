"""Moves that are made only if all is as it was seen, and promotion by a policy: beside MLflow's operations."""

from __future__ import annotations

from typing import Any

from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.api.rest.model_versions import named, one, source_of
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.promotion.policy import FILE, Policy, policy_of
from jupyter_tracker.promotion.policy_files import policy_beside, read_policy
from jupyter_tracker.promotion.promoting import promote_run
from jupyter_tracker.store.acting import acting
from jupyter_tracker.store.base import Store
from jupyter_tracker.store.registry import Candidate, Seen
from jupyter_tracker.views.lookup import find_run
from jupyter_tracker.wire.logged import entries_from_json
from jupyter_tracker.wire.reading import Fields

_RULES = ("metric", "threshold", "to", "relative", "lower_is_better", "model")


def transition(request: Request) -> Response:
    """Move a version, if it is as it was seen; 409 where it is not.

    Fields: ``name``, ``version``, ``stage``, ``archive_existing_versions``, ``seen_stage``, ``seen_others``,
    ``comment``.
    """
    fields = request.fields
    others = fields.texts("seen_others") if "seen_others" in fields else None
    with acting(comment=fields.optional("comment")):
        moved = request.own.transition_model_version_stage(
            *named(fields),
            fields.text("stage"),
            archive_existing_versions=fields.flag("archive_existing_versions", default=False),
            seen=Seen(fields.optional("seen_stage"), others),
        )
    return one(request, moved)


def promote_candidate(request: Request) -> Response:
    """Make a model a version, move it to a stage and archive who is there, in one; 409 where others are there.

    Fields: ``name``, ``source``, ``run_id``, ``model_id``, ``tags``, ``stage``, ``expected``.
    """
    fields = request.fields
    run_id = fields.optional("run_id") or None
    candidate = Candidate(
        request.places.real(source_of(fields, run_id)),
        run_id,
        fields.optional("model_id") or None,
        entries_from_json(fields.objects("tags")),
    )
    name, stage = fields.text("name"), fields.text("stage")
    return one(request, request.own.promote_candidate(name, candidate, stage, fields.texts("expected")))


def promote(request: Request) -> Response:
    """Answer with what a policy says about a run's model, which is moved to the stage if it says so.

    Fields: ``run`` (id, start of an id, or name), ``model``, ``policy`` (an object with the keys of a policy's file;
    where it and ``metric`` are left out: ``promotion.yaml`` beside the store), ``metric``, ``threshold``, ``to``,
    ``relative``, ``lower_is_better``, ``artifact_path``, ``dry_run``, ``comment``.
    """
    fields, store = request.fields, request.own
    policy = _policy(store, fields)
    if policy.model is None:
        raise fields.missing("model")
    found = promote_run(
        store,
        find_run(store, fields.text("run")),
        policy.model,
        policy,
        path=fields.optional("artifact_path") or None,
        dry_run=fields.flag("dry_run", default=False),
        comment=fields.optional("comment") or None,
    )
    return Response(body={**found.to_dict(), "headline": found.headline})


def _policy(store: Store, fields: Fields) -> Policy:
    given: dict[str, Any] = {name: fields.get(name) for name in _RULES}
    entries = fields.get("policy")
    if entries is not None or given["metric"] is not None:
        return policy_of(entries, **given)
    path = policy_beside(store)
    if path is None:
        raise InvalidParameterError(f"There is no {FILE} beside the store: give a 'policy', or a 'metric'.")
    return read_policy(path, given)
