"""`jupyter tracker users …`: who may use a server, and as what. Servers that run see the change at once."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_tracker.commands.common import as_json
from jupyter_tracker.commands.serving import store_uri_of, users_file_of

if TYPE_CHECKING:
    from jupyter_tracker.server.users import Users

_EXAMPLES = """\
examples:
  {prog} users add alice --role editor              asks for a password
  {prog} users token alice                          shows a new token, once
  {prog} users revoke alice 1a2b3c4d
  {prog} users list --backend-store-uri sqlite:///tracker.db
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
    roles = ("viewer", "editor", "admin")

    add = _declare(inner, "add", "make a user with a password", _add)
    add.add_argument("--role", choices=roles, default="viewer", help="what it may do (%(default)s)")
    add.add_argument("--no-password", action="store_true", help="tokens only")
    change = _declare(inner, "change", "give a user another role or password", _change)
    change.add_argument("--role", choices=roles, help="the new role")
    change.add_argument("--password", action="store_true", help="ask for a new password")
    _declare(inner, "token", "make a token and show it, once", _token)
    revoke = _declare(inner, "revoke", "take a token back", _revoke)
    revoke.add_argument("token_id", metavar="TOKEN_ID", help="as `users list` shows it")
    _declare(inner, "remove", "remove a user with all tokens", _remove)
    listing = _declare(inner, "list", "list users, roles and token ids", _list, has_name=False)
    listing.add_argument("--json", action="store_true", help="write JSON instead of text")


def _declare(commands: Any, name: str, summary: str, run: Any, *, has_name: bool = True) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=f"{summary}.".capitalize())
    if has_name:
        parser.add_argument("name", metavar="USER")
    parser.add_argument("--backend-store-uri", metavar="URI", help="the server's store; default: this project's")
    parser.add_argument("--users-file", type=Path, metavar="PATH", help="the users; default: beside the store")
    parser.set_defaults(run=run)
    return parser


def _users(arguments: argparse.Namespace) -> Users:
    from jupyter_tracker.server.users import Users

    path = users_file_of(store_uri_of(arguments), arguments.users_file)
    path.parent.mkdir(parents=True, exist_ok=True)
    return Users(path)


def _add(arguments: argparse.Namespace) -> str:
    users = _users(arguments)
    password = None if arguments.no_password else _password()
    user = users.add(arguments.name, arguments.role, password)
    return f"{user.name} is a {user.role} now (in {users.path})."


def _change(arguments: argparse.Namespace) -> str:
    password = _password() if arguments.password else None
    user = _users(arguments).change(arguments.name, role=arguments.role, password=password)
    return f"{user.name} is a {user.role}{' with a new password' if password else ''}."


def _token(arguments: argparse.Namespace) -> str:
    token_id, token = _users(arguments).new_token(arguments.name)
    return f"{token}\nThis token (id {token_id}) is shown this once; MLFLOW_TRACKING_TOKEN takes it."


def _revoke(arguments: argparse.Namespace) -> str:
    _users(arguments).revoke(arguments.name, arguments.token_id)
    return f"The token {arguments.token_id} of {arguments.name} lets nobody in any more."


def _remove(arguments: argparse.Namespace) -> str:
    _users(arguments).remove(arguments.name)
    return f"{arguments.name} is removed."


def _list(arguments: argparse.Namespace) -> str:
    from jupyter_tracker.views.text import aligned

    found = _users(arguments).all()
    if arguments.json:
        return as_json([{"name": user.name, "role": user.role, "tokens": sorted(user.tokens)} for user in found])
    rows = [[user.name, user.role, "password" if user.password else "", *sorted(user.tokens)] for user in found]
    width = max((len(row) for row in rows), default=0)
    return "\n".join(aligned([row + [""] * (width - len(row)) for row in rows], limit=None)) or "There are no users."


def _password() -> str:
    """Ask for a password on a terminal, or read it from a pipe."""
    return getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
