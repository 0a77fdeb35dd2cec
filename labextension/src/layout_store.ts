// The layout of run tables, kept in the browser: by store, experiments and the columns that Python asked for, so that
// a cell that is run again shows its table as it was left.
import { FRESH_LAYOUT, LayoutState, MAX_COLUMNS } from './column_layout.js';
import type { ColumnGroup, ColumnKind, TableColumn } from './types.js';

const PREFIX = 'jupyter-tracker:run-table:';
const KEPT = 60;
const GROUPS: ColumnGroup[] = ['attributes', 'metrics', 'params', 'tags'];
const KINDS: ColumnKind[] = ['text', 'number', 'time', 'duration', 'status', 'note', 'count'];

export function layoutKey(query: { store_id: string; experiment_ids: readonly string[]; columns: readonly string[] | null }): string {
  return PREFIX + JSON.stringify([query.store_id, query.experiment_ids, query.columns]);
}

export function loadLayout(key: string, storage = browserStorage()): LayoutState {
  try {
    return read(JSON.parse(storage?.getItem(key) ?? 'null'));
  } catch {
    return FRESH_LAYOUT;
  }
}

/** Keeps the layouts used last; one that cannot be kept is lost, and nothing else. */
export function saveLayout(key: string, state: LayoutState, storage = browserStorage()): void {
  try {
    storage?.setItem(key, JSON.stringify({ ...state, at: Date.now() }));
    forgetOld(storage);
  } catch {
    // Full, or forbidden.
  }
}

function forgetOld(storage: Storage | null): void {
  const keys = storage === null ? [] : Object.keys(storage).filter(key => key.startsWith(PREFIX));
  if (storage !== null && keys.length > KEPT) {
    const age = (key: string): number => Number((JSON.parse(storage.getItem(key) ?? '{}') as { at?: unknown }).at) || 0;
    keys.sort((a, b) => age(a) - age(b)).slice(0, keys.length - KEPT).forEach(key => storage.removeItem(key));
  }
}

/** Whatever is found there: another version, or another page, may have written it. */
function read(data: unknown): LayoutState {
  const raw = (typeof data === 'object' && data !== null ? data : {}) as Record<string, unknown>;
  const widths = Object.entries((raw.widths ?? {}) as Record<string, unknown>)
    .filter((entry): entry is [string, number] => typeof entry[1] === 'number' && entry[1] >= 40 && entry[1] <= 1000);
  return {
    chosen: Array.isArray(raw.chosen) ? raw.chosen.filter(isColumn).slice(0, MAX_COLUMNS) : null,
    widths: Object.fromEntries(widths),
    pinned: Array.isArray(raw.pinned) ? raw.pinned.filter((id): id is string => typeof id === 'string') : [],
    sparklines: raw.sparklines !== false,
    bars: raw.bars === true,
  };
}

function isColumn(value: unknown): value is TableColumn {
  const column = value as Partial<TableColumn> | null;
  return typeof column?.id === 'string' && typeof column.label === 'string'
    && GROUPS.includes(column.group as ColumnGroup) && KINDS.includes(column.kind as ColumnKind);
}

/** Null where the page may not keep anything. */
function browserStorage(): Storage | null {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}
