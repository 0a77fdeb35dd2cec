// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.

/** One experiment and its active runs. */
export interface ExperimentEntry {
  experiment_id: string;
  name: string;
  run_count: number;
  running_count: number;
  last_start_time_ms: number | null;
}

/** All active experiments of a store, the one that ran last first. */
export interface ExperimentListView {
  store_id: string;
  /** Where the store is, without credentials; for people. */
  location: string;
  experiments: ExperimentEntry[];
}
