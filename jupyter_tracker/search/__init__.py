"""The search language, pure: text in, a small tree out. No SQL, no store.

`fields` is the table of what may be named and `tree` what a text gives. `tokens` cuts the text and `reader` walks it;
`grammar` reads a filter, with `naming`, `operands` and `values` for its parts, and `ordering` an `order_by`. `writing`
is the way back, `reference` writes the page, `paging` has the opaque token of the next page. A store turns the
tree into its own queries; `mlflow_filter` says what MLflow's server can be asked of it, and `matching` tries the rest.

To add a field: one row in `fields`, one in `store/sql/places.py` (a test compares them).
"""
