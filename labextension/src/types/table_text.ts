// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.

/** A table as text. */
export interface TableTextView {
  text: string;
  rows: number;
  /** Rows that there are; more than `rows` where the text was cut at 100,000. */
  total: number;
}
