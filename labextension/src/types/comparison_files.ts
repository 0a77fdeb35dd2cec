// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.
import type { ComparisonGroup } from './comparison_rows.js';

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
