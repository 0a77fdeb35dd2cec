"""The search language, pure: text in, a small tree out. No SQL, no store.

`fields` is the table of what may be named, `tokens` cuts text, `grammar` reads a filter, `ordering` an
`order_by`, `tree` is what they give, `paging` the opaque token of the next page. A store turns the tree into its
own queries.

To add a field: one row in `fields`, one in the store's table of the same noun (a test compares them).
"""
