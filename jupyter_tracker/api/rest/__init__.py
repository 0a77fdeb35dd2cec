"""MLflow's REST 2.0: what its clients ask for, one file of handlers per noun, over the forms in `wire/`.

Each handler takes a `Request` whose `fields` are those of its JSON body or its query, and answers with JSON. What a
client did wrong is an `InvalidParameterError` that names the field; it is never a 5xx, which MLflow's client would
repeat for minutes.

To add an operation: a function in the file of its noun, one `Route` in `api/routes.py`, and its call in
`tests/unit/api/rest/`.
"""
