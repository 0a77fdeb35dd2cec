"""Files of runs, read back: by run and path, or by a URI such as ``runs:/<run_id>/plots/roc.png``."""

from __future__ import annotations

from jupyter_tracker.tracking.artifact_reading import (
    download_artifacts,
    list_artifacts,
    load_dict,
    load_image,
    load_text,
)

__all__ = ["download_artifacts", "list_artifacts", "load_dict", "load_image", "load_text"]
