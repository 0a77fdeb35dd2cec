"""What `TrackerClient` can do, one file per noun, thin over the store.

To add an operation: a method in the file of its noun, named as MLflow names it.
"""
