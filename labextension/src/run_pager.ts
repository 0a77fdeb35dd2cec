// The rows of a run table, fetched in pages as they come into view, and of each page the columns that do.
import type { Client } from './client.js';
import type { FilterError, GroupRow, JsonNumber, OrderBy, RunTableView, TableColumn, TableRow } from './types.js';

export interface TableQuery {
  store_id: string;
  experiment_ids: string[];
  filter: string;
  order_by: OrderBy | null;
  /** Columns that Python was asked for; null lets it choose. */
  columns: string[] | null;
  /** At most so many runs; all where left out. */
  max_results?: number | null;
  /** A param or tag: rows are groups. */
  group_by?: string | null;
}

export interface PagerOptions {
  client: Client;
  query: TableQuery;
  onChange(): void;
  /** Ids of the columns that the user chose; null while Python chooses. */
  chosen(): string[] | null;
  /** Ids of the columns on screen, and of those that are soon. */
  cells(): string[];
  pageSize?: number;
  maxPages?: number;
  settleMs?: number;
}

export type Value = JsonNumber | string | null;

/** A row, and what stands under a column; undefined where that has not been fetched. */
export interface PagedRow {
  row: TableRow;
  value(columnId: string): Value | undefined;
}

/** Pages that lie side by side and lack the same columns (null: Python chooses them). */
interface Lack {
  page: number;
  count: number;
  cells: string[] | null;
}

class Page {
  stale = false;
  private readonly values = new Map<string, Value[]>();

  constructor(readonly rows: TableRow[], readonly groups: GroupRow[], columns: readonly TableColumn[]) {
    this.add(rows, columns);
  }

  /** Cells of more columns; false where these are other runs by now. */
  take(rows: readonly TableRow[], columns: readonly TableColumn[]): boolean {
    if (rows.length !== this.rows.length || rows.some((row, i) => row.run_id !== this.rows[i].run_id)) {
      return false;
    }
    this.add(rows, columns);
    return true;
  }

  lacks(ids: readonly string[]): string[] {
    return this.rows.length === 0 ? [] : ids.filter(id => !this.values.has(id));
  }

  value(index: number, id: string): Value | undefined {
    return this.values.get(id)?.[index];
  }

  get length(): number {
    return this.rows.length + this.groups.length;
  }

  private add(rows: readonly TableRow[], columns: readonly TableColumn[]): void {
    columns.slice(0, rows[0]?.cells.length ?? 0).forEach((column, i) => this.values.set(column.id, rows.map(row => row.cells[i])));
  }
}

/** Rows of a page: what is fetched and forgotten together. Few, so that a jump brings little more than what it shows. */
const PAGE_ROWS = 25;
/** Rows of the first request, and of any other at most. */
const REQUEST_ROWS = 100;
const KEPT_PAGES = 240;
/** How long scrolling must rest before pages are asked for. */
const SETTLE_MS = 50;
/** Where one of so many rows above or below the screen is not here, so many are fetched. */
const NEAR = 40;
const AHEAD = 75;
/** Columns of one request: their names have to fit into its line. */
const MAX_CELLS = 60;

export class RunPager {
  /** Rows: runs, or groups of them. */
  total = 0;
  runs = 0;
  /** Those that Python chose. */
  columns: TableColumn[] = [];
  /** What is wrong with the filter asked for last; the rows are those of the filter before. */
  error: FilterError | null = null;
  /** The filter that the error is about. */
  refused = '';
  /** What a filter that nothing matches may have meant. */
  hint = '';
  /** Why the last request failed. */
  failure: unknown = null;
  /** An answer has come. */
  loaded = false;

  private applied: TableQuery;
  private pending: TableQuery | null = null;
  /** What was asked for and got no answer: it is what is wanted still. */
  private unanswered: TableQuery | null = null;
  private snapshot: string | null = null;
  private pages = new Map<number, Page>();
  private inFlight = new Set<number>();
  private generation = 0;
  private settleTimer: ReturnType<typeof setTimeout> | null = null;
  /** The pages in view are asked for at the end of this turn of the loop. */
  private soon = false;
  private disposed = false;
  private wanted: [number, number] = [0, 0];
  private fetchedAt = -Infinity;
  private readonly pageSize: number;

  constructor(private readonly options: PagerOptions) {
    this.applied = options.query;
    this.pageSize = options.pageSize ?? PAGE_ROWS;
  }

  /** What is asked for; ahead of what is shown while an answer is awaited, and where none came. */
  get query(): TableQuery {
    return this.pending ?? this.unanswered ?? this.applied;
  }

  /** What the rows answer to. */
  get shown(): TableQuery {
    return this.applied;
  }

  get loading(): boolean {
    return this.pending !== null || this.inFlight.size > 0;
  }

  /** Takes a view that somebody else fetched, such as the kernel's first page. */
  seed(view: RunTableView): void {
    this.generation += 1;
    this.inFlight.clear();
    this.pending = null;
    this.accept(view, { ...this.applied, ...queryOf(view) }, true);
    this.options.onChange();
  }

  row(index: number): PagedRow | null {
    const page = this.pages.get(Math.floor(index / this.pageSize));
    const at = index % this.pageSize;
    const row = page?.rows[at];
    return page && row ? { row, value: id => page.value(at, id) } : null;
  }

  group(index: number): GroupRow | null {
    return this.pages.get(Math.floor(index / this.pageSize))?.groups[index % this.pageSize] ?? null;
  }

  loadedRows(): TableRow[] {
    return [...this.pages.values()].flatMap(page => page.rows);
  }

  /**
   * Says which rows are on screen; their pages, and their columns on screen, are fetched: at once where nothing was
   * lately, so that turning a page waits for nothing else, or else once scrolling rests.
   */
  want(first: number, end: number): void {
    this.wanted = [first, end];
    if (this.pending !== null || this.settleTimer !== null || this.soon || !this.loaded || this.needed().length === 0) {
      return;
    }
    const settle = this.options.settleMs ?? SETTLE_MS;
    if (Date.now() - this.fetchedAt > 2 * settle) {
      this.soon = true;
      queueMicrotask(() => {
        this.soon = false;
        this.fetchNeeded();
      });
      return;
    }
    this.settleTimer = setTimeout(() => {
      this.settleTimer = null;
      this.fetchNeeded();
    }, settle);
  }

  private fetchNeeded(): void {
    if (this.pending === null && !this.disposed) {
      this.fetchedAt = Date.now();
      this.needed().forEach(lack => void this.fetchPages(lack));
    }
  }

  /** What is on screen and missing; when all of it is here, what lies around, so that it is on its way before it is reached. */
  private needed(): Lack[] {
    const [first, end] = this.wanted;
    const around = (rows: number): Lack[] => this.missing(Math.max(0, first - rows), end + rows);
    const now = around(0);
    return now.length > 0 || around(NEAR).length === 0 ? now : around(AHEAD);
  }

  /**
   * Asks anew. Rows stay on screen until the answer is here; a bad filter leaves them in place.
   *
   * @param rechoose Python may choose columns: what it adds is shown after the others.
   */
  async ask(change: Partial<TableQuery> = {}, rechoose = false): Promise<void> {
    const query = { ...this.query, ...change };
    const generation = ++this.generation;
    this.inFlight.clear();
    this.pending = query;
    this.options.onChange();
    try {
      const python = this.options.chosen() === null && (!this.loaded || this.total === 0 || rechoose);
      const cells = python || query.group_by ? null : this.cells();
      const view = await this.request(query, 0, REQUEST_ROWS, cells, null);
      if (generation === this.generation) {
        this.pending = null;
        this.accept(view, query, cells === null);
      }
    } catch (failure) {
      if (generation === this.generation) {
        this.pending = null;
        this.unanswered = query;
        this.failure = failure;
        // What was said of a filter before is not about this one.
        [this.error, this.hint] = [null, ''];
      }
    }
    if (generation === this.generation) {
      this.options.onChange();
    }
  }

  dispose(): void {
    this.generation += 1;
    this.disposed = true;
    if (this.settleTimer !== null) {
      clearTimeout(this.settleTimer);
    }
  }

  private accept(view: RunTableView, query: TableQuery, chosen: boolean): void {
    this.failure = null;
    this.unanswered = null;
    this.loaded = true;
    this.error = view.error;
    this.refused = query.filter;
    this.hint = view.hint;
    if (view.error !== null) {
      if (this.columns.length === 0) {
        this.columns = view.columns;
      }
      return;
    }
    const same = rowsKey(query) === rowsKey(this.applied) && this.total > 0;
    if (!same) {
      this.pages.clear();
    }
    // Rows that were on screen stay until their page is here again: a refresh must not flicker.
    for (const page of this.pages.values()) {
      page.stale = true;
    }
    if (chosen) {
      const grouped = Boolean(query.group_by) || Boolean(this.applied.group_by);
      this.columns = grouped || this.total === 0 ? view.columns : merged(this.columns, view.columns);
    }
    this.applied = query;
    this.snapshot = view.snapshot ?? null;
    this.put(view);
  }

  private put(view: RunTableView): void {
    this.total = view.total;
    this.runs = view.runs;
    for (let i = 0; i === 0 || i < Math.max(view.rows.length, view.groups.length); i += this.pageSize) {
      const number = Math.floor(view.offset / this.pageSize) + i / this.pageSize;
      const [rows, groups] = [view.rows.slice(i, i + this.pageSize), view.groups.slice(i, i + this.pageSize)];
      const known = this.pages.get(number);
      // More columns of the same runs; else the page is another one.
      if (known === undefined || known.stale || !known.take(rows, view.columns) || groups.length > 0) {
        this.pages.delete(number);
        this.pages.set(number, new Page(rows, groups, view.columns));
      }
    }
    this.evict();
  }

  /** Forgets the pages used longest ago, so that scrolling through a million runs stays small. */
  private evict(): void {
    const [first, end] = this.wanted.map(row => Math.floor(row / this.pageSize));
    for (const number of this.pages.keys()) {
      if (this.pages.size <= (this.options.maxPages ?? KEPT_PAGES)) {
        return;
      }
      if (number < first || number > end) {
        this.pages.delete(number);
      }
    }
  }

  /** Pages that are not here, or not with all columns, in as few requests as bring them. */
  private missing(first: number, end: number): Lack[] {
    const cells = this.applied.group_by ? null : this.cells();
    const out: Lack[] = [];
    for (let page = Math.floor(first / this.pageSize); page * this.pageSize < Math.min(end, this.total); page += 1) {
      const lacking = this.lacking(page, cells);
      const last = out.at(-1);
      if (lacking === undefined) {
        continue;
      }
      if (last !== undefined && last.page + last.count === page && last.cells?.join() === lacking?.join()
        && (last.count + 1) * this.pageSize <= REQUEST_ROWS) {
        last.count += 1;
      } else {
        out.push({ page, count: 1, cells: lacking });
      }
    }
    return out;
  }

  /** Which of the `cells` a page has to be asked for: all of them where it is not here, undefined where nothing lacks. */
  private lacking(page: number, cells: string[] | null): string[] | null | undefined {
    const known = this.pages.get(page);
    if (known === undefined || known.stale || known.length < this.expected(page)) {
      return cells;
    }
    const lacking = known.lacks(cells ?? []);
    return lacking.length > 0 ? lacking : undefined;
  }

  private cells(): string[] {
    return this.options.cells().slice(0, MAX_CELLS);
  }

  private expected(page: number): number {
    return Math.min(this.pageSize, this.total - page * this.pageSize);
  }

  private async fetchPages({ page, count, cells }: Lack): Promise<void> {
    const numbers = Array.from({ length: count }, (_, i) => page + i).filter(number => !this.inFlight.has(number));
    if (numbers.length === 0) {
      return;
    }
    const generation = this.generation;
    numbers.forEach(number => this.inFlight.add(number));
    try {
      const rows = (numbers[numbers.length - 1] + 1 - numbers[0]) * this.pageSize;
      const view = await this.request(this.applied, numbers[0] * this.pageSize, rows, cells, this.snapshot);
      if (generation === this.generation && view.error === null) {
        if (this.unanswered === null) {
          this.failure = null;
        }
        this.put(view);
      }
    } catch (failure) {
      if (generation === this.generation) {
        this.failure = failure;
      }
    }
    if (generation === this.generation) {
      numbers.forEach(number => this.inFlight.delete(number));
      this.options.onChange();
    }
  }

  private request(query: TableQuery, offset: number, limit: number, cells: string[] | null, snapshot: string | null): Promise<RunTableView> {
    const columns = this.options.chosen() ?? query.columns;
    const rest = cells === null ? { columns: columns?.join(',') ?? null } : { cells: cells.join(',') };
    return this.options.client.get<RunTableView>('/views/run-table', { ...runsQuery(query), offset, limit, snapshot, ...rest });
  }
}

/** The part of a query string that says which runs are meant, and in which order. */
export function runsQuery(query: TableQuery): Record<string, string | number | null> {
  return {
    store: query.store_id,
    // None means all active experiments.
    experiment_ids: query.experiment_ids.length === 0 ? null : query.experiment_ids.join(','),
    filter: query.filter === '' ? null : query.filter,
    order_by: query.order_by?.column ?? null,
    ascending: query.order_by === null ? null : String(query.order_by.ascending),
    group_by: query.group_by ?? null,
    max_results: query.max_results ?? null,
  };
}

/** What a view answers to. Not its experiments: it names those there are, where the query may mean all to come. */
export function queryOf({ filter, order_by, group_by }: RunTableView): Pick<TableQuery, 'filter' | 'order_by' | 'group_by'> {
  return { filter, order_by, group_by };
}

/** Which rows, in which order: what decides whether rows on screen are still right. */
export function rowsKey({ filter, order_by, group_by }: Pick<TableQuery, 'filter' | 'order_by' | 'group_by'>): string {
  return JSON.stringify([filter, order_by?.column, order_by?.ascending, group_by ?? null]);
}

function merged(known: readonly TableColumn[], found: readonly TableColumn[]): TableColumn[] {
  const ids = new Set(known.map(column => column.id));
  return [...known, ...found.filter(column => !ids.has(column.id))];
}
