"""What a pickle would import, read off its opcodes: nothing is loaded and nothing runs."""

from __future__ import annotations

import io
import pickletools
import zipfile
from collections.abc import Iterator

_STRINGS = frozenset({"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE", "STRING", "SHORT_BINSTRING"})
_STORES = frozenset({"BINPUT", "LONG_BINPUT", "PUT"})
_RECALLS = frozenset({"BINGET", "LONG_BINGET", "GET"})


def names_in(data: bytes) -> list[str]:
    """Return the dotted names of all that a pickle imports, sorted; joblib's and torch's files are looked into, too.

    The list is for people: a hostile pickle may hide names, which is why none is trusted for what is in it.
    """
    found: set[str] = set()
    for pickle in _pickles(data):
        found |= {f"{module}.{name}" for module, name in _globals(pickle)}
    return sorted(found)


def modules_in(data: bytes) -> set[str]:
    """Return the modules that a pickle imports, those that cloudpickle imports by name included."""
    found: set[str] = set()
    for pickle in _pickles(data):
        previous = ""
        for module, name in _globals(pickle):
            found.add(module)
            previous = name
        if "subimport" in previous or b"subimport" in pickle:
            found |= set(_imported_by_name(pickle))
    return found


def _pickles(data: bytes) -> Iterator[bytes]:
    if data[:4] != b"PK\x03\x04":
        yield data
        return
    # torch.save writes a zip with one pickle in it.
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if name.endswith(".pkl"):
                yield archive.read(name)


def _globals(data: bytes) -> list[tuple[str, str]]:
    """Return (module, name) of each import, in the order of the pickle; what follows an unreadable byte is left out."""
    found: list[tuple[str, str]] = []
    memo: dict[int, str] = {}
    pushed: list[str] = ["", ""]
    memoized = 0
    try:
        for opcode, argument, _ in pickletools.genops(data):
            name = opcode.name
            if name in _STRINGS:
                pushed.append(str(argument))
            elif name == "MEMOIZE":
                memo[memoized] = pushed[-1]
                memoized += 1
            elif name in _STORES:
                memo[int(argument or 0)] = pushed[-1]
            elif name in _RECALLS:
                pushed.append(memo.get(int(argument or 0), ""))
            elif name in {"GLOBAL", "INST"}:
                module, _, attribute = str(argument).partition(" ")
                found.append((module, attribute))
                pushed.append("")
            elif name == "STACK_GLOBAL":
                found.append((pushed[-2], pushed[-1]))
                pushed.append("")
    except Exception:  # noqa: BLE001 - pickletools raises whatever a broken pickle leads it to
        found.append(("?", "unreadable"))
    return found


def _imported_by_name(data: bytes) -> Iterator[str]:
    """Give the modules that cloudpickle's `subimport` is called with: the string that follows its name."""
    awaited = False
    try:
        for opcode, argument, _ in pickletools.genops(data):
            if opcode.name in _STRINGS:
                if awaited and str(argument) != "subimport":
                    yield str(argument)
                awaited = argument == "subimport"
            elif opcode.name in _RECALLS:
                awaited = awaited or False
    except Exception:  # noqa: BLE001 - as above
        return
