"""Moving a model version on: rules and their verdict, and what has happened to a registered model.

* `policy`: what a new version must be to take a stage, as plain data, from a YAML file or arguments.
* `rules`: each rule as a function of a policy and the evidence; the verdict of all of them.
* `statistics`: whether two samples differ. The one file of SciPy.
* `evidence`: what a store knows of a run and of the version in the stage.
* `promoting`: judge, then move, in one transaction of the store.
* `history`: events of the registry, the state at a moment, and whether the chain of events is whole.

To add a rule: a field of `Policy`, a function in `rules` that returns its `RuleResult`, a line in `rules.RULES`.
"""
