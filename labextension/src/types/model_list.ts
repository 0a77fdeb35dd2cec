// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.

/** A registered model: the highest version in production, in staging, and of all; null where there is none. */
export interface ModelEntry {
  name: string;
  production: string | null;
  staging: string | null;
  latest: string | null;
}

/** The registered models that were changed last, those first. */
export interface ModelListView {
  store_id: string;
  models: ModelEntry[];
}
