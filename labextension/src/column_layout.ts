// Which columns a run table shows, in which order, how wide, and which of them stay in place.
import type { ColumnKind, TableColumn } from './types.js';

/** Shown as one: status shape and name, in the first column. */
const NAME_ID = 'attributes.run_name';
const STATUS_ID = 'attributes.status';
const MIN_PX = 56;
const MAX_PX = 900;
const MAX_PINNED = 6;
/** As many as Python shows. */
export const MAX_COLUMNS = 1000;

const KIND_PX: Record<ColumnKind, number> = { text: 140, number: 104, time: 112, duration: 122, status: 110, note: 220, count: 84 };
/** What a sparkline takes of a number's cell. */
const SPARK_PX = 50;
const GROUPED_PX = 150;

export interface GridColumn {
  column: TableColumn;
  width: number;
  pinned: boolean;
}

/** What a browser keeps. */
export interface LayoutState {
  /** What the user chose, in order; null while Python chooses. */
  chosen: TableColumn[] | null;
  widths: Record<string, number>;
  pinned: string[];
  sparklines: boolean;
  bars: boolean;
}

export const FRESH_LAYOUT: LayoutState = { chosen: null, widths: {}, pinned: [], sparklines: true, bars: false };

export class ColumnLayout {
  private state: LayoutState;

  /** @param onChange Called after each change, with what is to be kept. */
  constructor(state: LayoutState = FRESH_LAYOUT, private readonly onChange: (state: LayoutState) => void = () => undefined) {
    this.state = { ...state, widths: { ...state.widths } };
  }

  get chosen(): readonly TableColumn[] | null {
    return this.state.chosen;
  }

  get sparklines(): boolean {
    return this.state.sparklines;
  }

  get bars(): boolean {
    return this.state.bars;
  }

  get nameWidth(): number {
    return this.state.widths[NAME_ID] ?? 220;
  }

  /** The columns to draw after the name: those that stay in place first. */
  grid(columns: readonly TableColumn[]): GridColumn[] {
    const shown = this.shown(columns);
    const pinned = new Set(this.state.pinned);
    const entry = (column: TableColumn): GridColumn => ({ column, width: this.width(column), pinned: pinned.has(column.id) });
    return [...shown.filter(c => pinned.has(c.id)), ...shown.filter(c => !pinned.has(c.id))].map(entry);
  }

  /** The columns of groups of runs: Python's, in its order. */
  groups(columns: readonly TableColumn[]): GridColumn[] {
    return columns.map(column => ({ column, width: this.state.widths[column.id] ?? (column.kind === 'count' ? KIND_PX.count : GROUPED_PX), pinned: false }));
  }

  /** Before or after another one in the order drawn. A column that stands among those that stay in place stays, too. */
  move(columns: readonly TableColumn[], id: string, to: number): void {
    const grid = this.grid(columns);
    const from = grid.findIndex(c => c.column.id === id);
    const target = Math.min(Math.max(to, 0), grid.length - 1);
    if (from < 0 || from === target) {
      return;
    }
    const [moved] = grid.splice(from, 1);
    grid.splice(target, 0, moved);
    const pinned = grid.filter(c => c.pinned && c !== moved).length;
    const stays = target < pinned || (target === pinned && moved.pinned);
    this.update({ chosen: grid.map(c => c.column), pinned: this.pinnedWith(id, stays) });
  }

  pin(columns: readonly TableColumn[], id: string, pinned: boolean): void {
    if (pinned && this.state.pinned.length >= MAX_PINNED) {
      return;
    }
    this.update({ chosen: this.state.chosen ?? [...this.shown(columns)], pinned: this.pinnedWith(id, pinned) });
  }

  isPinned(id: string): boolean {
    return this.state.pinned.includes(id);
  }

  hide(columns: readonly TableColumn[], id: string): void {
    this.update({ chosen: this.shown(columns).filter(c => c.id !== id), pinned: this.pinnedWith(id, false) });
  }

  /** At the end; null where no more fit. */
  show(columns: readonly TableColumn[], column: TableColumn): boolean {
    const shown = this.shown(columns).filter(c => c.id !== column.id);
    if (shown.length >= MAX_COLUMNS) {
      return false;
    }
    this.update({ chosen: [...shown, column] });
    return true;
  }

  /** `id` is null for the name column. */
  resize(id: string | null, px: number): void {
    const width = Math.round(Math.min(MAX_PX, Math.max(MIN_PX, px)));
    this.update({ widths: { ...this.state.widths, [id ?? NAME_ID]: width } });
  }

  toggle(what: 'sparklines' | 'bars'): void {
    this.update({ [what]: !this.state[what] });
  }

  /** Back to what Python chooses; the switches stay. */
  reset(): void {
    this.update({ chosen: null, widths: {}, pinned: [] });
  }

  shown(columns: readonly TableColumn[]): TableColumn[] {
    const { chosen } = this.state;
    return chosen === null ? columns.filter(c => c.id !== NAME_ID && c.id !== STATUS_ID) : chosen.filter(c => c.id !== NAME_ID);
  }

  private pinnedWith(id: string, pinned: boolean): string[] {
    const others = this.state.pinned.filter(other => other !== id);
    return pinned ? [...others, id] : others;
  }

  private width(column: TableColumn): number {
    const label = Math.min(220, column.label.length * 7.2 + 62);
    const spark = column.kind === 'number' && this.state.sparklines ? SPARK_PX : 0;
    return this.state.widths[column.id] ?? Math.max((KIND_PX[column.kind] ?? 120) + spark, label);
  }

  private update(change: Partial<LayoutState>): void {
    this.state = { ...this.state, ...change };
    this.onChange(this.state);
  }
}

export const NAME_COLUMN: TableColumn = { id: NAME_ID, label: 'Run', group: 'attributes', kind: 'text' };

/** Columns that can be switched on and off. */
export function choosable(columns: readonly TableColumn[]): TableColumn[] {
  return columns.filter(column => column.id !== NAME_ID);
}

export function isNumeric(kind: ColumnKind): boolean {
  return kind === 'number' || kind === 'duration' || kind === 'time' || kind === 'count';
}

/** Runs can be grouped by it. */
export function isGroupable(column: TableColumn): boolean {
  return column.kind === 'text' && column.id !== 'attributes.run_id' && column.id !== NAME_ID || column.kind === 'status';
}

/** Its cells can be written. */
export function isEditable(column: TableColumn): boolean {
  return column.id === NAME_ID || column.kind === 'note' || column.group === 'tags';
}
