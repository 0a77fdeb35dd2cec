"""What git knows of the source: commit, branch and remote from its files, the uncommitted diff from `git`.

Reading ``.git/HEAD`` and its ref takes some 20 µs and no subprocess; `diff` runs one and is for tracked
cells alone.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from functools import partial
from pathlib import Path
from typing import NamedTuple

from jupyter_tracker.tracking.masking import mask

_TIMEOUT_S = 2.0
_COMMIT = re.compile(r"^[0-9a-f]{40}(?:[0-9a-f]{24})?$")
_REMOTE = re.compile(r'^\s*\[remote "(?P<name>[^"]+)"\]\s*$')
_URL = re.compile(r"^\s*url\s*=\s*(?P<url>\S.*?)\s*$")
_SECRET_FILES = (".env", ".env.*", "*.env", ".envrc", "*.pem", "*.key", "*.p12", "id_rsa*", "id_ed25519*", ".netrc",
                 ".pypirc", ".npmrc", "credentials.json")  # fmt: skip
_NEVER = tuple(f":(top,exclude,icase,glob)**/{name}" for name in _SECRET_FILES)
_MOST_IGNORED = 500


class Head(NamedTuple):
    """What is checked out; `branch` is None when detached, `repo_url` None without a remote, both masked."""

    commit: str
    branch: str | None
    repo_url: str | None


_remotes: dict[str, tuple[tuple[int, int], str | None]] = {}


def head(folder: str) -> Head | None:
    """Return the commit, branch and remote of the repository around `folder`; None where there is none yet.

    Worktrees, submodules and packed refs are followed. No subprocess is started.
    """
    try:
        found = _git_folder(folder)
        if found is None:
            return None
        common = _common_folder(found)
        text = _read(f"{found}/HEAD")
        branch = None
        if text.startswith("ref:"):
            ref = text[4:].strip()
            branch = ref.removeprefix("refs/heads/")
            text = _resolve(ref, found, common)
        if not _COMMIT.match(text):
            return None
        return Head(text, branch, _remote(common))
    except (OSError, UnicodeDecodeError):
        return None


def diff(folder: str, limit: int) -> str | None:
    """Return the uncommitted changes of tracked files around `folder`, masked, at most `limit` characters.

    Ignored files and those that hold secrets by their name (``.env``, keys) are left out. None where there is no
    repository, no `git`, nothing changed, or git takes longer than two seconds. What is cut off is said so at the end.
    """
    ignored = _output(
        folder, 1 << 20, "ls-files", "--cached", "--ignored", "--exclude-standard", "--full-name", "-z", ":/"
    )
    if ignored is None or ignored.count(b"\0") > _MOST_IGNORED:
        return None
    excluded = [f":(top,exclude,literal){name}" for name in os.fsdecode(ignored).split("\0") if name]
    data = _output(folder, 4 * limit + 1, "diff", "HEAD", "--no-color", "--no-ext-diff", "--no-textconv", "--", ":/",
                   *_NEVER, *excluded)  # fmt: skip
    if not data:
        return None
    text = mask(data.decode("utf-8", "replace"))
    if len(text) <= limit and len(data) <= 4 * limit:
        return text
    return f"{text[:limit]}\n[jupyter_tracker: cut off here; the diff is longer than {limit} characters]\n"


def _output(folder: str, most: int, *arguments: str) -> bytes | None:
    """Return the first `most` bytes that a git command prints; None where it fails or takes too long."""
    import subprocess
    import threading

    command = ["git", "-C", folder, "--no-optional-locks", "-c", "core.quotepath=off", *arguments]
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_PAGER": "cat"}
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
        )
    except OSError:  # no git here
        return None
    timer = threading.Timer(_TIMEOUT_S, process.kill)
    timer.start()
    with process:
        data = b"" if process.stdout is None else process.stdout.read(most)
        in_time = timer.is_alive()
        timer.cancel()
        if len(data) == most:
            process.kill()
    return data if in_time and (process.returncode == 0 or len(data) == most) else None


def _git_folder(folder: str) -> str | None:
    """Return the git directory of the nearest repository upward."""
    while True:
        candidate = f"{folder.rstrip('/')}/.git"
        try:
            mode = os.stat(candidate).st_mode  # noqa: PTH116 - called once a run
        except OSError:
            mode = 0
        if stat.S_ISDIR(mode):
            return candidate
        if stat.S_ISREG(mode):
            text = _read(candidate)
            if text.startswith("gitdir:"):  # a worktree or a submodule
                return os.path.normpath(os.path.join(folder, text[7:].strip()))  # noqa: PTH118
        parent = os.path.dirname(folder)  # noqa: PTH120
        if parent == folder:
            return None
        folder = parent


def _common_folder(git_folder: str) -> str:
    """Return the directory that all worktrees share; it has the branches."""
    try:
        text = _read(f"{git_folder}/commondir")
    except OSError:
        return git_folder
    return os.path.normpath(os.path.join(git_folder, text))  # noqa: PTH118


def _resolve(ref: str, git_folder: str, common: str) -> str:
    for folder in (git_folder, common):
        with contextlib.suppress(OSError):
            return _read(f"{folder}/{ref}")
    with contextlib.suppress(OSError), Path(common, "packed-refs").open(encoding="utf-8") as file:
        for line in file:
            commit, _, name = line.strip().partition(" ")
            if name == ref:
                return commit
    return ""


def _remote(common: str) -> str | None:
    """Return the URL of `origin`, or of the first remote, masked; read again when the config changes."""
    path = f"{common}/config"
    try:
        state = os.stat(path)  # noqa: PTH116 - called once a run
        key = (state.st_mtime_ns, state.st_size)
        known = _remotes.get(path)
        if known is None or known[0] != key:
            known = _remotes[path] = (key, _read_remote(path))
    except (OSError, UnicodeDecodeError):
        return None
    return known[1]


def _read_remote(path: str) -> str | None:
    urls: dict[str, str] = {}
    name: str | None = None
    for line in _read(path).splitlines():
        section = _REMOTE.match(line)
        if section is not None:
            name = section["name"]
        elif line.lstrip().startswith("["):
            name = None
        elif name is not None:
            url = _URL.match(line)
            if url is not None:
                urls.setdefault(name, url["url"].strip('"'))
    found = urls.get("origin") or next(iter(urls.values()), None)
    return None if found is None else mask(found)


def _read(path: str) -> str:
    # Three times a run: a text file of Python's takes four times as long.
    descriptor = os.open(path, os.O_RDONLY)
    try:
        parts = iter(partial(os.read, descriptor, 1 << 16), b"")
        return b"".join(parts).decode("utf-8").strip()
    finally:
        os.close(descriptor)
