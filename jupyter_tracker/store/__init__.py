"""Where runs are kept: the contract (`base`), its implementations and the write path (`journal`).

To add a store: implement `base.Store`, give it a URI scheme in `tracking/active.py`, and add a mode to
`tests/contract/conftest.py`.
"""
