// Labels that a view brings in English, as Python has them too; keys that somebody logged are nobody's to translate.
import type { TableColumn } from './types.js';
import { __ } from './words.js';

const LABELS: Record<string, () => string> = {
  Run: () => __('Run'),
  Status: () => __('Status'),
  Started: () => __('Started'),
  Duration: () => __('Duration'),
  Note: () => __('Note'),
  Ended: () => __('Ended'),
  User: () => __('User'),
  Experiment: () => __('Experiment'),
  'Run id': () => __('Run id'),
  Runs: () => __('Runs'),
  Source: () => __('Source'),
  Cell: () => __('Cell'),
  Branch: () => __('Branch'),
  Commit: () => __('Commit'),
  Repository: () => __('Repository'),
  Python: () => __('Python'),
  Platform: () => __('Platform'),
  Notebook: () => __('Notebook'),
  Error: () => __('Error'),
  'Parent run': () => __('Parent run'),
  'Cell source': () => __('Cell source'),
  'Uncommitted changes': () => __('Uncommitted changes'),
  Attributes: () => __('Attributes'),
  Metrics: () => __('Metrics'),
  Params: () => __('Params'),
  Tags: () => __('Tags'),
};

/** A view's own label in the language of this page. */
export function viewLabel(label: string): string {
  return LABELS[label]?.() ?? label;
}

/** The head of a column: what was logged is called what it was logged as. */
export function columnLabel(column: TableColumn): string {
  return column.group === 'attributes' ? viewLabel(column.label) : column.label;
}
