"""`TrackerClient`: everything the tracker can do, by id, on one store.

Put together from `operations/`, one file per noun. Its alias is `MlflowClient`, so that one changed import
line is enough.
"""

from __future__ import annotations

from jupyter_tracker.tracking.operations.artifacts import ArtifactOperations
from jupyter_tracker.tracking.operations.experiments import ExperimentOperations
from jupyter_tracker.tracking.operations.logged_models import LoggedModelOperations
from jupyter_tracker.tracking.operations.registry import RegistryOperations
from jupyter_tracker.tracking.operations.runs import RunOperations


class TrackerClient(ExperimentOperations, RunOperations, ArtifactOperations, LoggedModelOperations, RegistryOperations):
    """The operations of the fluent API by id, and the registry's, on one store.

    Parameters
    ----------
    tracking_uri : str or os.PathLike, optional
        The store: a path or URI as for `set_tracking_uri`; the one in use now where left out.
    registry_uri : str, optional
        Accepted for MLflow's sake; models are registered in the same store.

    Examples
    --------
    >>> from jupyter_tracker import TrackerClient
    >>> client = TrackerClient()
    >>> run = client.create_run("0", run_name="by-hand")
    >>> client.log_metric(run.info.run_id, "f1", 0.9, step=1)
    >>> client.set_terminated(run.info.run_id)
    >>> client.get_run(run.info.run_id).info.status
    'FINISHED'
    """


MlflowClient = TrackerClient
