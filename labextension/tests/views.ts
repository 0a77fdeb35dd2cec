// Views and clients as tests need them.
import { type Body, type Client, type Query, queryString } from '../src/client.js';
import type { HostModel } from '../src/model.js';
import type { Plotly, PlotlyLoader, PlotlyTrace } from '../src/plotly.js';
import type { ColumnKind, JsonNumber, MetricSummary, RunCardView, RunTableView, TableColumn, TableRow } from '../src/types.js';

export function metric(key: string, spark: (number | null)[] = [1, 2, 3]): MetricSummary {
  return { key, value: 3, text: '3', step: spark.length - 1, count: spark.length, spark };
}

export function cardView(change: Partial<RunCardView> = {}): RunCardView {
  return {
    run_id: 'a'.repeat(32), store_id: 's1', experiment_id: '1', experiment_name: 'churn', name: 'rf', status: 'RUNNING',
    start_time_ms: 1000, end_time_ms: null, params: [], params_total: 0, metrics: [], metrics_total: 0, tags: [],
    artifacts: [], artifacts_total: 0, error: null, note: '', deleted: false, kernel_id: null, ...change,
  };
}

export function column(id: string, kind: ColumnKind): TableColumn {
  const [group] = id.split('.');
  return { id, label: id.slice(group.length + 1), group: group as TableColumn['group'], kind };
}

export const COLUMNS = [
  column('attributes.run_name', 'text'), column('attributes.start_time', 'time'),
  column('metrics.f1', 'number'), column('params.lr', 'text'),
];
export const OWNER = column('tags.owner', 'text');
const VALUES: Record<string, (i: number) => JsonNumber | string> = {
  'attributes.run_name': i => `name${i}`, 'attributes.start_time': () => 1000, 'metrics.f1': i => i / 10, 'params.lr': () => '0.1', 'tags.owner': () => 'ada',
};

export function row(i: number, change: Partial<TableRow> = {}): TableRow {
  return { run_id: `run${i}`, name: `name${i}`, status: 'FINISHED', start_time_ms: 1000, deleted: false, experiment_id: '1', cells: [`name${i}`, 1000, i / 10, '0.1'], ...change };
}

/** The page that a server would answer, of `total` rows. */
export function tableView(query: Query, total: number, change: Partial<RunTableView> = {}): RunTableView {
  const offset = Number(query.offset ?? 0);
  const end = Math.min(total, offset + Number(query.limit ?? 100));
  const order = query.order_by ? { column: String(query.order_by), ascending: query.ascending === 'true' } : null;
  const known = new Map([...COLUMNS, OWNER].map(c => [c.id, c]));
  const columns = query.cells === undefined ? COLUMNS : String(query.cells).split(',').filter(id => id !== '').map(id => known.get(id) ?? column(id, 'number'));
  const cells = (i: number): (JsonNumber | string | null)[] => columns.map(c => VALUES[c.id]?.(i) ?? null);
  return {
    store_id: 's1', experiment_ids: ['1'], experiment_names: ['churn'], filter: String(query.filter ?? ''), order_by: order,
    group_by: query.group_by ? String(query.group_by) : null, groups: [], runs: total, snapshot: 'snap',
    columns, rows: Array.from({ length: Math.max(0, end - offset) }, (_, i) => row(offset + i, { cells: cells(offset + i) })), offset, total, error: null, hint: '', ...change,
  };
}

export interface FakeClient extends Client {
  asked: { path: string; query: Query }[];
  /** What was to be changed. */
  posted: { path: string; body: Body }[];
  /** Answers what is posted from now on. */
  onPost?: (path: string, body: Body) => unknown;
}

export function fakeClient(answer: (path: string, query: Query) => unknown, write: (path: string, body: Body) => unknown = () => ({ updated: 1 })): FakeClient {
  const asked: FakeClient['asked'] = [];
  const posted: FakeClient['posted'] = [];
  const client: FakeClient = {
    asked,
    posted,
    async post<T>(path: string, body: Body): Promise<T> {
      posted.push({ path, body });
      return (await (client.onPost ?? write)(path, body)) as T;
    },
    async get<T>(path: string, query: Query = {}): Promise<T> {
      asked.push({ path, query });
      return (await answer(path, query)) as T;
    },
    async bytes(path: string, query: Query = {}): Promise<ArrayBuffer> {
      asked.push({ path, query });
      return (await answer(path, query)) as ArrayBuffer;
    },
    url: (path, query = {}) => `/base/jupyter-tracker${path}?${queryString(query)}`,
    artifactUrl: (store, run, path) => `/base/jupyter-tracker/artifacts/get?store=${store}&run_id=${run}&path=${path}`,
  };
  return client;
}

export class FakeModel implements HostModel {
  sent: any[] = [];
  saved = 0;
  readonly obeyed: boolean[] = [];
  private listeners = new Map<string, Set<(...args: any[]) => void>>();

  constructor(private traits: Record<string, unknown> = {}) {}

  get(name: string): unknown {
    return this.traits[name];
  }
  set(name: string, value: unknown): void {
    this.traits[name] = value;
  }
  save_changes(): void {
    this.saved += 1;
  }
  on(event: string, callback: (...args: any[]) => void): void {
    this.listeners.set(event, (this.listeners.get(event) ?? new Set()).add(callback));
  }
  off(event: string, callback: (...args: any[]) => void): void {
    this.listeners.get(event)?.delete(callback);
  }
  send(content: unknown): void {
    this.sent.push(content);
  }
  /** What was asked for over the comm, alone or with others. */
  asked(): { path: string; query: Record<string, string> }[] {
    return this.sent.flatMap(({ path, query, body }) => (path === '/views/batch' ? body.requests : [{ path, query }]));
  }
  /** Does what the page asks of a kernel, from now on: its trait `pushes` follows. */
  obey(): this {
    this.send = ({ id, path, body }: any) => {
      if (path === '/pushes') {
        this.obeyed.push(body.wanted);
        this.push('pushes', body.wanted);
        this.emit('msg:custom', { kind: 'response', id, status: 200, body: null });
      }
    };
    return this;
  }
  /** What the kernel does. */
  push(name: string, value: unknown): void {
    this.traits[name] = value;
    this.emit(`change:${name}`);
  }
  emit(event: string, ...args: unknown[]): void {
    this.listeners.get(event)?.forEach(callback => callback(...args));
  }
  listenerCount(): number {
    return [...this.listeners.values()].reduce((n, set) => n + set.size, 0);
  }
}

/** Lets promises settle. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i += 1) {
    await Promise.resolve();
  }
}

/** A chart library that keeps what it was told to draw. */
interface FakePlotly {
  load: PlotlyLoader;
  drawn: { node: HTMLElement; data: PlotlyTrace[]; layout: any }[];
  loads: number;
  /** Calls who listens to the plot that was drawn first. */
  emit(event: string, value: object): void;
}

export function fakePlotly(): FakePlotly {
  const listeners: { node: HTMLElement; event: string; call(value: object): void }[] = [];
  const fake: FakePlotly = {
    drawn: [],
    loads: 0,
    emit: (event, value) => listeners.filter(one => one.event === event && one.node === listeners[0].node).forEach(one => one.call(value)),
    load: async (): Promise<Plotly> => {
      fake.loads += 1;
      return {
        react: async (node, data, layout) => {
          fake.drawn.push({ node, data, layout });
          Object.assign(node, { on: (event: string, call: (value: object) => void) => listeners.push({ node, event, call }) });
        },
        toImage: async () => `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg"/>')}`,
        purge: () => undefined,
      };
    },
  };
  return fake;
}
