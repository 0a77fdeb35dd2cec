// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.

/** A number as JSON carries it: NaN and the infinities travel as text. */
export type JsonNumber = number | 'NaN' | 'Infinity' | '-Infinity';

export type RunStatus = 'RUNNING' | 'SCHEDULED' | 'FINISHED' | 'FAILED' | 'KILLED';

/** A file or folder among a run's artifacts; `path` is relative to their root. */
export interface ArtifactEntry {
  path: string;
  is_dir: boolean;
  size_bytes: number | null;
}

/** One metric of a run: its latest value, and a short down-sampled series for a sparkline. */
export interface MetricSummary {
  key: string;
  value: JsonNumber;
  /** The value rounded for people. */
  text: string;
  step: number;
  /** Points logged so far. */
  count: number;
  /** At most 60 values in step order; null where a value is not finite. */
  spark: (number | null)[];
}

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

/** One run with all that a card shows; long lists are cut, and `…_total` says how long they are. */
export interface RunCardView {
  run_id: string;
  store_id: string;
  experiment_id: string;
  experiment_name: string;
  name: string;
  status: RunStatus;
  start_time_ms: number | null;
  end_time_ms: number | null;
  params: KeyValue[];
  params_total: number;
  metrics: MetricSummary[];
  metrics_total: number;
  tags: KeyValue[];
  artifacts: ArtifactEntry[];
  artifacts_total: number;
  error: RunError | null;
  note: string;
  /** The run is in the trash. */
  deleted: boolean;
}

export type ColumnGroup = 'attributes' | 'params' | 'metrics' | 'tags';

export type ColumnKind = 'text' | 'number' | 'time' | 'duration' | 'status';

/** One column of a run table. */
export interface TableColumn {
  /** As in a filter: `metrics.f1`, `params.lr`, `tags.author`, `attributes.start_time`. */
  id: string;
  label: string;
  group: ColumnGroup;
  kind: ColumnKind;
  visible: boolean;
}

/** One run of a table. */
export interface TableRow {
  run_id: string;
  name: string;
  status: RunStatus;
  /** Aligned with the view's columns; null where the run has no such value. */
  cells: (JsonNumber | string | null)[];
}

/** What a table is sorted by: a column's id, and which way. */
export interface OrderBy {
  column: string;
  ascending: boolean;
}

/** What is wrong with a filter, and the column (0-based) at which. */
export interface FilterError {
  message: string;
  position: number | null;
}

/** One page of a run table. */
export interface RunTableView {
  store_id: string;
  experiment_ids: string[];
  experiment_names: string[];
  filter: string;
  order_by: OrderBy | null;
  /** All there are. Cells of hidden ones are left null where there are very many columns. */
  columns: TableColumn[];
  rows: TableRow[];
  /** Index of the first row of this page in the whole result. */
  offset: number;
  total: number;
  error: FilterError | null;
}

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

/** One store that the server may open, because a kernel recorded it or it lies under the root. */
export interface StoreEntry {
  store_id: string;
  location: string;
  /** The store that panels show when they name none. */
  is_default: boolean;
}

/** The stores that panels may show; the default one comes first. */
export interface StoreListView {
  stores: StoreEntry[];
}

/** What our MIME type carries: ids and view options only, never data. */
export interface PanelPayload {
  version: 1;
  panel: 'run_card' | 'run_table';
  store_id: string;
  /** Joins this output to the live widget model in the same page. */
  panel_id: string;
  /** For `run_card`. */
  run_id: string | null;
  /** For `run_table`. */
  experiment_ids: string[];
  filter: string;
  order_by: OrderBy | null;
  columns: string[] | null;
  /** At most so many runs; all where null. */
  max_results: number | null;
}
