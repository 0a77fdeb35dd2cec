// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.
import type { ColumnGroup, TableColumn } from './table_columns.js';

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
