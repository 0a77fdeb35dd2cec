// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.

/** One run that goes on. */
export interface RunningRun {
  run_id: string;
  store_id: string;
  experiment_id: string;
  experiment_name: string;
  name: string;
  start_time_ms: number | null;
  parent_run_id: string | null;
  /** The Jupyter kernel that the run was started in; null for a script. */
  kernel_id: string | null;
  /** Path of its notebook when the run started, as the kernel knew it. */
  notebook: string | null;
  /** Key of the metric that was logged last; empty before the first. */
  metric: string;
  /** Its latest value, rounded for people. */
  value: string;
  step: number;
}

/** The runs that go on, the newest first; at most 50 of a store. */
export interface RunningListView {
  runs: RunningRun[];
}
