"""The MLmodel format: what a model's folder says about the model. No input or output here, no pandas.

`mlmodel`         the file `MLmodel` itself
`types`, `signature`   what goes into a model and what comes out
`inference`       the signature of data that is at hand
`input_example`   an example input as JSON, and back
`text`            YAML, and nothing else

To add a key of the format: a field of `mlmodel.Model`, and a line in `Model.from_dict`.
"""
