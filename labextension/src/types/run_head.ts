// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.
import type { RunStatus } from './common.js';

/** A param or a tag; a long value is cut. */
export interface KeyValue {
  key: string;
  value: string;
}

/** The exception that ended a run. */
export interface RunError {
  type: string;
  message: string;
}

/** What a run is and how it stands. */
export interface RunHead {
  run_id: string;
  store_id: string;
  experiment_id: string;
  experiment_name: string;
  name: string;
  status: RunStatus;
  start_time_ms: number | null;
  end_time_ms: number | null;
  /** The run is in the trash. */
  deleted: boolean;
  error: RunError | null;
  /** Markdown. */
  note: string;
}
