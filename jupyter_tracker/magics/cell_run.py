"""One tracked cell: its run, from before the first line to after the last.

Nothing here may fail towards the user: each step is tried by itself, and what goes wrong is warned of once.
The one exception is asked for: a cell whose `%%track` line cannot be done is refused (`TrackOptionError`).
"""

from __future__ import annotations

import contextlib
import os
import re
import reprlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from IPython.core.error import InputRejected

from jupyter_tracker import settings
from jupyter_tracker.artifact_store import ArtifactStore, artifact_store
from jupyter_tracker.autologging.integrations import install
from jupyter_tracker.autologging.options import SWITCHES
from jupyter_tracker.entities.run import ERROR_MESSAGE_TAG, ERROR_TYPE_TAG, NOTEBOOK_TAG
from jupyter_tracker.errors import (
    InvalidParameterError,
    InvalidStateError,
    ResourceDoesNotExistError,
    TrackerError,
)
from jupyter_tracker.magics.arguments import MagicArgumentError, TrackOptions
from jupyter_tracker.magics.attempts import attempt, warn
from jupyter_tracker.magics.capture import FIGURE_TYPES, FigureCapture, OutputTee, plain
from jupyter_tracker.magics.later import later
from jupyter_tracker.tracking import active, context, git
from jupyter_tracker.tracking.experiments import experiment_named
from jupyter_tracker.tracking.masking import MASK, mask
from jupyter_tracker.tracking.runs import end_open_run, start_cell_run, status_of
from jupyter_tracker.tracking.stack import OpenRun
from jupyter_tracker.views.run_head import NOTE_TAG

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell

CELL_COUNT_TAG = "jupyter_tracker.cell.execution_count"
CELL_DURATION_TAG = "jupyter_tracker.cell.duration_s"
_MAX_MESSAGE = 1000
_MAX_ITEMS = 1000
_NO_LITERAL = re.compile(r"[\"\n]")
# Threads that a kernel which is shut down right after the cell waits for.
_BESIDE = ThreadPoolExecutor(max_workers=2, thread_name_prefix="jupyter-tracker-diff")
# What the user can put right on the `%%track` line; anything else is ours, and the cell runs untracked.
_USER_ERRORS = (InvalidParameterError, ResourceDoesNotExistError, InvalidStateError)


class TrackOptionError(InputRejected, TrackerError):
    """The cell was not run: what its `%%track` line asks for cannot be done.

    IPython takes an `InputRejected` as the reason not to run a cell, and answers with an error.
    """

    error_code = "INVALID_PARAMETER_VALUE"
    http_status = 400

    def _render_traceback_(self) -> list[str]:
        # Where in IPython it was raised says nothing to the user.
        return [f"{type(self).__name__}: {self.message}", "", "The cell was not run."]


class CellRun:
    """The run of a tracked cell.

    Attributes
    ----------
    info : ExecutionInfo
        IPython's description of the execution; the same object comes back when the cell has ended.
    entry : OpenRun or None
        The run; None before `start` and where it could not be started.
    refusal : TrackOptionError or None
        Why the cell must not run.
    nested_error : BaseException or None
        What ended a cell that was run inside of this one, by `%%capture` for example.
    """

    def __init__(self, shell: InteractiveShell, info: ExecutionInfo, options: TrackOptions) -> None:
        self._shell = shell
        self._options = options
        self.info = info
        self.entry: OpenRun | None = None
        self.refusal: TrackOptionError | None = None
        self.nested_error: BaseException | None = None
        self._captures = not options.no_capture
        self._folder = "cell"
        self._tee: OutputTee | None = None
        self._figures: FigureCapture | None = None
        self._switched = False
        self._started = time.perf_counter()

    def start(self, error: MagicArgumentError | None = None) -> None:
        """Start the run and listen; `error` is what is wrong with the options, as far as that is known already."""
        if error is not None:
            self._refuse(error)
        else:
            with attempt("start the run of this cell, which goes on untracked"):
                try:
                    self.entry = self._start_run()
                except _USER_ERRORS as problem:
                    self._refuse(problem)
        if self.entry is None:
            return
        with attempt("read the settings of capture"):
            self._captures = self._captures and settings.flag("JUPYTER_TRACKER_CAPTURE")
        if self._captures:
            with attempt("keep the source of the cell"):
                self._choose_folder()
                # Here and not on a thread: a hand-over costs more than the file does.
                self._write("source.py", str(self.info.raw_cell))
            with attempt("capture the output of the cell"):
                self._listen()
            with attempt("keep the uncommitted changes"):
                self._keep_diff()
        with attempt("switch autologging on"):
            self._switch_autologging()
        self._started = time.perf_counter()

    def finish(self, error: BaseException | None, result: ExecutionResult | None) -> None:
        """End the run; `error` is what ended the cell, None where it came to its end."""
        duration_s = time.perf_counter() - self._started
        error = error or self.nested_error
        status = status_of(error)
        # Whoever interrupts a cell once more meets us here. Left open, the run would take what later cells log.
        try:
            self._leave()
            if self.entry is not None:
                self._keep(self.entry, error, status, result, duration_s)
        finally:
            if self.entry is not None:
                with attempt("end the run of the cell"):
                    end_open_run(self.entry, status)

    def _leave(self) -> None:
        try:
            with attempt("stop capturing"):
                self._stop_listening()
        finally:
            if self._switched:
                SWITCHES.leave_cell()

    def _keep(
        self,
        entry: OpenRun,
        error: BaseException | None,
        status: str,
        result: ExecutionResult | None,
        duration_s: float,
    ) -> None:
        with attempt("log the variables named by --vars"):
            self._log_variables()
        with attempt("keep the output of the cell"):
            self._write_output()
        with attempt("keep the figures of the cell"):
            self._write_figures(getattr(result, "result", None))
        with attempt("keep the error of the cell"):
            if error is not None and status != "FINISHED":  # `sys.exit(0)` is no error
                self._keep_error(error)
        with attempt("end the run of the cell"):
            tags = {CELL_DURATION_TAG: f"{duration_s:.3f}"}
            # Known at the end only: IPython's own counter has moved on by now, in some versions before the cell began.
            count = getattr(result, "execution_count", None)
            if not entry.joins:  # else the tags say where the run was begun, and how it ends there
                entry.writer.set_tags(tags if count is None else {**tags, CELL_COUNT_TAG: str(count)})

    def _start_run(self, *, only_name: bool = False) -> OpenRun:
        options = self._options
        if only_name:
            return start_cell_run(options.run_name, tags=self._cell_tags())
        store = active.store()
        experiment_id = None
        if options.experiment is not None:
            experiment_id = experiment_named(store, options.experiment).experiment_id
        run_id = None
        if options.resume is not None:
            from jupyter_tracker.views.lookup import find_run  # it loads the search language

            run = find_run(store, options.resume).info
            run_id = run.run_id
            if options.run_name not in {None, run.run_name}:
                message = f"run_name={options.run_name} is not used: the run that goes on is called {run.run_name}."
                warn(f"{message} A double click on its name in %runs renames it.", topic=f"name {run_id}")
        tags = {**({} if run_id else self._cell_tags()), **options.tags}
        if options.description is not None:
            tags[NOTE_TAG] = options.description
        entry = start_cell_run(options.run_name, experiment_id, tags, run_id)
        self.entry = entry
        if run_id and not entry.joins:
            entry.writer.set_tags({**self._cell_tags(), **tags})
        if options.params:
            entry.writer.log_params(options.params)
        return entry

    def _refuse(self, problem: TrackerError) -> None:
        self.refusal = TrackOptionError(problem.message)
        if self.entry is None:
            with attempt("start the run of this cell"):
                self.entry = self._start_run(only_name=True)

    def _choose_folder(self) -> None:
        """Keep the files of a cell that goes on with a run beside those of the cells before it."""
        if self._options.resume is None:
            return
        taken = {file.path for file in self._artifacts.list()}
        number = 2
        while self._folder in taken:
            self._folder = f"cell-{number}"
            number += 1

    def _cell_tags(self) -> dict[str, str]:
        tags = {}
        cell_id = getattr(self.info, "cell_id", None)
        if cell_id:
            tags[context.CELL_ID_TAG] = str(cell_id)
        notebook = context.notebook_path()
        if notebook:
            tags[NOTEBOOK_TAG] = notebook
        return tags

    def _listen(self) -> None:
        self._tee = OutputTee(settings.integer("JUPYTER_TRACKER_OUTPUT_LIMIT"))
        self._tee.start()
        self._figures = FigureCapture(settings.integer("JUPYTER_TRACKER_FIGURE_LIMIT"))
        self._figures.start(self._shell.display_pub, self._shell.displayhook)

    def _stop_listening(self) -> None:
        if self._tee is not None:
            self._tee.stop()
        if self._figures is not None:
            self._figures.stop()

    def _switch_autologging(self) -> None:
        is_on = not self._options.no_autolog and settings.flag("JUPYTER_TRACKER_AUTOLOG")
        SWITCHES.enter_cell(on=is_on, quiet=self._options.quiet)
        self._switched = True
        if is_on:
            install()

    def _keep_diff(self) -> None:
        """Have git write down what is not committed, beside the cell: it takes longer than most cells may wait."""
        folder = os.getcwd()  # noqa: PTH109
        limit = settings.integer("JUPYTER_TRACKER_DIFF_LIMIT")
        path = f"{self._folder}/diff.patch"
        later(_BESIDE, partial(_write_diff, folder, limit, self._artifacts, path))

    def _log_variables(self) -> None:
        assert self.entry is not None  # noqa: S101 - only called with a run
        names = self._options.vars
        found = {name: self._shell.user_ns[name] for name in names if name in self._shell.user_ns}
        missing = [name for name in names if name not in found]
        if found:
            self.entry.writer.log_params({name: _param_text(name, value) for name, value in found.items()})
        if missing:
            message = f"--vars: there is no variable {', '.join(missing)} after the cell, so it was not logged."
            warn(message, topic=f"vars {self.entry.run_id}")

    def _write_output(self) -> None:
        text = self._tee.text() if self._tee is not None else ""
        if text:
            self._write("output.txt", text)

    def _write_figures(self, value: object) -> None:
        if self._figures is None:
            return
        formatter = self._shell.display_formatter
        if value is not None and formatter is not None and not hasattr(self._shell.displayhook, "register_hook"):
            # An older ipykernel, whose display hook cannot be listened to.
            self._figures.note(formatter.format(value, include=FIGURE_TYPES)[0])
        for number, figure in enumerate(self._figures.figures(), start=1):
            self._artifacts.write(f"{self._folder}/figures/figure-{number}.{figure.suffix}", figure.content)
        if self._figures.dropped:
            self._write("figures/dropped.txt", f"{self._figures.dropped} more figures were not kept.\n")

    def _keep_error(self, error: BaseException) -> None:
        assert self.entry is not None  # noqa: S101 - only called with a run
        message = mask(plain(str(error)))[:_MAX_MESSAGE]
        if not self.entry.joins:
            self.entry.writer.set_tags({ERROR_TYPE_TAG: type(error).__name__, ERROR_MESSAGE_TAG: message})
        if self._captures:
            self._write("traceback.txt", traceback_text(self._shell, error))

    def _write(self, path: str, text: str) -> None:
        self._artifacts.write(f"{self._folder}/{path}", mask(text).encode("utf-8", "replace"))

    @cached_property
    def _artifacts(self) -> ArtifactStore:
        assert self.entry is not None  # noqa: S101 - only called with a run
        return artifact_store(self.entry.run.info.artifact_uri or "")


def traceback_text(shell: InteractiveShell, error: BaseException) -> str:
    """Return the traceback of a cell's error as IPython shows it, without colours."""
    render: Callable[[], list[str]] | None = getattr(error, "_render_traceback_", None)
    try:
        if render is not None:
            lines: Any = render()
        elif isinstance(error, SyntaxError):
            lines = shell.SyntaxTB.structured_traceback(type(error), error, [])  # type: ignore[arg-type]
        else:
            lines = shell.InteractiveTB.structured_traceback(type(error), error, error.__traceback__, tb_offset=1)
        return plain("\n".join(lines)) + "\n"
    except Exception:  # noqa: BLE001 - an exception whose own methods fail
        return f"{type(error).__name__}\n"


def _write_diff(folder: str, limit: int, artifacts: ArtifactStore, path: str) -> None:
    with contextlib.suppress(Exception):  # a run without its diff is better than a noisy thread
        text = git.diff(folder, limit) if git.head(folder) is not None else None
        if text:
            artifacts.write(path, text.encode("utf-8", "replace"))


def _param_text(name: str, value: object) -> str:
    """Return a variable's value as a param: as `log_param` has it, but short, and masked if its name says so."""
    # Writing out a list of a million numbers would take longer than the cell.
    is_long = isinstance(value, list | tuple | dict | set | frozenset | bytes) and len(value) > _MAX_ITEMS
    text = reprlib.repr(value) if is_long else str(value)
    text = text if len(text) <= _MAX_MESSAGE else text[: _MAX_MESSAGE - 1] + "…"
    # A quote or a line's end in a password would end what is masked.
    if mask(f'{name}="{_NO_LITERAL.sub("x", text)}"') == f'{name}="{MASK}"':
        return MASK
    return mask(f'{name}="{text}"')[len(name) + 2 : -1]
