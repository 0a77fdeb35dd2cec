"""The registry's board: what it shows, what a move would do, and the move."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Final

from jupyter_tracker.api.board_reader import BoardReader, board_reader
from jupyter_tracker.api.default_rule import default_policy
from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.entities import ModelVersion
from jupyter_tracker.entities.registry import EXCLUSIVE_STAGES
from jupyter_tracker.entities.registry_event import API
from jupyter_tracker.errors import ResourceConflictError
from jupyter_tracker.promotion import evidence
from jupyter_tracker.promotion.policy_files import policy_for
from jupyter_tracker.promotion.promoting import Promotion, judge_version
from jupyter_tracker.store import acting
from jupyter_tracker.store.base import Store
from jupyter_tracker.store.registry import Seen
from jupyter_tracker.views.common import as_json
from jupyter_tracker.views.model_list import model_list_view
from jupyter_tracker.views.registry_board import RegistryBoardView, refusal_of
from jupyter_tracker.views.registry_move import MoveRule, RegistryMoveView

_PANEL: Final = "registry board"


def board_view(store: Store, model: str | None) -> RegistryBoardView:
    """Return a registered model as a board, with its history, as it is now; the one that was changed last for None."""
    return BoardReader(store, 0.0).view(model)


def move_view(store: Store, found: ModelVersion, stage: str) -> RegistryMoveView:
    """Return what moving a version to a stage would do, and whether the policy of the project lets it."""
    model, version = found.name, found.version
    there = evidence.in_stage(store, model, stage) if stage in EXCLUSIVE_STAGES else []
    others = [other.version for other in there if other.version != version]
    refusal = refusal_of(found, stage)
    written = policy_for(store, model, stage)
    if refusal is not None or stage not in EXCLUSIVE_STAGES:
        return RegistryMoveView(model, version, stage, refusal, others, None, "", [])
    if written is None:
        return _by_default(store, found, there, RegistryMoveView(model, version, stage, None, others, None, "", []))
    judged = judge_version(store, found, written[0])
    if judged.exit_status:
        refusal = f"{written[1]} refuses it." if judged.exit_status == 1 else f"{written[1]} cannot tell."
    return RegistryMoveView(model, version, stage, refusal, others, written[1], judged.headline, _rules(judged))


def _by_default(
    store: Store, found: ModelVersion, there: Sequence[ModelVersion], view: RegistryMoveView
) -> RegistryMoveView:
    """Add what the default rule says: advice, since nobody has written that it must be so."""
    policy = default_policy(store, found, there[0] if there else None, view.stage)
    if policy is None:
        return view
    judged = judge_version(store, found, policy)
    better = "a lower" if policy.lower_is_better else "a higher"
    says = {
        "would promote": "it is good enough.",
        "refused": "it is not good enough. You may move it all the same.",
        "cannot tell": "nobody can tell. You may move it all the same.",
    }[judged.outcome]
    verdict = f"No policy is about {view.stage}. By the default rule ({better} {policy.metric} than there), {says}"
    return replace(view, verdict=verdict, rules=_rules(judged))


def _rules(judged: Promotion) -> list[MoveRule]:
    return [MoveRule(one.rule, one.outcome, one.text) for one in judged.results]


def models(request: Request) -> Response:
    """Answer with a `ModelListView`. Query: ``store``."""
    return Response(body=as_json(model_list_view(request.store)))


def registry_board(request: Request) -> Response:
    """Answer with a `RegistryBoardView`. Query: ``store``, ``model`` (the one that was changed last where left out)."""
    return Response(body=as_json(board_reader(request.store).view(request.text("model"))))


def registry_move(request: Request) -> Response:
    """Answer with a `RegistryMoveView`. Query: ``store``, ``model``, ``version``, ``stage``."""
    stage = request.required("stage")
    found = request.store.get_model_version(request.required("model"), request.required("version"))
    return Response(body=as_json(move_view(request.store, found, stage)))


def transition(request: Request) -> Response:
    """Move a version, and archive who is in the stage; answer with the `RegistryBoardView` afterwards.

    Body: ``store``, ``model``, ``version``, ``stage``, ``comment`` (may be left out), ``archives`` (the versions that
    were said to be archived, comma-separated). 409 where it is refused, or others are in the stage by now.
    """
    store, model, version = request.store, request.given("model"), request.given("version")
    stage = request.given("stage")
    found = store.get_model_version(model, version)
    view = move_view(store, found, stage)
    if view.refusal is not None:
        raise ResourceConflictError(f"Version {version} of {model} cannot be moved to {stage}. {view.refusal}")
    shown = request.optional("archives")
    archives = view.archives if shown is None else [each for each in shown.split(",") if each]
    # What the policy has judged is looked at again in the transaction.
    seen = Seen(found.current_stage, archives if stage in EXCLUSIVE_STAGES else None)
    with from_panel(), acting.acting(comment=(request.optional("comment") or "").strip() or None):
        store.transition_model_version_stage(model, version, stage, archive_existing_versions=bool(archives), seen=seen)
    return Response(body=as_json(board_view(store, model)))


def from_panel() -> AbstractContextManager[None]:
    """Say that a panel did it, where nobody knows more: in a kernel, its notebook is known."""
    return acting.acting(source_name=_PANEL) if acting.provenance().source_type == API else nullcontext()
