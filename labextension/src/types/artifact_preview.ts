// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.

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
