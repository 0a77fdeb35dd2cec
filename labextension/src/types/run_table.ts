// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.
import type { OrderBy, TableColumn } from './table_columns.js';
import type { GroupRow, TableRow } from './table_rows.js';

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
  /**
   * What is wrong with a filter that can be read: a word that no run can have, or a key that none has where
   * nothing matches; empty where nobody knows.
   */
  hint: string;
}
