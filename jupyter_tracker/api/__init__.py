"""What a browser may ask for: one route table and one dispatcher, without any web framework.

The same table is served by the Jupyter server extension and, inside a kernel, over the comm of a widget.

To add an endpoint: a function in the file of its noun, one `Route` in `routes.py`; the tests over the whole
table check its errors and its authentication.
"""
