"""The `%%track` line disappears without moving anything else."""

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from jupyter_tracker.magics.transform import find_track_line, hide_track_line, track_arguments


def lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def as_ipython_runs_it(cell: str) -> str:
    manager = TransformerManager()
    manager.cleanup_transforms.append(hide_track_line)
    return manager.transform_cell(cell)


@pytest.mark.parametrize(
    "cell", ["", "x = 1\n", "%%time\nx\n", "%%tracker\nx\n", "%%track?\n", "# %%track\n", "x = 1\n%%track a=1\n"]
)
def test_other_cells_are_left_alone(cell):
    assert hide_track_line(lines(cell)) == lines(cell)
    assert track_arguments(lines(cell)) is None


def test_the_line_becomes_a_comment_so_that_the_others_keep_their_numbers():
    assert as_ipython_runs_it("%%track run_name=x\n\na = 1\nb = 2\n") == "# %%track run_name=x\n\na = 1\nb = 2\n"


def test_a_future_import_may_follow():
    code = as_ipython_runs_it("%%track\nfrom __future__ import annotations\nx: int = 1\n")
    compile(code, "cell", "exec")


def test_bad_options_do_not_raise_here():
    assert as_ipython_runs_it('%%track run_nme="x\na = 1\n').splitlines()[1] == "a = 1"


@pytest.mark.parametrize("magic", ["time", "capture out", "bash", "timeit -n1"])
@pytest.mark.parametrize("gap", ["", "\n"])
def test_above_another_cell_magic_nothing_of_it_changes(magic, gap):
    below = f"%%{magic}\nx = 1\ny = 2\n"
    assert as_ipython_runs_it("%%track run_name=x\n" + gap + below) == TransformerManager().transform_cell(below)


@pytest.mark.parametrize("magic", ["time", "capture out", "prun"])
def test_it_may_stand_below_a_magic_that_runs_its_body(magic):
    cell = f"%%{magic}\n%%track run_name=x\na = 1\n"
    assert track_arguments(lines(cell)) == "run_name=x"
    assert hide_track_line(lines(cell)) == [f"%%{magic}\n", "# %%track run_name=x\n", "a = 1\n"]


def test_in_a_file_that_is_written_it_is_text():
    cell = lines("%%writefile cell.py\n%%track run_name=x\na = 1\n")
    assert find_track_line(cell) is None
    assert hide_track_line(cell) == cell


def test_a_line_that_ends_in_a_backslash_does_not_swallow_the_next():
    namespace = {}
    exec(as_ipython_runs_it("%%track run_name=x \\\na = 1\n"), namespace)
    assert namespace["a"] == 1


def test_typed_input_goes_on_until_a_blank_line():
    manager = TransformerManager()
    manager.cleanup_transforms.append(hide_track_line)
    assert manager.check_complete("%%track run_name=x\na = 1\n")[0] == "incomplete"
    assert manager.check_complete("%%track run_name=x\na = 1\n\n")[0] == "complete"
