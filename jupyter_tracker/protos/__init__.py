"""MLflow's path of the error codes. To add one: a line in `databricks_pb2`."""
