// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.

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
