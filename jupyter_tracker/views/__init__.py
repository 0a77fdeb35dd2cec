"""View-models: what a screen shows, as frozen dataclasses of plain data, with one pure builder each.

Column order, rounding, down-sampling and what is cut are decided here, once, for DataFrames, widgets and
JSON alike. Fields hold JSON-ready values (`NaN` as text), so `as_json` is a walk without choices. The
browser's types are generated from the classes: attribute docstrings become the comments there.

To add a view: its file here, its module in `typescript.MODULES`, `python -m jupyter_tracker.views.typescript
--write`, and a golden file in `tests/golden/views/`.
"""
