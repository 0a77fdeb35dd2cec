"""Joins tracked cells to IPython's events.

`pre_run_cell` and `post_run_cell` only: the `execute` pair also fires around every widget message. Both also
fire for code typed into a subshell, on that thread, and for cells that a cell runs (`%%capture` does).
"""

from __future__ import annotations

import ast
import threading
from typing import TYPE_CHECKING

from IPython.utils.text import DollarFormatter

from jupyter_tracker.magics.arguments import MagicArgumentError, TrackOptions, read_track
from jupyter_tracker.magics.attempts import attempt, warn
from jupyter_tracker.magics.card import CellCard
from jupyter_tracker.magics.cell_run import CellRun, TrackOptionError
from jupyter_tracker.magics.transform import cleaned_lines, hide_track_line, track_arguments
from jupyter_tracker.progress import HUSHED
from jupyter_tracker.tracking.stack import STACK, OpenRun

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell


class CellTracker:
    """Turns cells that begin with `%%track` into runs, as long as it is installed."""

    _last: OpenRun | None = None
    _last_of_process: OpenRun | None = None

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        # One, but for cells that tracked cells run.
        self._open: list[tuple[CellRun, CellCard | None]] = []
        self._refusing = _Refusal()
        self._shown: dict[str, CellCard] = {}

    def install(self) -> None:
        """Listen to the shell."""
        self._shell.input_transformers_cleanup.append(hide_track_line)
        self._shell.events.register("pre_run_cell", self.pre_run_cell)
        self._shell.events.register("post_run_cell", self.post_run_cell)

    def uninstall(self) -> None:
        """Leave the shell as it was. A cell that is running, which asked for this, ends its run here."""
        while self._open:
            self._finish(None, None)
        self._shell.events.unregister("pre_run_cell", self.pre_run_cell)
        self._shell.events.unregister("post_run_cell", self.post_run_cell)
        if hide_track_line in self._shell.input_transformers_cleanup:
            self._shell.input_transformers_cleanup.remove(hide_track_line)

    def pre_run_cell(self, info: ExecutionInfo) -> None:
        """Start a run if the cell is tracked."""
        cell = str(info.raw_cell)
        if "%%track" not in cell:
            return
        with attempt("track this cell"):
            text = track_arguments(cleaned_lines(cell))
            if text is None:
                return
            if _in_subshell():
                warn("A cell that is typed into a subshell is not tracked: run it in the notebook.", "subshell")
                return
            options, errors = read_track(self._expanded(text))
            self._start(info, options, errors[0] if errors else None)

    def post_run_cell(self, result: ExecutionResult | None) -> None:
        """End the run of the cell that has ended, if it was tracked."""
        if not self._open or _in_subshell():
            return
        run, _ = self._open[-1]
        # An interrupted `await` may leave no result.
        error = _error_of(result) if result is not None else KeyboardInterrupt()
        if result is None or result.info is run.info or _same_cell(result, run):
            self._finish(error, result)
        elif error is not None:
            run.nested_error = error

    def latest_run(self) -> OpenRun | None:
        """Return the run that the user means where none is open: the last cell's, not one that it started inside."""
        return self._last if STACK.last is self._last_of_process and self._last is not None else STACK.last

    def _start(self, info: ExecutionInfo, options: TrackOptions, error: MagicArgumentError | None) -> None:
        run = CellRun(self._shell, info, options)
        self._open.append((run, None))
        if options.quiet:
            HUSHED.add(run)
        run.start(error)
        if run.refusal is not None:
            self._refusing.raise_once(self._shell, run.refusal)
        if run.entry is not None and not options.quiet:
            card = CellCard(self._shell, run.entry)
            self._open[-1] = (run, card)
            with attempt("show the card of this cell"):
                card.start()
                self._replace(getattr(info, "cell_id", None), card)

    def _replace(self, cell_id: str | None, card: CellCard) -> None:
        """Give up the card that the cell's last execution has left: its output is gone from the screen."""
        if cell_id is not None:
            before, self._shown[cell_id] = self._shown.get(cell_id), card
            if before is not None:
                before.discard()

    def _finish(self, error: BaseException | None, result: ExecutionResult | None) -> None:
        run, card = self._open.pop()
        HUSHED.discard(run)
        self._refusing.withdraw(self._shell)
        try:
            run.finish(error, result)
        finally:  # the user may interrupt that, too
            if run.entry is not None:
                self._last, self._last_of_process = run.entry, STACK.last
            if card is not None:
                with attempt("show the card of this cell"):
                    card.finish()

    def _expanded(self, text: str) -> str:
        """Return the options with `{variable}` and `$variable` filled in, as IPython does for its own magics."""
        try:
            return DollarFormatter().vformat(text, (), self._shell.user_ns)
        except NameError as error:
            warn(f"{{…}} on the %%track line was left as it is written: {error}.", f"expand {text}")
            return text
        except Exception:  # noqa: BLE001 - a brace that is no variable stays as it was written
            return text


class _Refusal(ast.NodeTransformer):
    """Keeps IPython from running a cell.

    An event handler cannot do that, and the transform of the source must not raise; but what an AST
    transformer raises becomes the cell's error. It is installed for a refused cell only.
    """

    _error: TrackOptionError | None = None

    def raise_once(self, shell: InteractiveShell, error: TrackOptionError) -> None:
        self._error = error
        shell.ast_transformers.append(self)

    def withdraw(self, shell: InteractiveShell) -> None:
        self._error = None
        if self in shell.ast_transformers:
            shell.ast_transformers.remove(self)

    def visit(self, node: ast.AST) -> ast.AST:
        if self._error is not None:
            raise self._error
        return node


def _error_of(result: ExecutionResult) -> BaseException | None:
    error: BaseException | None = result.error_before_exec or result.error_in_exec
    return error


def _same_cell(result: ExecutionResult, run: CellRun) -> bool:
    """Tell whether a result that IPython made up after an error of its own is of this cell."""
    return result.info is not None and bool(result.info.raw_cell == run.info.raw_cell)


def _in_subshell() -> bool:
    return threading.current_thread().name.startswith("subshell-")
