// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.

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
