// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.

/** Ids of runs, in the order of the table. */
export interface RunIdsView {
  run_ids: string[];
  /** Runs of the whole table. */
  total: number;
}
