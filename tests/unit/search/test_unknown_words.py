import pytest

from jupyter_tracker.search import fields
from jupyter_tracker.search.grammar import parse_filter
from jupyter_tracker.search.unknown_words import unknown_word_hint


@pytest.mark.parametrize(
    ("scope", "filter_", "hint"),
    [
        (fields.RUNS, "status = 'FINISHD'", "No run has the status 'FINISHD'. Did you mean 'FINISHED'?"),
        (fields.RUNS, 'attributes.Status != "failed"', "No run has the status 'failed'. Did you mean 'FAILED'?"),
        (
            fields.RUNS,
            "metrics.a > 1 OR NOT status IN ('RUNNING', 'KILLD')",
            "No run has the status 'KILLD'. Did you mean 'KILLED'?",
        ),
        (fields.RUNS, "status IN ('RUNNING', 'KILLED') AND lifecycle_stage != 'deleted' AND tags.status = 'x'", ""),
        (fields.RUNS, "status LIKE 'FIN%' AND status IS NOT NULL", ""),
        (
            fields.EXPERIMENTS,
            "lifecycle_stage = 'all'",
            "No experiment has the lifecycle_stage 'all'. There are active, deleted.",
        ),
        (
            fields.MODEL_VERSIONS,
            "stage = 'production'",
            "No model version has the current_stage 'production'. Did you mean 'Production'?",
        ),
        (fields.LOGGED_MODELS, "status = 'REDY'", "No logged model has the status 'REDY'. Did you mean 'READY'?"),
        (
            fields.LOGGED_MODELS,
            "status = 'FINISHED'",
            "No logged model has the status 'FINISHED'. There are PENDING, READY, FAILED.",
        ),
    ],
)
def test_a_word_that_its_field_cannot_hold_is_told(scope, filter_, hint):
    assert unknown_word_hint(parse_filter(filter_, scope), scope) == hint
