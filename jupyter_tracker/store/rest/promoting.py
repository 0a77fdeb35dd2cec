"""Moving versions on a server, and its history. A server of ours does each in one transaction, as a database does."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_tracker.entities import ModelVersion
from jupyter_tracker.entities.page import every_page
from jupyter_tracker.entities.registry import EXCLUSIVE_STAGES, check_archiving, check_stage
from jupyter_tracker.entities.registry_event import RegistryEvent
from jupyter_tracker.errors import ResourceDoesNotExistError
from jupyter_tracker.search.writing import write_text
from jupyter_tracker.store.registry import Candidate, Seen, check_expected, check_seen, is_candidate
from jupyter_tracker.store.rest.ours import HISTORY
from jupyter_tracker.store.rest.registry import RestRegistry, number_of
from jupyter_tracker.wire.logged import entries_to_json
from jupyter_tracker.wire.registry_events import PROVENANCE, event_from_json


class RestPromoting(RestRegistry):
    """What the contract says of moves and of the history."""

    def transition_model_version_stage(
        self,
        name: str,
        version: str,
        stage: str | None,
        *,
        archive_existing_versions: bool = False,
        seen: Seen | None = None,
    ) -> ModelVersion:
        """Move a version to a stage, and in the same transaction archive the others in it where asked.

        A server that is none of ours has no word for "only if": what was `seen` is looked up just before the move.
        """
        stage = check_stage(stage)
        if archive_existing_versions:
            check_archiving(stage)
        fields = {
            "name": name,
            "version": number_of(version),
            "stage": stage,
            "archive_existing_versions": archive_existing_versions,
        }
        if seen is None:
            return self._version(self._change("POST", "model-versions/transition-stage", fields))
        if not self.knows_ours:
            check_seen(self.get_model_version(name, version), stage, self._versions_of(name), seen)
            return self._version(self._ask("POST", "model-versions/transition-stage", fields))
        fields |= {"seen_stage": seen.stage, "seen_others": None if seen.others is None else list(seen.others)}
        fields[PROVENANCE] = self._provenance()
        # Done twice, the second would be refused: it is not as it was seen any more.
        return self._version(
            self._ask_ours("Moving a version", "POST", "registry/transition", fields, repeatable=False)
        )

    def promote_candidate(self, name: str, candidate: Candidate, stage: str, expected: Sequence[str]) -> ModelVersion:
        """See `Store.promote_candidate`; on a server that is none of ours, only the move with its archiving is one.

        There, two that promote at the very same moment may both be right, and then the later one has archived the
        earlier. A version that was made and could not be moved is taken the next time.
        """
        if not self.knows_ours:
            return self._promote_by_steps(name, candidate, stage, expected)
        fields = {
            "name": name,
            "source": self._shown(candidate.source),
            "run_id": candidate.run_id,
            "model_id": candidate.model_id,
            "tags": entries_to_json(candidate.tags),
            "stage": stage,
            "expected": list(expected),
            PROVENANCE: self._provenance(),
        }
        # Where its answer is lost and it is done again, it is refused; who promotes looks again, and finds it there.
        return self._version(self._ask_ours("Promoting a model", "POST", "registry/promote-candidate", fields))

    def registry_events(
        self, name: str | None = None, after: int = 0, max_results: int = 10_000
    ) -> list[RegistryEvent]:
        """Return events in their order, from number `after` + 1 on: all, or those that name a model."""
        fields = {"name": name, "after": after, "max_results": max_results}
        return [
            event_from_json(event)
            for event in self._ask_ours(HISTORY, "GET", "registry/events", fields).objects("events")
        ]

    def registry_head(self) -> str:
        """Return how many events there are and the digest of the last one: ``<count>:<64 hex digits>``."""
        return self._ask_ours(HISTORY, "GET", "registry/head", {}).text("head")

    def _promote_by_steps(self, name: str, candidate: Candidate, stage: str, expected: Sequence[str]) -> ModelVersion:
        try:
            self.get_registered_model(name)
        except ResourceDoesNotExistError:
            self.create_registered_model(name)
        versions = self._versions_of(name)
        check_expected(name, stage, versions, expected)
        same = [version for version in versions if is_candidate(version, candidate)]
        made = max(same, key=lambda version: int(version.version), default=None) or self.create_model_version(
            name, candidate.source, candidate.run_id, candidate.tags, model_id=candidate.model_id
        )
        archive = stage in EXCLUSIVE_STAGES
        return self.transition_model_version_stage(name, made.version, stage, archive_existing_versions=archive)

    def _versions_of(self, name: str) -> list[ModelVersion]:
        which = f"name = {write_text(name)}"
        return list(every_page(lambda token: self.search_model_versions(which, 1000, page_token=token)))
