"""`jupyter tracker users …`: who may use a server, and as what. Servers that run see the change at once."""

from __future__ import annotations

import argparse
import contextlib
import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_tracker.commands.common import as_json
from jupyter_tracker.commands.serving import say, store_uri_of, users_file_of
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError, TrackerError

if TYPE_CHECKING:
    from jupyter_tracker.server.users import User, Users
    from jupyter_tracker.store.base import Store

_EXAMPLES = """\
examples:
  {prog} users add alice --role editor              asks for a password
  {prog} users token alice                          shows a new token, once
  {prog} users revoke alice 1a2b3c4d
  {prog} users add bob --role none                  sees what is granted, and nothing else
  {prog} users grant bob --experiment churn --role editor
  {prog} users grant bob --model churn-classifier --role viewer
  {prog} users ungrant bob --experiment churn
  {prog} users list --backend-store-uri sqlite:///tracker.db
"""
_GRANTED = ("viewer", "editor", "admin")
_GRANT_HELP = """\
A viewer reads; an editor also writes runs, files and versions; an admin also renames and deletes the experiment or
model. Beside the user's role everywhere the higher one counts: `users change USER --role none` takes that away.

examples:
  {prog} users grant alice --experiment churn --role editor
  {prog} users grant alice --model churn-classifier --role viewer
"""


def add_to(commands: Any, prog: str) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "users",
        help="say who may use a server: add, change, list and remove users and their tokens",
        description="Say who may use a server that `server --auth users` starts.",
        epilog=_EXAMPLES.format(prog=prog),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=lambda _: parser.format_help().rstrip())
    inner = parser.add_subparsers(title="commands", metavar="COMMAND", dest="users_command")
    roles = ("none", *_GRANTED)

    add = _declare(inner, "add", "make a user with a password", _add)
    add.add_argument("--role", choices=roles, default="viewer", help="what it may do everywhere (%(default)s)")
    add.add_argument("--no-password", action="store_true", help="tokens only")
    change = _declare(inner, "change", "give a user another role or password", _change)
    change.add_argument("--role", choices=roles, help="the new role")
    change.add_argument("--password", action="store_true", help="ask for a new password")
    _add_grants(inner, prog)
    _declare(inner, "token", "make a token and show it, once", _token)
    revoke = _declare(inner, "revoke", "take a token back", _revoke)
    revoke.add_argument("token_id", metavar="TOKEN_ID", help="as `users list` shows it")
    _declare(inner, "remove", "remove a user with all tokens", _remove)
    listing = _declare(inner, "list", "list users with roles, grants and token ids", _list, has_name=False)
    listing.add_argument("--json", action="store_true", help="write JSON instead of text")


def _add_grants(commands: Any, prog: str) -> None:
    for name, summary, run in (
        ("grant", "give a user a role in one experiment or registered model", _grant),
        ("ungrant", "take such a role back", _ungrant),
    ):
        parser = _declare(commands, name, summary, run)
        place = parser.add_mutually_exclusive_group(required=True)
        place.add_argument("--experiment", metavar="NAME", help="the name of an experiment, or its id")
        place.add_argument(
            "--model", metavar="NAME", help="the name of a registered model, which need not be there yet"
        )
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        if name == "grant":
            parser.add_argument("--role", choices=("none", *_GRANTED), required=True, help="none: as `ungrant`")
            parser.epilog = _GRANT_HELP.format(prog=prog)


def _declare(commands: Any, name: str, summary: str, run: Any, *, has_name: bool = True) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=f"{summary}.".capitalize())
    if has_name:
        parser.add_argument("name", metavar="USER")
    parser.add_argument(
        "--backend-store-uri", "--store", metavar="URI", help="the server's store; default: this project's"
    )
    parser.add_argument("--users-file", type=Path, metavar="PATH", help="the users; default: beside the store")
    parser.set_defaults(run=run)
    return parser


def _users(arguments: argparse.Namespace) -> Users:
    from jupyter_tracker.server.users import Users

    path = users_file_of(store_uri_of(arguments), arguments.users_file)
    path.parent.mkdir(parents=True, exist_ok=True)
    return Users(path)


def _served(arguments: argparse.Namespace) -> str:
    """Return whose servers read the users' file, for people."""
    from jupyter_tracker.tracking.location import location_of

    return "that file" if arguments.users_file is not None else location_of(store_uri_of(arguments)).uri


def _add(arguments: argparse.Namespace) -> str:
    users = _users(arguments)
    password = None if arguments.no_password else _password()
    user = users.add(arguments.name, arguments.role, password)
    return f"{user.name} {_is(user.role)} now, on servers of {_served(arguments)} (in {users.path})."


def _change(arguments: argparse.Namespace) -> str:
    password = _password() if arguments.password else None
    user = _users(arguments).change(arguments.name, role=arguments.role, password=password)
    return f"{user.name} {_is(user.role)}{' with a new password' if password else ''}."


def _grant(arguments: argparse.Namespace) -> str:
    role = None if arguments.role == "none" else arguments.role
    where, place, what = _place(arguments)
    user = _users(arguments).grant(arguments.name, where, place, role)
    if role is None:
        return f"{user.name} has no role of its own in {what} any more."
    also = "" if user.role == "none" else f", and {_is(user.role).removeprefix('is ')} everywhere"
    return f"{user.name} {_is(role)} of {what} now{also}."


def _ungrant(arguments: argparse.Namespace) -> str:
    arguments.role = "none"
    return _grant(arguments)


def _place(arguments: argparse.Namespace) -> tuple[str, str, str]:
    """Return which grants of a user are meant, the place as they name it, and as people do."""
    if arguments.model is not None:
        return "models", arguments.model, f"the registered model {arguments.model!r}"
    given = arguments.experiment
    store = _store(arguments)
    found = store.get_experiment_by_name(given)
    if found is None and given.isdecimal():
        if arguments.role == "none":  # what is gone can be taken back, too
            return "experiments", given, f"the experiment {given}"
        found = store.get_experiment(given)
    if found is None:
        raise ResourceDoesNotExistError(f"There is no experiment {given!r} in {store.uri}.")
    return "experiments", found.experiment_id, f"the experiment {found.name!r} in {store.uri}"


def _store(arguments: argparse.Namespace) -> Store:
    """Return the server's store. Users of a file that was named are not taken for those of this project's store."""
    from jupyter_tracker.commands.common import open_store
    from jupyter_tracker.tracking.location import current_location

    if arguments.users_file is not None and arguments.backend_store_uri is None:
        raise InvalidParameterError(
            "Experiments are granted by their ids, which differ between stores: "
            "name the server's store, too (--backend-store-uri)."
        )
    where = current_location()
    if arguments.backend_store_uri is None and where.path is not None and not where.path.exists():
        raise ResourceDoesNotExistError(
            f"There is no store at {where.path} yet: start the server on it first, or name the server's store by "
            "--backend-store-uri."
        )
    return open_store(arguments.backend_store_uri)


def _names(arguments: argparse.Namespace, users: list[User]) -> dict[str, str]:
    """Return the names of the experiments that roles are granted in, by their ids; where one is gone, its id."""
    names = {experiment_id: f"experiment {experiment_id}" for user in users for experiment_id in user.experiments}
    if not names:
        return names
    with contextlib.suppress(TrackerError):  # the users are listed without their store, too
        store = _store(arguments)
        for experiment_id in names:
            with contextlib.suppress(ResourceDoesNotExistError):
                names[experiment_id] = store.get_experiment(experiment_id).name
    return names


def _is(role: str) -> str:
    """Return what a user is, for people."""
    return {"none": "sees what is granted and nothing else", "viewer": "is a viewer"}.get(role, f"is an {role}")


def _token(arguments: argparse.Namespace) -> str:
    token_id, token = _users(arguments).new_token(arguments.name)
    # The token alone goes to stdout, for `export MLFLOW_TRACKING_TOKEN=$(… users token alice)`.
    say(f"This token (id {token_id}) is shown this once; MLFLOW_TRACKING_TOKEN takes it.")
    return token


def _revoke(arguments: argparse.Namespace) -> str:
    _users(arguments).revoke(arguments.name, arguments.token_id)
    return f"The token {arguments.token_id} of {arguments.name} lets nobody in any more."


def _remove(arguments: argparse.Namespace) -> str:
    _users(arguments).remove(arguments.name)
    return f"{arguments.name} is removed."


def _list(arguments: argparse.Namespace) -> str:
    from jupyter_tracker.views.text import aligned

    found = _users(arguments).all()
    names = _names(arguments, found)
    has_grants = any(user.experiments or user.models for user in found)
    if arguments.json:
        return as_json([_as_json(user, names) for user in found])
    rows = [[user.name, user.role, "password" if user.password else "", *sorted(user.tokens)] for user in found]
    for user, row in zip(found, rows, strict=True):
        row[2:2] = ["; ".join(_granted(user, names))] if has_grants else []
    width = max((len(row) for row in rows), default=0)
    return "\n".join(aligned([row + [""] * (width - len(row)) for row in rows], limit=None)) or "There are no users."


def _as_json(user: User, names: dict[str, str]) -> dict[str, Any]:
    experiments = [
        {"experiment_id": id_, "name": names[id_], "role": role} for id_, role in sorted(user.experiments.items())
    ]
    models = [{"name": name, "role": role} for name, role in sorted(user.models.items())]
    place = {"experiments": experiments, "models": models}
    return {"name": user.name, "role": user.role, **place, "tokens": sorted(user.tokens)}


def _granted(user: User, names: dict[str, str]) -> list[str]:
    experiments = [f"{role} of {names[id_]}" for id_, role in user.experiments.items()]
    return sorted(experiments) + sorted(f"{role} of model {name}" for name, role in user.models.items())


def _password() -> str:
    """Ask for a password on a terminal, or read it from a pipe."""
    return getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
