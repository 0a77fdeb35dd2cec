// The rows of a run table, fetched in pages as they come into view.
import type { Client } from './client.js';
import type { FilterError, OrderBy, RunTableView, TableColumn, TableRow } from './types.js';

export interface TableQuery {
  store_id: string;
  experiment_ids: string[];
  filter: string;
  order_by: OrderBy | null;
  /** Columns whose cells are wanted; null lets Python choose. */
  columns: string[] | null;
  /** At most so many runs; all where left out. */
  max_results?: number | null;
}

export interface PagerOptions {
  client: Client;
  query: TableQuery;
  onChange(): void;
  pageSize?: number;
  maxPages?: number;
  /** How long scrolling must rest before pages are asked for. */
  settleMs?: number;
}

/** A row, and where its cells are: pages may differ in their columns while a change is under way. */
export interface PagedRow {
  row: TableRow;
  columnIndex: ReadonlyMap<string, number>;
}

interface Page {
  rows: TableRow[];
  columnIndex: Map<string, number>;
  stale: boolean;
}

export class RunPager {
  total = 0;
  /** Every column there is; kept from the fullest answer. */
  columns: TableColumn[] = [];
  /** What is wrong with the filter asked for last; the rows are those of the filter before. */
  error: FilterError | null = null;
  /** Why the last request failed. */
  failure: unknown = null;
  /** An answer has come. */
  loaded = false;

  /** The last thing asked for, refused or not. */
  asked: TableQuery;

  private applied: TableQuery;
  private pending: TableQuery | null = null;
  private pages = new Map<number, Page>();
  private inFlight = new Map<number, Promise<void>>();
  private generation = 0;
  private settleTimer: ReturnType<typeof setTimeout> | null = null;
  private wanted: [number, number] = [0, 0];
  private readonly pageSize: number;

  constructor(private readonly options: PagerOptions) {
    this.applied = options.query;
    this.asked = options.query;
    this.pageSize = options.pageSize ?? 100;
  }

  /** What is asked for; ahead of what is shown while an answer is awaited. */
  get query(): TableQuery {
    return this.pending ?? this.applied;
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
    this.asked = { ...this.applied, ...queryOf(view) };
    this.accept(view, this.asked);
    this.options.onChange();
  }

  row(index: number): PagedRow | null {
    const page = this.pages.get(Math.floor(index / this.pageSize));
    const row = page?.rows[index % this.pageSize];
    return page && row ? { row, columnIndex: page.columnIndex } : null;
  }

  loadedRows(): TableRow[] {
    return [...this.pages.values()].flatMap(page => page.rows);
  }

  /** Says which rows are on screen; their pages are fetched once scrolling rests. */
  want(first: number, end: number): void {
    this.wanted = [first, end];
    if (this.pending !== null || this.missing(first, end).length === 0 || this.settleTimer !== null) {
      return;
    }
    this.settleTimer = setTimeout(() => {
      this.settleTimer = null;
      const [from, to] = this.wanted;
      if (this.pending === null) {
        void this.fetchPages(this.missing(from, to));
      }
    }, this.options.settleMs ?? 50);
  }

  /** Resolves once the rows from `first` up to `end` are here, or cannot be had. */
  async ensure(first: number, end: number): Promise<void> {
    await this.fetchPages(this.missing(first, Math.min(end, this.total)));
  }

  /** Asks anew. Rows stay on screen until the answer is here; a bad filter leaves them in place. */
  async ask(change: Partial<TableQuery> = {}): Promise<void> {
    const query = { ...this.query, ...change };
    const generation = ++this.generation;
    this.inFlight.clear();
    this.pending = query;
    this.asked = query;
    this.options.onChange();
    try {
      const view = await this.request(query, 0);
      if (generation === this.generation) {
        this.pending = null;
        this.accept(view, query);
      }
    } catch (failure) {
      if (generation === this.generation) {
        this.pending = null;
        this.failure = failure;
      }
    }
    if (generation === this.generation) {
      this.options.onChange();
    }
  }

  dispose(): void {
    this.generation += 1;
    if (this.settleTimer !== null) {
      clearTimeout(this.settleTimer);
    }
  }

  private accept(view: RunTableView, query: TableQuery): void {
    this.failure = null;
    this.loaded = true;
    this.error = view.error;
    if (view.error !== null) {
      return;
    }
    const same = rowsKey(query) === rowsKey(this.applied);
    if (!same) {
      this.pages.clear();
    }
    // Rows that were on screen stay until their page is here again: a refresh must not flicker.
    for (const page of this.pages.values()) {
      page.stale = true;
    }
    this.applied = query;
    this.put(view);
  }

  private put(view: RunTableView): void {
    this.total = view.total;
    const columnIndex = new Map(view.columns.map((column, i) => [column.id, i]));
    if (view.offset === 0 || view.columns.length > this.columns.length) {
      this.columns = view.columns;
    }
    for (let i = 0; i === 0 || i < view.rows.length; i += this.pageSize) {
      const number = Math.floor(view.offset / this.pageSize) + i / this.pageSize;
      this.pages.delete(number);
      this.pages.set(number, { rows: view.rows.slice(i, i + this.pageSize), columnIndex, stale: false });
    }
    this.evict();
  }

  /** Forgets the pages used longest ago, so that scrolling through a million runs stays small. */
  private evict(): void {
    const [first, end] = this.wanted.map(row => Math.floor(row / this.pageSize));
    for (const number of this.pages.keys()) {
      if (this.pages.size <= (this.options.maxPages ?? 60)) {
        return;
      }
      if (number < first || number > end) {
        this.pages.delete(number);
      }
    }
  }

  private missing(first: number, end: number): number[] {
    const out: number[] = [];
    for (let page = Math.floor(first / this.pageSize); page * this.pageSize < Math.min(end, this.total); page += 1) {
      const known = this.pages.get(page);
      if (known === undefined || known.stale || known.rows.length < this.expected(page)) {
        out.push(page);
      }
    }
    return out;
  }

  private expected(page: number): number {
    return Math.min(this.pageSize, this.total - page * this.pageSize);
  }

  private async fetchPages(numbers: number[]): Promise<void> {
    await Promise.all(numbers.map(number => this.fetchPage(number)));
  }

  private fetchPage(number: number): Promise<void> {
    const known = this.inFlight.get(number);
    if (known !== undefined) {
      return known;
    }
    const generation = this.generation;
    const promise = this.request(this.applied, number * this.pageSize)
      .then(view => {
        if (generation === this.generation && view.error === null) {
          this.failure = null;
          this.put(view);
        }
      })
      .catch(failure => {
        if (generation === this.generation) {
          this.failure = failure;
        }
      })
      .finally(() => {
        if (generation === this.generation) {
          this.inFlight.delete(number);
          this.options.onChange();
        }
      });
    this.inFlight.set(number, promise);
    return promise;
  }

  private request(query: TableQuery, offset: number): Promise<RunTableView> {
    return this.options.client.get<RunTableView>('/views/run-table', tableQuery(query, offset, this.pageSize));
  }
}

/** The query string of the run-table route. */
export function tableQuery(query: TableQuery, offset: number, limit: number): Record<string, string | number | null> {
  return {
    store: query.store_id,
    // None means all active experiments.
    experiment_ids: query.experiment_ids.length === 0 ? null : query.experiment_ids.join(','),
    filter: query.filter === '' ? null : query.filter,
    order_by: query.order_by?.column ?? null,
    ascending: query.order_by === null ? null : String(query.order_by.ascending),
    offset,
    limit,
    columns: query.columns === null ? null : query.columns.join(','),
    max_results: query.max_results ?? null,
  };
}

/** What a view answers to. Not its experiments: it names those there are, where the query may mean all to come. */
export function queryOf({ filter, order_by }: RunTableView): Pick<TableQuery, 'filter' | 'order_by'> {
  return { filter, order_by };
}

/** Which rows, in which order: what decides whether rows on screen are still right. */
export function rowsKey({ filter, order_by }: Pick<TableQuery, 'filter' | 'order_by'>): string {
  return JSON.stringify([filter, order_by?.column, order_by?.ascending]);
}
