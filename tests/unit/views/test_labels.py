"""What a view calls in English is known to the browser's translator."""

from pathlib import Path

import pytest

from jupyter_tracker.views import column_list, comparison, comparison_files, run_detail, table_columns

BROWSER = Path(__file__).parents[3] / "labextension" / "src" / "view_labels.ts"
LABELS = [
    *(column.label for column in table_columns.ATTRIBUTES),
    table_columns.COUNT_COLUMN.label,
    *(title for _, title in column_list._GROUPS),
    *(label for label, _ in run_detail._FACTS),
    *("Experiment", *comparison._ABOUT, *comparison._GIT, *comparison._MACHINE),
    *comparison_files._LABELS.values(),
]


@pytest.mark.parametrize("label", sorted(set(LABELS)))
def test_a_label_can_be_translated(label):
    assert f"__('{label}')" in BROWSER.read_text(encoding="utf-8")
