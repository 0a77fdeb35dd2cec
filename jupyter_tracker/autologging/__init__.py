"""Autologging: what frameworks do is logged without being asked, and never in the way.

`integrations`   the table of frameworks; installing and restoring
`options`        what is logged of each, and whether: by the user, by a tracked cell
`switch`         `tracker.autolog()`
`_patching`      watching calls: the user's call returns and raises the same, whatever happens to us
`_imports`       learning that a framework is imported
`_recording`     which run a fit is logged to, and how
`_children`      many finished child runs at once
`_nesting`       calls that other calls make
`_data`          the caller's names, and data sets
`_loaders`       data that comes batch by batch
`_boosting`      what XGBoost and LightGBM have in common
`models`         the fitted model itself
`pictures/`      charts in milliseconds
`sklearn/` …     one file, or folder, per framework

The room is not called `autolog`: that is the function's name, `tracker.autolog()`.

To add an integration: a file with `patch(module, patches)` that watches what matters, its row in
`integrations.INTEGRATIONS`, its function in its public face, an extra in `pyproject.toml`, and a row in the contract
test of integrations.
"""
