// Which columns a run table shows, in which order and how wide.
import type { ColumnKind, TableColumn } from './types.js';

/** These are shown as one: status shape and name, in the first column. */
const NAME_IDS = new Set(['attributes.run_name', 'attributes.name']);
const STATUS_ID = 'attributes.status';
const MIN_PX = 56;
const MAX_PX = 900;
/** More columns than this no screen shows, and no request line holds their names. */
export const MAX_COLUMNS = 200;

const KIND_PX: Record<ColumnKind, number> = { text: 140, number: 96, time: 112, duration: 92, status: 110 };

export interface GridColumn {
  column: TableColumn;
  width: number;
}

export class ColumnLayout {
  nameWidth = 240;
  private widths = new Map<string, number>();
  /** What the user chose, or null while Python chooses. */
  chosen: string[] | null;

  constructor(chosen: string[] | null) {
    this.chosen = chosen;
  }

  /** The columns to draw after the name, in Python's order. */
  grid(columns: readonly TableColumn[]): GridColumn[] {
    const wanted = this.chosen === null ? null : new Set(this.chosen);
    const shown = columns.filter(c => !NAME_IDS.has(c.id) && (wanted === null ? c.visible && c.id !== STATUS_ID : wanted.has(c.id)));
    return shown.slice(0, MAX_COLUMNS).map(column => ({ column, width: this.width(column) }));
  }

  resize(id: string | null, px: number): void {
    const width = Math.round(Math.min(MAX_PX, Math.max(MIN_PX, px)));
    if (id === null) {
      this.nameWidth = width;
    } else {
      this.widths.set(id, width);
    }
  }

  private width(column: TableColumn): number {
    const label = Math.min(220, column.label.length * 7.5 + 40);
    return this.widths.get(column.id) ?? Math.max(KIND_PX[column.kind] ?? 120, label);
  }
}

/** The column by which names are sorted, if Python has it. */
export function nameColumn(columns: readonly TableColumn[]): TableColumn | null {
  return columns.find(column => NAME_IDS.has(column.id)) ?? null;
}

/** Columns that can be switched on and off. */
export function choosable(columns: readonly TableColumn[]): TableColumn[] {
  return columns.filter(column => !NAME_IDS.has(column.id));
}

export function isNumeric(kind: ColumnKind): boolean {
  return kind === 'number' || kind === 'duration' || kind === 'time';
}
