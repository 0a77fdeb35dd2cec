import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Query } from '../src/client.js';
import { RunPager, TableQuery } from '../src/run_pager.js';
import { COLUMNS, fakeClient, settle, tableView } from './views.js';

const QUERY: TableQuery = { store_id: 's1', experiment_ids: ['1', '2'], filter: '', order_by: null, columns: null, max_results: 10 };
const make = (answer: (query: Query) => unknown, change: object = {}) => {
  const client = fakeClient((_, query) => answer(query));
  const onChange = vi.fn();
  return { client, onChange, pager: new RunPager({ client, query: QUERY, onChange, ...change }) };
};
const offsets = (client: ReturnType<typeof fakeClient>): unknown[] => client.asked.map(a => a.query.offset);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('RunPager', () => {
  test('asks for the first page with every part of the query', async () => {
    const { client, pager } = make(query => tableView(query, 250));
    await pager.ask({ filter: 'metrics.f1 > 0.5', order_by: { column: 'metrics.f1', ascending: false }, columns: ['metrics.f1', 'params.lr'] });
    expect(client.asked).toEqual([{
      path: '/views/run-table',
      query: {
        store: 's1', experiment_ids: '1,2', filter: 'metrics.f1 > 0.5', order_by: 'metrics.f1', ascending: 'false',
        offset: 0, limit: 100, columns: 'metrics.f1,params.lr', max_results: 10,
      },
    }]);
    expect(pager.total).toBe(250);
    expect(pager.row(99)?.row.run_id).toBe('run99');
    expect(pager.row(100)).toBeNull();
  });

  test('fetches the pages in view once, when scrolling rests', async () => {
    const { client, pager } = make(query => tableView(query, 100_000));
    await pager.ask();
    for (let first = 0; first < 90_000; first += 1000) {
      pager.want(first, first + 20);
    }
    pager.want(50_090, 50_110);
    await vi.advanceTimersByTimeAsync(60);
    expect(offsets(client)).toEqual([0, 50_000, 50_100]);
    expect(pager.row(50_105)?.row.run_id).toBe('run50105');
    pager.want(50_090, 50_110);
    await vi.advanceTimersByTimeAsync(60);
    expect(client.asked).toHaveLength(3);
  });

  test('keeps few pages, but those in view', async () => {
    const { pager } = make(query => tableView(query, 100_000), { maxPages: 3 });
    await pager.ask();
    for (const first of [1000, 2000, 3000, 4000]) {
      pager.want(first, first + 20);
      await vi.advanceTimersByTimeAsync(60);
    }
    expect(pager.row(4000)).not.toBeNull();
    expect(pager.row(0)).toBeNull();
    expect(pager.loadedRows()).toHaveLength(300);
  });

  test('drops an answer to a question that is no longer asked', async () => {
    const waiting: ((view: unknown) => void)[] = [];
    const { pager } = make(() => new Promise(resolve => waiting.push(resolve)));
    const slow = pager.ask({ filter: 'slow' });
    const fast = pager.ask({ filter: 'fast' });
    await settle();
    waiting[1](tableView({ filter: 'fast' }, 5));
    waiting[0](tableView({ filter: 'slow' }, 9));
    await Promise.all([slow, fast]);
    expect(pager.total).toBe(5);
    expect(pager.shown.filter).toBe('fast');
  });

  test('a bad filter leaves the rows and says what is wrong', async () => {
    const error = { message: 'Expected a value.', position: 4 };
    const { pager } = make(query => tableView(query, query.filter ? 0 : 50, query.filter ? { error, rows: [] } : {}));
    await pager.ask();
    await pager.ask({ filter: 'f1 >' });
    expect(pager.error).toEqual(error);
    expect(pager.asked.filter).toBe('f1 >');
    expect([pager.total, pager.row(0)?.row.name, pager.shown.filter]).toEqual([50, 'name0', '']);
    await pager.ask({ filter: '' });
    expect(pager.error).toBeNull();
  });

  test('a failed request is told, and the rows stay', async () => {
    let down = false;
    const { pager, onChange } = make(query => {
      if (down) throw new Error('down');
      return tableView(query, 50);
    });
    await pager.ask();
    down = true;
    await pager.ask();
    expect(pager.failure).toMatchObject({ message: 'down' });
    expect(pager.row(0)).not.toBeNull();
    expect(pager.loading).toBe(false);
    expect(onChange).toHaveBeenCalled();
  });

  test('a refresh keeps rows on screen until they are replaced; a new order does not', async () => {
    const { pager, client } = make(query => tableView(query, 500));
    await pager.ask();
    pager.want(200, 220);
    await vi.advanceTimersByTimeAsync(60);
    await pager.ask();
    expect(pager.row(210)).not.toBeNull();
    pager.want(200, 220);
    await vi.advanceTimersByTimeAsync(60);
    expect(offsets(client)).toEqual([0, 200, 0, 200]);
    await pager.ask({ order_by: { column: 'metrics.f1', ascending: true } });
    expect(pager.row(210)).toBeNull();
  });

  test('a page with fewer columns finds its cells by id', async () => {
    const { pager } = make(query => Number(query.offset) === 0 ? tableView(query, 150) : tableView(query, 150, {
      columns: [COLUMNS[2]], rows: Array.from({ length: 50 }, (_, i) => ({ run_id: `x${i}`, name: 'x', status: 'FINISHED' as const, cells: [0.5] })),
    }));
    await pager.ask();
    await pager.ensure(100, 150);
    const { row, columnIndex } = pager.row(120)!;
    expect(row.cells[columnIndex.get('metrics.f1')!]).toBe(0.5);
    expect(pager.columns).toHaveLength(COLUMNS.length);
  });

  test('takes the first page from the kernel without asking', () => {
    const { pager, client } = make(() => { throw new Error('not asked'); });
    pager.seed(tableView({}, 42));
    expect([pager.total, pager.row(41)?.row.run_id, client.asked.length]).toEqual([42, 'run41', 0]);
  });
});
