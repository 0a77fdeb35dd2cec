// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.
import type { ArtifactEntry } from './artifact_list.js';
import type { MetricSummary } from './metric_summaries.js';
import type { KeyValue, RunHead } from './run_head.js';

/** One run with all that a card shows; long lists are cut, and `…_total` says how long they are. */
export interface RunCardView extends RunHead {
  params: KeyValue[];
  params_total: number;
  metrics: MetricSummary[];
  metrics_total: number;
  tags: KeyValue[];
  artifacts: ArtifactEntry[];
  artifacts_total: number;
  /** The Jupyter kernel that the run was started in, while it goes on: the one to interrupt. */
  kernel_id: string | null;
}
