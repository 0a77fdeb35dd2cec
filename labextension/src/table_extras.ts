// Sparklines and colour bars of the cells on screen: fetched after the rows, so that nothing waits for them.
import type { Client } from './client.js';
import type { GridColumn } from './column_layout.js';
import type { CellExtras } from './components/grid_cell.js';
import { isLive } from './format.js';
import type { TableQuery } from './run_pager.js';
import { runsQuery } from './run_pager.js';
import type { ColumnRangesView, RunSparklinesView, TableRow } from './types.js';

export interface ExtrasOptions {
  client: Client;
  query(): TableQuery;
  sparklines(): boolean;
  bars(): boolean;
  onChange(): void;
  settleMs?: number;
}

type Curve = readonly (number | null)[];
interface Range { low: number; high: number }

/** As the routes take at most. */
const MAX_RUNS = 60;
const MAX_METRICS = 40;
const KEPT_RUNS = 2000;

export class TableExtras {
  private readonly curves = new Map<string, Map<string, Curve>>();
  private ranges = new Map<string, Range | null>();
  private rangesOf = '';
  private seenNow: { rows: TableRow[]; columns: readonly GridColumn[] } = { rows: [], columns: [] };
  private timer: ReturnType<typeof setTimeout> | null = null;
  private busy = false;
  private disposed = false;

  constructor(private readonly options: ExtrasOptions) {}

  of(entry: GridColumn, row: TableRow, value: unknown): CellExtras {
    const { id, group } = entry.column;
    if (group !== 'metrics') {
      return { curve: null, share: null };
    }
    const curve = this.options.sparklines() ? this.curves.get(row.run_id)?.get(id) : null;
    return { curve, share: this.options.bars() ? share(value, this.ranges.get(id)) : null };
  }

  /** Says what is on screen. */
  seen(rows: TableRow[], columns: readonly GridColumn[]): void {
    this.seenNow = { rows, columns: columns.filter(c => c.column.group === 'metrics') };
    if (this.timer === null && !this.busy && this.isMissing()) {
      this.timer = setTimeout(() => {
        this.timer = null;
        void this.load();
      }, this.options.settleMs ?? 80);
    }
  }

  /** The rows have been read again: curves of runs that go on have moved. */
  refresh(): void {
    for (const row of this.seenNow.rows) {
      if (isLive(row.status)) {
        this.curves.delete(row.run_id);
      }
    }
    this.rangesOf = '';
  }

  dispose(): void {
    this.disposed = true;
    if (this.timer !== null) {
      clearTimeout(this.timer);
    }
  }

  private isMissing(): boolean {
    return this.missingCurves().runs.length > 0 || this.missingRanges().length > 0;
  }

  private async load(): Promise<void> {
    this.busy = true;
    const changed = await Promise.all([this.loadCurves(), this.loadRanges()]);
    this.busy = false;
    if (!this.disposed && changed.includes(true)) {
      this.options.onChange();
    }
  }

  private missingCurves(): { runs: string[]; metrics: string[] } {
    const metrics = this.options.sparklines() ? this.seenNow.columns.slice(0, MAX_METRICS).map(c => c.column.id) : [];
    const lacks = (run: string): boolean => metrics.some(id => !this.curves.get(run)?.has(id));
    const runs = metrics.length === 0 ? [] : this.seenNow.rows.map(row => row.run_id).filter(lacks);
    return { runs: runs.slice(0, MAX_RUNS), metrics };
  }

  private async loadCurves(): Promise<boolean> {
    const { runs, metrics } = this.missingCurves();
    if (runs.length === 0) {
      return false;
    }
    const asked = { store: this.options.query().store_id, run_ids: runs.join(','), metrics: metrics.map(key).join(',') };
    const view = await this.options.client.get<RunSparklinesView>('/views/run-sparklines', asked).catch(() => null);
    // What could not be read is not asked for again and again.
    for (const run of runs) {
      const own = this.curves.get(run) ?? new Map<string, Curve>();
      const found = view?.runs?.find(other => other.run_id === run);
      metrics.forEach((id, i) => own.set(id, found?.curves[i] ?? own.get(id) ?? []));
      this.curves.delete(run);
      this.curves.set(run, own);
    }
    while (this.curves.size > KEPT_RUNS) {
      this.curves.delete(this.curves.keys().next().value!);
    }
    return view !== null;
  }

  private missingRanges(): string[] {
    if (!this.options.bars()) {
      return [];
    }
    const { experiment_ids, filter } = this.options.query();
    const of = JSON.stringify([experiment_ids, filter]);
    const fresh = of === this.rangesOf;
    return this.seenNow.columns.map(c => c.column.id).filter(id => !fresh || !this.ranges.has(id)).slice(0, MAX_METRICS);
  }

  private async loadRanges(): Promise<boolean> {
    const columns = this.missingRanges();
    if (columns.length === 0) {
      return false;
    }
    const query = this.options.query();
    const of = JSON.stringify([query.experiment_ids, query.filter]);
    const asked = { ...runsQuery({ ...query, order_by: null, group_by: null }), columns: columns.join(',') };
    const view = await this.options.client.get<ColumnRangesView>('/views/run-column-ranges', asked).catch(() => null);
    if (of !== this.rangesOf) {
      this.ranges = new Map();
      this.rangesOf = of;
    }
    columns.forEach(id => this.ranges.set(id, null));
    for (const { column, low, high } of view?.ranges ?? []) {
      this.ranges.set(column, low !== null && high !== null && high > low ? { low, high } : null);
    }
    return view !== null;
  }
}

function key(id: string): string {
  return id.slice('metrics.'.length);
}

function share(value: unknown, range: Range | null | undefined): number | null {
  if (!range || typeof value !== 'number') {
    return null;
  }
  return (value - range.low) / (range.high - range.low);
}
