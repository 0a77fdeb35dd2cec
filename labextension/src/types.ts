// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.

/** A number as JSON carries it: NaN and the infinities travel as text. */
export type JsonNumber = number | 'NaN' | 'Infinity' | '-Infinity';

export type RunStatus = 'RUNNING' | 'SCHEDULED' | 'FINISHED' | 'FAILED' | 'KILLED';

/** What a curve is drawn over: steps, ms UTC, or seconds since the run's start. */
export type CurveX = 'step' | 'time' | 'relative';

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
  /** The Jupyter kernel that the run was started in, while it goes on: the one to interrupt. */
  kernel_id: string | null;
}

/** One metric: its latest value and curve, and the range of its finite values. */
export interface MetricDetail {
  summary: MetricSummary;
  min: number | null;
  min_text: string;
  max: number | null;
  max_text: string;
}

/** Where a run came from, in one line. */
export interface RunFact {
  label: string;
  value: string;
}

/** Another run, named enough to choose it. */
export interface RunLink {
  run_id: string;
  name: string;
  status: RunStatus;
  start_time_ms: number | null;
}

/** A data set that a run read. */
export interface DatasetUse {
  name: string;
  digest: string;
  source_type: string;
  /** What it was used for, such as ``training``; empty where nobody said. */
  context: string;
  rows: number | null;
}

/** A logged model that a run read or made. */
export interface ModelUse {
  model_id: string;
  name: string;
  role: 'input' | 'output';
  step: number;
  /** ``READY``, ``PENDING``, ``FAILED``; empty where the model is gone. */
  status: string;
}

/** One run with all there is to know but its files; long lists are cut, and `…_total` says how long they are. */
export interface RunDetailView {
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
  facts: RunFact[];
  error: RunError | null;
  /** Markdown. */
  note: string;
  /** What keys of params, metrics and tags must contain; all where empty. */
  find: string;
  metrics: MetricDetail[];
  metrics_total: number;
  params: KeyValue[];
  params_total: number;
  /** Those of the user. */
  tags: KeyValue[];
  tags_total: number;
  /** Those that trackers set about themselves, but for what `facts` says. */
  system_tags: KeyValue[];
  datasets: DatasetUse[];
  models: ModelUse[];
  parent: RunLink | null;
  /** The newest first. */
  children: RunLink[];
  children_total: number;
  /** There is a place for files of this run. */
  has_artifacts: boolean;
}

/** The entries of one folder: folders first, each by name. */
export interface ArtifactFolderView {
  /** Relative to the run's artifacts; empty for their root. */
  path: string;
  entries: ArtifactEntry[];
  /** How many there are; more than `entries` in a very full folder. */
  total: number;
}

export type PreviewKind = 'image' | 'svg' | 'html' | 'plotly' | 'markdown' | 'json' | 'code' | 'text' | 'table' | 'none';

/** The first rows and columns of a table, all cells as text. */
export interface TablePreview {
  columns: string[];
  columns_total: number;
  /** Which columns hold numbers only, and are aligned so. */
  numeric: boolean[];
  rows: string[][];
  /** Null where only the beginning of the file was read. */
  rows_total: number | null;
}

/** A file, or the beginning of it. */
export interface ArtifactPreviewView {
  path: string;
  kind: PreviewKind;
  size_bytes: number;
  /** Of an image, by its first bytes; its content is fetched apart. */
  media_type: string;
  /** Of code. */
  language: string;
  text: string;
  /** `text` or `table` is the beginning only. */
  truncated: boolean;
  table: TablePreview | null;
  /** Why there is nothing to see, for `none`. */
  reason: string;
}

export type ColumnGroup = 'attributes' | 'params' | 'metrics' | 'tags';

export type ColumnKind = 'text' | 'number' | 'time' | 'duration' | 'status' | 'note' | 'count';

/** One column of a run table. */
export interface TableColumn {
  /** As in a filter: `metrics.f1`, `params.lr`, `tags.author`, `attributes.start_time`. */
  id: string;
  label: string;
  group: ColumnGroup;
  kind: ColumnKind;
}

/** What a table is sorted by: a column's id, and which way. */
export interface OrderBy {
  column: string;
  ascending: boolean;
}

/** One run of a table. */
export interface TableRow {
  run_id: string;
  name: string;
  status: RunStatus;
  start_time_ms: number;
  /** In the trash. */
  deleted: boolean;
  /** Aligned with the first of the view's columns; null where the run has no such value. */
  cells: (JsonNumber | string | null)[];
}

/** A metric of a group of runs. */
export interface GroupCell {
  mean: JsonNumber;
  /** Of the sample; null for a single run. */
  std: JsonNumber | null;
  /** Runs that have a number here. */
  n: number;
}

/** The runs of one value of what the table is grouped by. */
export interface GroupRow {
  /** Null for the runs that have none. */
  value: string | null;
  n: number;
  /** What finds these runs, beside the table's own filter. */
  filter: string;
  /** Aligned with the view's columns. */
  cells: (GroupCell | null)[];
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
  group_by: string | null;
  /** Those to show, in order; on a page that was asked for certain cells, the columns of these. */
  columns: TableColumn[];
  /** Their cells are those of the first columns; the others are asked for when they come into view. */
  rows: TableRow[];
  /** In place of rows, where runs are grouped. */
  groups: GroupRow[];
  /** Index of the first row of this page in the whole result. */
  offset: number;
  /** Rows of the whole result: runs, or groups. */
  total: number;
  /** Runs of the whole result. */
  runs: number;
  /** Asks for other pages of the same answer, whatever starts meanwhile. */
  snapshot: string;
  error: FilterError | null;
}

/** The columns of one group that match. */
export interface ColumnSection {
  group: ColumnGroup;
  title: string;
  /** The first of them. */
  columns: TableColumn[];
  total: number;
}

/** What a column chooser lists. */
export interface ColumnListView {
  /** Those of which a column matches. */
  sections: ColumnSection[];
  /** Columns that there are, matching or not. */
  total: number;
}

/** The smallest and the largest finite value of a metric; null where it has none. */
export interface ColumnRange {
  column: string;
  low: number | null;
  high: number | null;
}

/** The ranges of some metrics, over all runs of a table. */
export interface ColumnRangesView {
  ranges: ColumnRange[];
}

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

/** Ids of runs, in the order of the table. */
export interface RunIdsView {
  run_ids: string[];
  /** Runs of the whole table. */
  total: number;
}

/** A table as text. */
export interface TableTextView {
  text: string;
  rows: number;
  /** Rows that there are; more than `rows` where the text was cut at 100,000. */
  total: number;
}

/** One way to go on. */
export interface Completion {
  /** What takes the place of the word that is being typed. */
  text: string;
  /** `metric`, `param`, `tag`, `attribute`, `operator` or `value`. */
  about: string;
}

/** How a filter may go on at the cursor; columns count code points, from 0. */
export interface FilterCompletionView {
  /** Where the word begins that is being typed. */
  start: number;
  end: number;
  items: Completion[];
}

/**
 * One metric of one run or group.
 *
 * Arrays are base64 of little-endian float64; a NaN in `y` is a gap.
 */
export interface Curve {
  /** Whose curve it is: the `id` of a `CurveLine`. */
  line: string;
  x: string;
  y: string;
  /** The curve before it was smoothed; empty where it was not. */
  raw_x: string;
  raw_y: string;
  /** Mean less and plus one standard deviation of a group, aligned with `x`; empty for a run. */
  low: string;
  high: string;
  /** Points logged so far, whatever part of them is shown. */
  count: number;
  last: JsonNumber;
  last_x: number;
  /** Smallest and largest finite value of all points; NaN where there is none. */
  min: JsonNumber;
  max: JsonNumber;
  /** How many points are NaN or infinite. */
  nonfinite: number;
  /** Where the first one of them is. */
  nonfinite_x: number | null;
}

/** What a panel of curves shows, and how: what a saved notebook keeps of it. */
export interface CurveOptions {
  /** The runs; where empty, those that the experiments and the filter name, newest first. */
  run_ids: string[];
  /** How many runs at most, where none are named. */
  limit: number;
  /** Chosen by what the runs have in common where null. */
  metrics: string[] | null;
  x: CurveX;
  /** Weight of the exponential moving average, 0 (none) to 0.999. */
  smoothing: number;
  log_x: boolean;
  log_y: boolean;
  /** A param or tag, as in a filter (`params.lr`): one line per value, the mean of its runs. */
  group_by: string | null;
}

/** One line of the legend: a run, or a group of runs with the same value. */
export interface CurveLine {
  /** The run's id; of a group `params.lr=0.1`. */
  id: string;
  label: string;
  run_ids: string[];
  /** Of a group: RUNNING while one of its runs is. */
  status: RunStatus;
  /** Index into the palette of eight. */
  color: number;
  /** 0 solid, 1 dashed, 2 dotted, 3 dash and dot: where lines share a colour. */
  dash: number;
}

/** All curves of one metric. */
export interface CurvePanel {
  key: string;
  curves: Curve[];
}

/** Curves ready to be drawn, and what else could be chosen. */
export interface MetricCurvesView {
  store_id: string;
  x: CurveX;
  smoothing: number;
  log_x: boolean;
  group_by: string | null;
  /** The part of the axis that the points were chosen for; null for all of it. */
  window: number[] | null;
  lines: CurveLine[];
  panels: CurvePanel[];
  /** Every metric of these runs. */
  keys: string[];
  /** Params and tags that tell these runs apart. */
  group_keys: string[];
  /** How many runs there are; more than are shown where they were cut to `limit`. */
  runs_total: number;
  /** Ids of runs that the store does not have. */
  missing: string[];
  error: FilterError | null;
  /** Changes whenever anything above does. */
  token: string;
}

export type AxisScale = 'linear' | 'log' | 'category';

/** A mark on an axis: where it is (0 to 1), and what stands beside it. */
export interface AxisTick {
  at: number;
  text: string;
}

/** One param or metric as an axis. */
export interface ParamAxis {
  /** As in a filter: `params.lr`, `metrics.f1`. */
  id: string;
  label: string;
  scale: AxisScale;
  ticks: AxisTick[];
}

/** One run; positions and texts are aligned with the axes. */
export interface ParallelLine {
  run_id: string;
  name: string;
  status: RunStatus;
  color: number;
  /** 0 (below) to 1; null where the run has no such value. */
  positions: (number | null)[];
  texts: string[];
}

/** Params from left to right, then the metric, which also colours the lines. */
export interface ParallelCoordinatesView {
  store_id: string;
  axes: ParamAxis[];
  lines: ParallelLine[];
  /** The metric's key; the last axis is its own. Null where no run has one. */
  metric: string | null;
}

/** One run that has both values. */
export interface ScatterPoint {
  run_id: string;
  name: string;
  status: RunStatus;
  color: number;
  /** 0 (left) to 1, as `y` from below. */
  x: number;
  y: number;
  x_text: string;
  y_text: string;
}

/** Runs between two axes. */
export interface ScatterView {
  store_id: string;
  x: ParamAxis;
  y: ParamAxis;
  points: ScatterPoint[];
  /** How many runs have no finite value on one of the axes. */
  left_out: number;
}

/** Whether small or large values are better; `none` where neither is. */
export type MetricGoal = 'min' | 'max' | 'none';

/** The latest value of one run. */
export interface MetricCell {
  value: JsonNumber;
  /** The value rounded for people. */
  text: string;
  step: number;
  /** What it has more than the baseline, rounded, with its sign; null for the baseline itself and without numbers. */
  delta: string | null;
  /** The same in percent of the baseline. */
  percent: string | null;
  /** Than the baseline; null where neither is. */
  better: boolean | null;
  /** Of all runs; several where they are equal. */
  best: boolean;
}

/** One metric of all runs. */
export interface ComparedMetric {
  key: string;
  goal: MetricGoal;
  /** Aligned with the runs; null where a run has no such metric. */
  cells: (MetricCell | null)[];
  differs: boolean;
}

export type ComparisonGroupId = 'params' | 'tags' | 'run' | 'git' | 'environment' | 'datasets' | 'packages' | 'artifacts' | 'code';

/** One key of all runs. */
export interface ComparisonRow {
  key: string;
  /** Aligned with the runs, null where a run has none; a single one where all runs have the same. */
  cells: (string | null)[];
  differs: boolean;
}

/** Rows that belong together: those that differ first, then the others, each by key. */
export interface ComparisonGroup {
  id: ComparisonGroupId;
  rows: ComparisonRow[];
  /** How many rows differ, as `total` before long groups were cut. */
  differing: number;
  total: number;
}

/** Which runs are compared, and how: what a saved notebook keeps of it. */
export interface ComparisonOptions {
  run_ids: string[];
  /** Id of the run that the others are measured against; the first one where null. */
  baseline: string | null;
  /** Metrics whose small values are the better ones, whatever their names say. */
  minimize: string[];
  maximize: string[];
  /** Metrics that have no better. */
  unranked: string[];
}

/** One of the runs: a column. */
export interface ComparedRun {
  run_id: string;
  name: string;
  status: RunStatus;
  /** Index into the palette of eight. */
  color: number;
  /** 0 solid, 1 dashed, 2 dotted, 3 dash and dot: where runs share a colour. */
  dash: number;
  start_time_ms: number | null;
  end_time_ms: number | null;
  /** The run is in the trash. */
  deleted: boolean;
}

/** What the store knows of some runs, side by side; what lies in their files is asked for apart. */
export interface ComparisonView {
  store_id: string;
  runs: ComparedRun[];
  /** Index of the run that the others are measured against. */
  baseline: number;
  /** Those that differ first, then the others, each by key; the machine's own ones last. */
  metrics: ComparedMetric[];
  metrics_total: number;
  groups: ComparisonGroup[];
  /** Ids of runs that the store does not have. */
  missing: string[];
  /** Changes whenever anything above does. */
  token: string;
}

export type ComparisonPart = 'packages' | 'artifacts' | 'code';

/** The source of the tracked cell, or the changes that were not committed when it ran. */
export type ComparisonFile = 'source' | 'diff';

/** One kind of files of some runs; the group's cells are aligned with the runs of the `ComparisonView`. */
export interface ComparisonFilesView {
  store_id: string;
  group: ComparisonGroup;
  /** Ids of runs whose packages were not written down: they count neither as different nor as equal. */
  without: string[];
  /** Rows that the baseline lacks; `removed` are those that only other runs lack. */
  added: number;
  removed: number;
  changed: number;
}

/** A file of one run, as text. */
export interface ComparedText {
  run_id: string;
  /** Null where the run has no such file. */
  text: string | null;
  is_cut: boolean;
}

/** A file of one or two runs. */
export interface ComparisonTextView {
  store_id: string;
  file: ComparisonFile;
  texts: ComparedText[];
}

export type DashboardTab = 'experiments' | 'table' | 'curves' | 'comparison';

/** What a dashboard shows: each tab has a view of its own, asked for when it is open. */
export interface DashboardOptions {
  tab: DashboardTab;
  /** Ids of the runs that are selected in the table, and shown as curves and compared. */
  selection: string[];
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

/** One run and one of its metrics. */
export interface RunEntry {
  run_id: string;
  experiment_id: string;
  name: string;
  status: RunStatus;
  start_time_ms: number | null;
  /** Key of a metric that most of the listed runs have, else of the one logged last; empty where there is none. */
  metric: string;
  /** Its latest value, rounded for people. */
  value: string;
}

/** The newest runs of an experiment, or of all; `total` says how many match. */
export interface RunListView {
  runs: RunEntry[];
  total: number;
}

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
  panel: 'run_card' | 'run_detail' | 'run_table' | 'metric_curves' | 'comparison' | 'dashboard';
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
}
