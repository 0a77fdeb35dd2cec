"""JSON forms of entities, both directions side by side, as MLflow's REST 2.0 has them.

To add a form: a file of the noun's name with `<noun>_to_json` and `<noun>_from_json`, and a round-trip test.
"""
