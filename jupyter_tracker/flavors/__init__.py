"""Models saved, loaded and logged, in the MLmodel format: one file per framework.

`registry`            which flavors there are, and which one a model is of
`options`             the arguments that every `save_model` and `log_model` has
`saving`, `logging`   a model's folder is written; it becomes a logged model of a run
`folder`, `trust`     a model's folder is opened; whose bytes may run code
`pickles`, `skops_files`   what a pickle or a skops file would import, without loading it
`requirements`        the packages a model needs
`pyfunc`, `enforcement`, `context`, `scoring`   models that predict without their framework being known
`sklearn`, `xgboost` …     one framework each

To add a flavor: a file with the functions of `registry.Flavor`, a line in `registry.FLAVORS`, a face beside
`jupyter_tracker/sklearn.py`, an extra, and its example in `tests/flavors/examples.py`: the contract test
does the rest.
"""
