// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.

/** The curves of one run, aligned with the view's metrics. */
export interface RunSparks {
  run_id: string;
  /** At most 60 values in step order, null where one is not finite; empty where there is no curve to draw. */
  curves: ((number | null)[])[];
}

/** The curves of some metrics of some runs. */
export interface RunSparklinesView {
  metrics: string[];
  runs: RunSparks[];
}
