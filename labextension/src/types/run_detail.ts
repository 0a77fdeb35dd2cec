// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.
import type { RunStatus } from './common.js';
import type { MetricSummary } from './metric_summaries.js';
import type { KeyValue, RunHead } from './run_head.js';

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
export interface RunDetailView extends RunHead {
  facts: RunFact[];
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
