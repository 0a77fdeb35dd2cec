"""What a browser may ask for: one route table and one dispatcher, without any web framework.

The same table is served by the Jupyter server extension and, inside a kernel, over the comm of a widget. `openapi`
describes it from what its handlers say of themselves; `later` imports those of panels when they are asked.

To add an endpoint: a function in the file of its noun, one `Route` in `routes.py`; the tests over the whole
table check its errors and its authentication.
"""
