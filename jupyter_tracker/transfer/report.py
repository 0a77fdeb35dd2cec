"""What an export or import did, for programs and for people."""

from __future__ import annotations

from dataclasses import dataclass, field

_UNITS = ("bytes", "kB", "MB", "GB", "TB")


@dataclass
class ExportReport:
    """What an export wrote.

    Attributes
    ----------
    path : str
        The file.
    size_bytes : int
        Its size.
    notes : list of str
        What could not be taken along, and why.
    """

    path: str
    experiments: int = 0
    runs: int = 0
    logged_models: int = 0
    registered_models: int = 0
    files: int = 0
    size_bytes: int = 0
    notes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        counts = _counts(self.experiments, self.runs, self.logged_models, self.registered_models, self.files)
        lines = [f"Exported {counts} to {self.path} ({size_text(self.size_bytes)})."]
        if self.notes:
            lines += ["Not taken along:", *_listed(self.notes)]
        return "\n".join(lines)


@dataclass
class ImportReport:
    """What an import brought in; what was there already is not counted, but for `runs_present`.

    Attributes
    ----------
    files_bytes : int
        Size of the files that were copied.
    conflicts : list of str
        What differs here and there; what is here was kept.
    notes : list of str
        What came in otherwise than it was, and why.
    """

    source: str
    experiments: int = 0
    runs: int = 0
    runs_present: int = 0
    logged_models: int = 0
    registered_models: int = 0
    files: int = 0
    files_bytes: int = 0
    conflicts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return self.told("Imported", f"from {self.source}")

    @property
    def is_empty(self) -> bool:
        """Whether all was there already."""
        return not (self.experiments or self.runs or self.logged_models or self.registered_models or self.files)

    def told(self, done: str, where: str) -> str:
        """Return it for people: what was done, and from or to where."""
        counts = _counts(self.experiments, self.runs, self.logged_models, self.registered_models, self.files)
        present = f"; {_number(self.runs_present, 'run')} there already" if self.runs_present else ""
        size = f" ({size_text(self.files_bytes)})" if self.files else ""
        lines = [f"{done} {counts}{size} {where}{present}."]
        if self.conflicts:
            lines += ["Conflicts (what is here was kept):", *_listed(self.conflicts)]
        if self.notes:
            lines += ["Good to know:", *_listed(self.notes)]
        return "\n".join(lines)


def size_text(size_bytes: int) -> str:
    """Return a number of bytes for people, such as ``1.5 MB``."""
    size, unit = float(size_bytes), 0
    while size >= 1000 and unit < len(_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size_bytes:,} bytes" if unit == 0 else f"{size:.1f} {_UNITS[unit]}"


def _counts(experiments: int, runs: int, models: int, registered: int, files: int) -> str:
    parts = [_number(experiments, "experiment"), _number(runs, "run"), _number(files, "file")]
    parts += [_number(models, "logged model")] if models else []
    parts += [_number(registered, "registered model")] if registered else []
    return ", ".join(parts[:-1]) + " and " + parts[-1]


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _listed(lines: list[str], most: int = 20) -> list[str]:
    more = [f"  … and {len(lines) - most} more"] if len(lines) > most else []
    return [f"  {line}" for line in lines[:most]] + more
