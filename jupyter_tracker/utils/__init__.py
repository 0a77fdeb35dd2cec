"""The names below `mlflow.utils` that user code imports. To add one: a file of MLflow's name."""
