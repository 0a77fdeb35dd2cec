"""Asks, before a store does something, whether somebody may have it done.

What may not even be read is not there: whether it exists cannot be told from the answer. What may be read and not be
done is refused, with the role that it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, TypeVar

from jupyter_tracker.entities.page import every_page
from jupyter_tracker.entities.registry_event import Action, RegistryEvent
from jupyter_tracker.errors import PermissionDeniedError, ResourceDoesNotExistError
from jupyter_tracker.search.writing import write_text
from jupyter_tracker.store.base import Store
from jupyter_tracker.store.permissions import ADMIN, EDITOR, NONE, VIEWER, Permissions

Found = TypeVar("Found")
_TAKES: Final = {VIEWER: "viewer", EDITOR: "editor", ADMIN: "admin"}
_MOST: Final = 10_000


class Checks:
    """What one set of permissions allows in a store. Any thread may ask.

    Parameters
    ----------
    store : Store
        The store, which says what a run or a logged model belongs to.
    permissions : Permissions
        What is allowed.
    """

    def __init__(self, store: Store, permissions: Permissions) -> None:
        self.permissions = permissions
        self._store = store
        # Runs and logged models stay in their experiment, and files in their place.
        self._of_run: dict[str, str] = {}
        self._of_logged: dict[str, str] = {}
        self._of_experiment: dict[str, str] = {}
        self._of_version: dict[tuple[str, str, int], str] = {}
        self._of_versions: tuple[str, list[str]] = ("", [])

    # places --------------------------------------------------------------------------------------

    def everywhere(self, level: int, what: str) -> None:
        """Refuse what takes a role in the whole store."""
        if self.permissions.everywhere < level:
            raise self._refusal(what, f"the role {_TAKES[level]} for the whole server")

    def experiment(self, experiment_id: str, level: int) -> None:
        """Refuse what takes a role in an experiment."""
        self._check(self.permissions.in_experiment(experiment_id), level, f"experiment {experiment_id!r}")

    def run(self, run_id: str, level: int) -> None:
        """Refuse what takes a role in a run's experiment."""
        self._check(self._in_run(run_id), level, f"run {run_id!r}")

    def logged_model(self, model_id: str, level: int) -> None:
        """Refuse what takes a role in a logged model's experiment."""
        self._check(self._in_logged(model_id), level, f"logged model {model_id!r}")

    def model(self, name: str, level: int) -> None:
        """Refuse what takes a role in a registered model."""
        self._check(self.permissions.in_model(name), level, f"registered model {name!r}")

    def new_name(self, name: str, level: int) -> None:
        """Refuse a name of a registered model that somebody has no role for, whether there is such a model or not."""
        if self.permissions.in_model(name) < level:
            raise self._refusal(f"call a registered model {name!r}", f"the role {_TAKES[level]} for that name")

    def under_name(self, name: str) -> tuple[int, int]:
        """Return between which events a model that may be read was called `name`, which may not be read itself.

        The first is the one by which another model gave the name up, 0 where none did; the last is the renaming. 0 and
        0 where none of these models was ever called so.
        """
        for granted, _ in self.permissions.models:
            called, last = self._name_before(granted, None)
            while called is not None:
                if called == name:
                    left = (event.number for event in self._renamings(name, last) if event.before == name)
                    return next(left, 0), last
                called, last = self._name_before(called, last)
        return 0, 0

    def _name_before(self, name: str, until: int | None) -> tuple[str | None, int]:
        """Return what a model was called before, and the number of the renaming; see `promotion.history`."""
        for event in self._renamings(name, until):
            # What was called so before went on under another name: it is another model.
            return (None, 0) if event.before == name else (event.before, event.number)
        return None, 0

    def _renamings(self, name: str, until: int | None) -> Iterator[RegistryEvent]:
        """Yield the renamings to and from a name before an event, the newest first."""
        found: list[RegistryEvent] = []
        after = 0
        while page := self._store.registry_events(name, after, _MOST):
            found += [event for event in page if event.action == Action.RENAME_MODEL]
            after = page[-1].number
        return (event for event in reversed(found) if until is None or event.number < until)

    def reads_run(self, run_id: str) -> bool:
        """Tell whether a run may be read."""
        return self._in_run(run_id) >= VIEWER

    # files ---------------------------------------------------------------------------------------

    def file(self, uri: str, level: int) -> None:
        """Refuse what takes a role where a file is: in the experiment, or to be read in a model with a version there.

        A location of an experiment as a whole is written to by nobody whose role depends on it.
        """
        permissions = self.permissions
        if permissions.everywhere >= level:
            return
        for experiment_id, _ in permissions.experiments:
            place = self._place_of(experiment_id)
            is_below = place is not None and (uri.startswith(f"{place}/") or (uri == place and level == VIEWER))
            if is_below and permissions.in_experiment(experiment_id) >= level:
                return
        if level == VIEWER and any(uri == place or uri.startswith(f"{place}/") for place in self._version_places()):
            return
        if level > VIEWER:
            raise self._refusal("write to this place", "the role editor in the experiment whose files are there")
        raise self._hidden("artifact of this path")

    def source(self, source: str, run_id: str | None, model_id: str | None) -> None:
        """Refuse to make a version of files that may not be read, for whoever may read a version may read its files."""
        if self.permissions.reads_all:
            return
        kind, _, rest = source.partition(":/")
        first = rest.lstrip("/").partition("/")[0].partition("@")[0]
        if kind == "runs":
            self.run(first, VIEWER)
        elif kind == "models" and first.startswith("m-"):
            self.logged_model(first, VIEWER)
        elif kind == "models":
            self.model(first, VIEWER)
        else:
            self.file(source, VIEWER)
        if run_id is not None:
            self.run(run_id, VIEWER)
        if model_id is not None:
            self.logged_model(model_id, VIEWER)

    def _place_of(self, experiment_id: str) -> str | None:
        return self._remembered(self._of_experiment, experiment_id, self._location)

    def _location(self, experiment_id: str) -> str:
        return self._store.get_experiment(experiment_id).artifact_location.rstrip("/")

    def _version_places(self) -> list[str]:
        """Return where the files of versions of granted models are; searched again after the registry has changed."""
        head = self._store.registry_head()
        known, places = self._of_versions
        if head != known:
            places = list(self._found_places())
            self._of_versions = head, places
        return places

    def _found_places(self) -> Iterator[str]:
        for name, _ in self.permissions.models:
            found = partial(self._store.search_model_versions, f"name = {write_text(name)}", _MOST, None)
            for version in every_page(found):
                key = (version.name, version.version, version.creation_timestamp)
                place = self._remembered(self._of_version, key, self._version_place)
                if place:
                    yield place

    def _version_place(self, key: tuple[str, str, int]) -> str:
        return self._store.get_model_version_download_uri(key[0], key[1]).rstrip("/")

    # roles ---------------------------------------------------------------------------------------

    def _in_run(self, run_id: str) -> int:
        found = self._remembered(self._of_run, run_id, lambda key: self._store.get_run(key).info.experiment_id)
        return NONE if found is None else self.permissions.in_experiment(found)

    def _in_logged(self, model_id: str) -> int:
        found = self._remembered(self._of_logged, model_id, lambda key: self._store.get_logged_model(key).experiment_id)
        return NONE if found is None else self.permissions.in_experiment(found)

    @staticmethod
    def _remembered(known: dict[Found, str], key: Found, read: Callable[[Found], str]) -> str | None:
        """Return what is read for a key, once; None where it is not there (yet)."""
        value = known.get(key)
        if value is None:
            try:
                value = read(key)
            except ResourceDoesNotExistError:
                return None
            if len(known) >= _MOST:
                known.clear()
            known[key] = value
        return value

    def _check(self, has: int, level: int, what: str) -> None:
        if has < VIEWER:
            raise self._hidden(what)
        if has < level:
            raise self._refusal(f"do this to {what}", f"the role {_TAKES[level]} there")

    def _hidden(self, what: str) -> ResourceDoesNotExistError:
        return ResourceDoesNotExistError(f"There is no {what} that the user {self.permissions.user!r} may see.")

    def _refusal(self, what: str, takes: str) -> PermissionDeniedError:
        return PermissionDeniedError(f"The user {self.permissions.user!r} may not {what}: it takes {takes}.")
