"""The magics themselves, and what `%load_ext jupyter_tracker` and `%unload_ext` do.

To add a magic: a method of `TrackerMagics`, its options in `arguments`, its name in `_NAMES`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, line_cell_magic, line_magic, magics_class

from jupyter_tracker.autologging.integrations import leave as leave_libraries
from jupyter_tracker.entities import RunTag
from jupyter_tracker.entities.experiment import DEFAULT_EXPERIMENT_ID
from jupyter_tracker.errors import InvalidStateError, TrackerError
from jupyter_tracker.magics import completion
from jupyter_tracker.magics.arguments import HELP_WORDS, MagicArgumentError, nearest, parse_runs, without_comment
from jupyter_tracker.magics.card import in_kernel
from jupyter_tracker.magics.completion import TRACK_WORDS, complete_magic
from jupyter_tracker.magics.hooks import CellTracker
from jupyter_tracker.tracking import active
from jupyter_tracker.tracking.experiments import current_experiment_id, set_experiment
from jupyter_tracker.tracking.runs import end_run
from jupyter_tracker.tracking.stack import STACK, OpenRun
from jupyter_tracker.views.run_head import NOTE_TAG

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from jupyter_tracker.widgets._base import TrackerWidget

_ATTRIBUTE = "_jupyter_tracker_extension"
_NAMES = {"line": ("compare", "curves", "promote", "registry", "runs", "track", "tracker"), "cell": ("track",)}
_COMPLETED = ("%%track", "%track", "%runs", "%curves", "%compare", "%tracker", "%promote")


@magics_class
class TrackerMagics(Magics):
    """`%%track`, `%track`, `%runs`, `%curves`, `%compare`, `%tracker`, `%registry` and `%promote`."""

    @line_cell_magic
    def track(self, line: str, cell: str | None = None) -> None:
        """Turn this cell into a run.

        The first line of a cell::

            %%track run_name=rf-baseline experiment=churn params.lr=0.1
            model = RandomForestClassifier(n_estimators=200).fit(X_train, y_train)
            tracker.log_metric("f1", f1_score(y_test, model.predict(X_test)))

        What is logged in the cell goes to its run, and a card below shows it live. The run ends with the cell: as
        FINISHED, as FAILED when an exception ended it, as KILLED when it was interrupted. The source, the output,
        the figures and the uncommitted git changes are kept with the run, secrets masked.

        Options::

            run_name=NAME         name of the run
            experiment=NAME       experiment of the run; made if it does not exist
            description="TEXT"    a note shown with the run
            tags.KEY=VALUE        a tag
            params.KEY=VALUE      a param
            --vars lr,epochs      variables of the notebook to log as params after the cell
            --resume RUN          go on with a run, by id, the start of its id, or its name
            --nested              a child of the run that is open; where one is open this is so in any case
            --no-autolog          no automatic logging in this cell
            --no-capture          keep neither source, output, figures nor git diff
            --quiet               show nothing under the cell

        Values with spaces are quoted; {name} stands for the value of a variable. It works above other cell magics
        such as %%time, and in cells that await.

        Examples::

            %%track run_name="random forest, 200 trees" tags.author=alice
            %%track run_name=rf-{n_trees} --vars n_trees,max_depth
            %%track --resume rf-baseline
            %track                      which store, experiment and run are active
            %track experiment churn     new runs go to this experiment
            %track show rf-baseline     all of a run: metrics, files, where it came from
            %track note "tried on the small set"
            %track end                  end the run that is open
        """
        if cell is not None:
            # Only when called as a function: in a notebook the line never reaches IPython's magics.
            self._shell.run_cell(f"%%track {line}\n{cell}").raise_error()
            return
        with _short_errors():
            self._track_line(line.strip())

    @line_magic
    def runs(self, line: str) -> None:
        """Show a table of runs.

        Usage::

            %runs [[--filter] FILTER] [--order-by COLUMN] [--group-by PARAM] [--max N] [--experiment NAME | --all]

        The runs of the experiment in use, or of all experiments while none was chosen; the newest first.

        Examples::

            %runs
            %runs metrics.f1 > 0.9 and params.model = 'rf'
            %runs (params.lr < 0.01 or status = 'FAILED') and start_time > now - 7d
            %runs --order-by "metrics.f1 desc" --max 10
            %runs --group-by params.model
            %runs --experiment churn
        """
        with _short_errors():
            self._show_runs(line)

    @line_magic
    def curves(self, line: str) -> None:
        """Show the metrics of runs as curves, live while runs go on.

        Usage::

            %curves [RUN ... | FILTER] [--metrics KEY,...] [--x step|time|relative] [--smoothing WEIGHT]
                    [--log-x] [--log-y] [--group-by NAME] [--experiment NAME] [--max N]

        Runs are named by id, the start of an id, or name. Without any, the newest of the experiment in use are
        shown, and those that come later.

        Examples::

            %curves
            %curves rf-baseline rf-deeper --metrics f1,loss
            %curves params.model = 'rf' --group-by params.max_depth --smoothing 0.6
        """
        with _short_errors():
            self._show_curves(line)

    @line_magic
    def compare(self, line: str) -> None:
        """Show runs side by side: what differs first, metrics against a baseline.

        Usage::

            %compare [RUN RUN ... | FILTER] [--baseline RUN] [--minimize METRIC,...] [--maximize METRIC,...]
                     [--experiment NAME] [--max N]

        2 to 200 runs, named by id, the start of an id, or name. Without any, the newest of the experiment in use.
        Which way a metric is better follows from its name (small for loss, error, rmse), unless it is said here; a
        click on the arrow beside it turns it round.

        Examples::

            %compare rf-baseline rf-deeper
            %compare rf-baseline rf-deeper lr --baseline lr --minimize calibration
            %compare params.model = 'rf' and metrics.f1 > 0.9 --max 50
        """
        with _short_errors():
            self._show_comparison(line)

    @line_magic
    def tracker(self, line: str) -> None:
        """Show experiments, their runs, curves and a comparison as linked tabs.

        Usage::

            %tracker [EXPERIMENT | FILTER] [--experiment NAME] [--tab experiments|table|curves|comparison]

        The experiment in use, or all of them while none was chosen. Runs that are selected in the table are drawn as
        curves and compared.

        Examples::

            %tracker
            %tracker churn
            %tracker metrics.f1 > 0.9 --experiment churn --tab curves
        """
        with _short_errors():
            self._show_dashboard(line)

    @line_magic
    def registry(self, line: str) -> None:
        """Show a registered model as a board: a column per stage, a card per version, what has happened to it.

        Usage::

            %registry [MODEL]

        The one that was changed last where none is named.

        Examples::

            %registry
            %registry churn-classifier
        """
        from jupyter_tracker.magics.registry_arguments import parse_registry

        with _short_errors():
            from jupyter_tracker.widgets import RegistryBoard

            self._show(RegistryBoard(parse_registry(line), store=active.store(create=False)))

    @line_magic
    def promote(self, line: str) -> Any:
        """Make a run's model the version in a stage, if it is better than the one there; show each rule's verdict.

        Usage::

            %promote [RUN] [--model NAME] [--metric KEY] [--threshold X] [--to STAGE] [--relative] [--lower-is-better]
                     [--policy FILE] [--artifact-path PATH] [--comment TEXT] [--dry-run]

        The run that was open last where none is named; promotion.yaml where no metric is.

        Examples::

            %promote rf-deeper --model churn-classifier --metric f1 --threshold 0.02
            %promote --dry-run
        """
        from jupyter_tracker.magics.registry_arguments import parse_promote
        from jupyter_tracker.tracking.promoting import promote

        with _short_errors():
            asked = parse_promote(line)
            latest = STACK.current() or _latest_run(self._shell)
            return promote(asked.run or (None if latest is None else latest.run_id), **asked.options)

    @property
    def _shell(self) -> InteractiveShell:
        assert self.shell is not None  # noqa: S101 - IPython makes magics with their shell
        return self.shell

    def _track_line(self, text: str) -> None:
        word, _, rest = text.partition(" ")
        rest = _unquoted(rest.strip() if word == "note" else without_comment(rest))
        if word in {"", "#"}:
            print(_status())  # noqa: T201 - what a magic says
        elif word == "experiment" and rest:
            experiment = set_experiment(rest)
            print(f"New runs go to experiment {experiment.name!r} (id {experiment.experiment_id}).")  # noqa: T201
        elif word == "show":
            self._show_detail(rest)
        elif word == "note" and rest:
            print(_add_note(rest, _latest_run(self._shell)))  # noqa: T201
        elif word == "end":
            print(_end(rest.upper() or "FINISHED"))  # noqa: T201
        elif word in TRACK_WORDS:
            needed = "name" if word == "experiment" else "text"
            raise MagicArgumentError(f"{word} needs a {needed} behind it.", f"%track {text}", len("%track "), len(word))
        else:
            raise MagicArgumentError(_unknown(word), f"%track {text}", len("%track "), len(word))

    def _show_runs(self, line: str) -> None:
        from jupyter_tracker.views.lookup import find_experiment, group_by_of, order_by_of

        options = parse_runs(line)
        store = active.store(create=False)
        order = order_by_of(options.order_by)
        experiment_ids = []
        if options.experiment is not None:
            experiment_ids = [find_experiment(store, options.experiment).experiment_id]
        elif not options.all_experiments:
            experiment_ids = _chosen_experiment_ids()
        if in_kernel(self._shell):
            from IPython.display import display

            from jupyter_tracker.widgets import RunTable

            table = RunTable(
                experiment_ids or None,
                options.filter,
                options.order_by,
                max_results=options.max_results,
                group_by=options.group_by,
                store=store,
            )
            display(table)
            return
        import shutil

        from jupyter_tracker.views.run_table import PAGE_SIZE, run_table_view
        from jupyter_tracker.views.text import run_table_text

        limit, group_by = options.max_results or PAGE_SIZE, group_by_of(options.group_by)
        view = run_table_view(store, experiment_ids, options.filter, order, limit=limit, group_by=group_by)
        print(run_table_text(view, shutil.get_terminal_size().columns))  # noqa: T201 - what a magic says

    def _show_detail(self, name: str) -> None:
        from jupyter_tracker.views.lookup import find_run

        latest = STACK.current() or _latest_run(self._shell)
        if not name and latest is None:
            raise InvalidStateError("Which run? Name one: %track show RUN, by name, id or the start of its id.")
        store = active.store(create=False) if name or latest is None else latest.store
        run = find_run(store, name or getattr(latest, "run_id", ""))
        if in_kernel(self._shell):
            from IPython.display import display

            from jupyter_tracker.widgets import RunDetail

            display(RunDetail(run, store=store))
            return
        from jupyter_tracker.views.run_card import run_card_view
        from jupyter_tracker.views.text import run_card_text

        print(run_card_text(run_card_view(store, run.info.run_id)))  # noqa: T201 - what a magic says

    def _show_curves(self, line: str) -> None:
        from dataclasses import asdict

        from jupyter_tracker.magics.curve_arguments import parse_curves
        from jupyter_tracker.widgets import MetricCurves

        options = asdict(parse_curves(line))
        self._show(MetricCurves(options.pop("runs") or None, **options, store=active.store(create=False)))

    def _show_comparison(self, line: str) -> None:
        from dataclasses import asdict

        from jupyter_tracker.magics.compare_arguments import parse_compare
        from jupyter_tracker.widgets import RunComparison

        options = asdict(parse_compare(line))
        self._show(RunComparison(options.pop("runs") or None, **options, store=active.store(create=False)))

    def _show_dashboard(self, line: str) -> None:
        from jupyter_tracker.magics.tracker_arguments import parse_tracker
        from jupyter_tracker.widgets import Dashboard

        options = parse_tracker(line)
        where: str | list[str] | None = options.experiment
        if where is None:
            where = _chosen_experiment_ids() or None
        self._show(Dashboard(where, options.filter, options.tab, store=active.store(create=False)))

    def _show(self, widget: TrackerWidget) -> None:
        """Display a widget; in a terminal print the text that stands for it."""
        if in_kernel(self._shell):
            from IPython.display import display

            display(widget)
        else:
            print(widget.mimebundle()["text/plain"])  # noqa: T201 - what a magic says


class _Extension:
    """All that was added to one shell."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self.tracker = CellTracker(shell)
        self._before: dict[tuple[str, str], Any] = {}
        self._forget_completion: Callable[[], None] = lambda: None

    def load(self) -> None:
        registered = self._shell.magics_manager.magics
        self._before = {(kind, name): registered[kind].get(name) for kind in _NAMES for name in _NAMES[kind]}
        self._shell.register_magics(TrackerMagics)
        self.tracker.install()
        for magic in _COMPLETED:
            self._shell.set_hook("complete_command", complete_magic, str_key=magic)
        self._forget_completion = completion.install(self._shell)

    def unload(self) -> None:
        self.tracker.uninstall()
        leave_libraries()
        self._forget_completion()
        registered = self._shell.magics_manager.magics
        for (kind, name), before in self._before.items():
            if before is None:
                registered[kind].pop(name, None)
            else:
                registered[kind][name] = before
        self._shell.magics_manager.registry.pop(TrackerMagics.__name__, None)
        completers = self._shell.strdispatchers.get("complete_command")
        for magic in _COMPLETED:
            getattr(completers, "strs", {}).pop(magic, None)


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Add the magics to a shell and listen for tracked cells. Loading it twice is loading it once."""
    unload_ipython_extension(shell)
    extension = _Extension(shell)
    extension.load()
    setattr(shell, _ATTRIBUTE, extension)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take everything out of a shell again that `load_ipython_extension` put there."""
    extension = getattr(shell, _ATTRIBUTE, None)
    if extension is not None:
        extension.unload()
        delattr(shell, _ATTRIBUTE)


@contextlib.contextmanager
def _short_errors() -> Iterator[None]:
    """Show our own errors without the frames of IPython and ours, which say nothing to the user."""
    try:
        yield
    except TrackerError as error:
        shown = [f"{type(error).__name__}: {error}"]
        error._render_traceback_ = lambda: shown  # type: ignore[attr-defined]
        raise


def _status() -> str:
    from jupyter_tracker.views.text import aligned, short_id

    location = active.location()
    store = active.store(create=False)
    experiment = store.get_experiment(current_experiment_id(store))
    rows = [
        ["store", location.name],
        ["because", location.reason],
        ["experiment", f"{experiment.name} (id {experiment.experiment_id})"],
    ]
    rows += [["run", f"{run.run.info.run_name} ({short_id(run.run_id)})"] for run in STACK.all()]
    if STACK.current() is None:
        rows.append(["run", "none is open"])
    return "\n".join(aligned(rows, limit=None))


def _latest_run(shell: InteractiveShell) -> OpenRun | None:
    extension: _Extension | None = getattr(shell, _ATTRIBUTE, None)
    return STACK.last if extension is None else extension.tracker.latest_run()


def _add_note(text: str, latest: OpenRun | None) -> str:
    entry = STACK.current() or latest
    if entry is None:
        raise InvalidStateError("There is no run to note this for: start one with %%track or start_run().")
    run = entry.store.get_run(entry.run_id)
    before = run.data.tags.get(NOTE_TAG)
    entry.store.set_tag(entry.run_id, RunTag(NOTE_TAG, f"{before}\n{text}" if before else text))
    return f"Noted for run {run.info.run_name!r}."


def _end(status: str) -> str:
    entry = STACK.current()
    if entry is None:
        return "No run is open."
    if entry.is_cell:
        return "The run of a tracked cell ends with the cell."
    end_run(status)
    return f"Run {entry.run.info.run_name!r} ended as {status}."


def _chosen_experiment_ids() -> list[str]:
    """Return the experiment that new runs go to; none, for all of them, while the user has chosen none."""
    chosen = current_experiment_id(active.store(create=False))
    return [] if chosen == DEFAULT_EXPERIMENT_ID else [chosen]


def _unknown(word: str) -> str:
    if word in HELP_WORDS:
        return "`%track?` shows what can be written here, with examples."
    close = nearest(word, TRACK_WORDS)
    if close is not None:
        return f"Unknown word {word!r}: did you mean '{close}'?"
    if "=" in word or word.startswith("--"):
        return "To track a cell, write %%track with two percent signs on its first line."
    return f"Unknown word {word!r}. There are: {', '.join(TRACK_WORDS)}."


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text
