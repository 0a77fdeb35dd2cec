// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.
import type { ComparisonOptions } from './comparison.js';
import type { DashboardOptions } from './dashboard.js';
import type { CurveOptions } from './metric_curves.js';
import type { OrderBy } from './table_columns.js';

/** What our MIME type carries: ids and view options only, never data. */
export interface PanelPayload {
  version: 1;
  panel: 'run_card' | 'run_detail' | 'run_table' | 'metric_curves' | 'comparison' | 'dashboard' | 'registry_board';
  store_id: string;
  /** Joins this output to the live widget model in the same page. */
  panel_id: string;
  /** For `run_card` and `run_detail`. */
  run_id: string | null;
  /** For `run_table`. */
  experiment_ids: string[];
  filter: string;
  order_by: OrderBy | null;
  columns: string[] | null;
  /** A param or tag, such as `params.model`. */
  group_by: string | null;
  /** At most so many runs; all where null. */
  max_results: number | null;
  /** For `metric_curves`; where its runs are looked for is in `experiment_ids` and `filter`. */
  curves: CurveOptions | null;
  /** For `comparison`. */
  comparison: ComparisonOptions | null;
  /** For `dashboard`; whose runs it shows is in `experiment_ids` and `filter`. */
  dashboard: DashboardOptions | null;
  /** For `registry_board`: the registered model; the one that was changed last where null. */
  model: string | null;
}
