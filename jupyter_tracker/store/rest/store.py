"""The store on a tracking server. Its operations are described in `store.base.Store`."""

from __future__ import annotations

from jupyter_tracker.store.rest.lacking import lacking
from jupyter_tracker.store.rest.logged_models import RestLoggedModels
from jupyter_tracker.store.rest.promoting import RestPromoting
from jupyter_tracker.store.rest.searching import RestSearching


class RestStore(RestSearching, RestLoggedModels, RestPromoting):
    """A store on a server, made by `open_rest`."""

    measured_series = lacking("Reading the points of a model or a data set apart")
    truncate_metric = lacking("Cutting a metric back")
    update_param = lacking("Correcting a param")
    free_experiment_name = lacking("Taking the name of a deleted experiment")
    trash = lacking("Listing the trash")
    purge = lacking("Removing for good")
    import_experiments = lacking("Importing experiments")
    import_runs = lacking("Importing runs")
    import_logged_models = lacking("Importing logged models")
    import_registered_models = lacking("Importing registered models")
