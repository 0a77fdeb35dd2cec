"""The points of a metric."""

from __future__ import annotations

from math import isfinite
from typing import Any, Final

from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.api.rest.asked import run_id_of
from jupyter_tracker.entities import MetricSeries
from jupyter_tracker.entities.limits import check_max_results
from jupyter_tracker.search.paging import offset_of, token_of
from jupyter_tracker.wire.numbers import number_to_json

_MOST: Final = 25_000


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
    points = _points(series, start, stop)
    body: dict[str, Any] = {"metrics": points} if points else {}
    if stop < len(series):
        body["next_page_token"] = token_of(stop)
    return Response(body=body)


def _points(series: MetricSeries, start: int, stop: int) -> list[dict[str, Any]]:
    """Return points as JSON has them. A hundred thousand come at once: no object of ours is made of them."""
    key, values = series.key, series.value[start:stop].tolist()
    if not all(map(isfinite, values)):
        values = list(map(number_to_json, values))
    columns = zip(values, series.timestamp[start:stop].tolist(), series.step[start:stop].tolist(), strict=True)
    return [{"key": key, "value": value, "timestamp": time, "step": step} for value, time, step in columns]
