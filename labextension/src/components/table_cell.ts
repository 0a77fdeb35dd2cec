// What stands in a cell of the run table.
import { formatAbsolute, formatDuration, formatNumber, formatRelative, isLive, statusWord } from '../format.js';
import type { JsonNumber, RunStatus, TableColumn, TableRow } from '../types.js';
import { __ } from '../words.js';

export interface CellText {
  text: string;
  title: string;
}

const EMPTY: CellText = { text: '–', title: '' };

export function cellText(column: TableColumn, value: JsonNumber | string | null | undefined, row: TableRow, startMs: number | null): CellText {
  if (column.kind === 'duration') {
    return duration(value, row, startMs);
  }
  if (value === null || value === undefined || value === '') {
    return EMPTY;
  }
  switch (column.kind) {
    case 'number':
      return { text: formatNumber(value as JsonNumber), title: String(value) };
    case 'time':
      return typeof value === 'number' ? { text: formatRelative(value), title: formatAbsolute(value) } : plain(value);
    case 'status':
      return plain(statusWord(value as RunStatus));
    default:
      return plain(value);
  }
}

/** A run that goes on has no duration yet: what it took so far. */
function duration(value: JsonNumber | string | null | undefined, row: TableRow, startMs: number | null): CellText {
  if (typeof value === 'number') {
    return { text: formatDuration(value), title: __('%1 ms', value.toLocaleString('en-US')) };
  }
  if (isLive(row.status) && startMs !== null) {
    return { text: formatDuration(Math.floor((Date.now() - startMs) / 1000) * 1000), title: __('So far') };
  }
  return EMPTY;
}

function plain(value: string | number): CellText {
  const text = String(value);
  return { text, title: text };
}
