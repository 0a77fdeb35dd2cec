// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.

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
