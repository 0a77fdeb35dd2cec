"""The points of a metric."""

from __future__ import annotations

import json
import math
from typing import Final

from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.api.rest.asked import run_id_of
from jupyter_tracker.entities import MetricSeries
from jupyter_tracker.entities.limits import check_max_results
from jupyter_tracker.search.paging import offset_of, token_of

_MOST: Final = 25_000
_TEXTS: Final = {"nan": '"NaN"', "inf": '"Infinity"', "-inf": '"-Infinity"'}


def history(request: Request) -> Response:
    """Answer with points. Fields: ``run_id``, ``metric_key``, ``max_results`` (all where left out), ``page_token``."""
    fields = request.fields
    run_id, key = run_id_of(fields), fields.text("metric_key")
    start, most = offset_of(fields.optional("page_token")), fields.integer("max_results", 0)
    if most:
        check_max_results(most, max(_MOST, most))
        most = min(most, _MOST)
    series = request.own.metric_series(run_id, key)
    stop = min(start + most, len(series)) if most else len(series)
    text = _points(series, start, stop)
    if not text:
        return Response(body={}, text="{}")
    token = f',"next_page_token":"{token_of(stop)}"' if stop < len(series) else ""
    return Response(text=f'{{"metrics":[{text}]{token}}}')


def _points(series: MetricSeries, start: int, stop: int) -> str:
    """Return points as JSON. A hundred thousand come at once, each a line of text and never an object of Python."""
    key = json.dumps(series.key)
    values = series.value[start:stop].tolist()
    texts = [repr(value) for value in values]
    if not all(map(math.isfinite, values)):
        texts = [_TEXTS.get(text, text) for text in texts]
    columns = zip(texts, series.timestamp[start:stop].tolist(), series.step[start:stop].tolist(), strict=True)
    return ",".join([f'{{"key":{key},"value":{v},"timestamp":{t},"step":{s}}}' for v, t, s in columns])
