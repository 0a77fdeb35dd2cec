import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Query } from '../src/client.js';
import { RunPager, TableQuery } from '../src/run_pager.js';
import { column, COLUMNS, fakeClient, settle, tableView } from './views.js';

const QUERY: TableQuery = { store_id: 's1', experiment_ids: ['1', '2'], filter: '', order_by: null, columns: null, max_results: 10 };
const make = (answer: (query: Query) => unknown, change: object = {}) => {
  const client = fakeClient((_, query) => answer(query));
  const onChange = vi.fn();
  const columns = { chosen: () => null, cells: () => COLUMNS.map(c => c.id) };
  return { client, onChange, pager: new RunPager({ client, query: QUERY, onChange, ...columns, ...change }) };
};
const offsets = (client: ReturnType<typeof fakeClient>): unknown[] => client.asked.map(a => a.query.offset);
const spans = (client: ReturnType<typeof fakeClient>): unknown[] => client.asked.map(a => [a.query.offset, a.query.limit]);

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
        group_by: null, snapshot: null, offset: 0, limit: 100, columns: 'metrics.f1,params.lr', max_results: 10,
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
    // Both pages in one request.
    expect(spans(client)).toEqual([[0, 100], [50_075, 50]]);
    expect(pager.row(50_105)?.row.run_id).toBe('run50105');
    pager.want(50_090, 50_110);
    await vi.advanceTimersByTimeAsync(60);
    pager.want(50_090, 50_110);
    await vi.advanceTimersByTimeAsync(60);
    expect(spans(client).slice(2)).toEqual([[50_000, 75], [50_125, 75]]);
  });

  test('the next page is fetched before it is reached; after a rest nothing waits, while scrolling it does', async () => {
    const { client, pager } = make(query => tableView(query, 100_000));
    await pager.ask();
    pager.want(0, 20);
    await vi.advanceTimersByTimeAsync(60);
    expect(offsets(client)).toEqual([0]);
    pager.want(50, 70);
    await vi.advanceTimersByTimeAsync(0);
    expect(offsets(client)).toEqual([0, 100]);
    pager.want(1000, 1020);
    await vi.advanceTimersByTimeAsync(20);
    expect(offsets(client)).toEqual([0, 100]);
    await vi.advanceTimersByTimeAsync(40);
    expect(offsets(client)).toEqual([0, 100, 1000]);
  });

  test('far down what is on screen comes first, the page behind it when that is here', async () => {
    const { client, pager } = make(query => tableView(query, 100_000));
    await pager.ask();
    pager.want(50_070, 50_090);
    await vi.advanceTimersByTimeAsync(0);
    expect(spans(client)).toEqual([[0, 100], [50_050, 50]]);
    pager.want(50_070, 50_090); // as a grid says when it draws the answer
    await vi.advanceTimersByTimeAsync(60);
    expect(spans(client).slice(2)).toEqual([[49_975, 75], [50_100, 75]]);
    // Near what is here nothing is asked for; a little further on it is.
    pager.want(50_100, 50_130);
    await vi.advanceTimersByTimeAsync(60);
    expect(client.asked).toHaveLength(4);
    pager.want(50_120, 50_140);
    await vi.advanceTimersByTimeAsync(60);
    expect(spans(client).slice(4)).toEqual([[50_175, 50]]);
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
    expect(pager.loadedRows()).toHaveLength(75);
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
    expect(pager.refused).toBe('f1 >');
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

  test('pages that come do not hide that the rows are not those asked for', async () => {
    let down = false;
    const { pager } = make(query => {
      if (down) throw new Error('down');
      return tableView(query, 500);
    });
    await pager.ask();
    down = true;
    await pager.ask({ filter: 'metrics.f1 > 0.5' });
    pager.want(300, 320);
    await vi.advanceTimersByTimeAsync(60);
    down = false;
    pager.want(400, 420);
    await vi.advanceTimersByTimeAsync(60);
    expect(pager.row(410)).not.toBeNull();
    expect(pager.failure).toMatchObject({ message: 'down' });
    await pager.ask();
    expect([pager.failure, pager.shown.filter]).toEqual([null, 'metrics.f1 > 0.5']);
  });

  test('a failed page is forgotten once one comes', async () => {
    let down = false;
    const { pager } = make(query => {
      if (down) throw new Error('down');
      return tableView(query, 500);
    });
    await pager.ask();
    down = true;
    pager.want(300, 320);
    await vi.advanceTimersByTimeAsync(60);
    expect(pager.failure).toMatchObject({ message: 'down' });
    down = false;
    pager.want(300, 320);
    await vi.advanceTimersByTimeAsync(60);
    expect(pager.failure).toBeNull();
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

  test('a page is asked for the columns on screen, and for those that come into view later', async () => {
    const shown = ['metrics.f1'];
    const { client, pager } = make(query => tableView(query, 125), { cells: () => shown });
    await pager.ask();
    expect(client.asked[0].query).not.toHaveProperty('cells');
    pager.want(100, 120);
    await vi.advanceTimersByTimeAsync(60);
    expect(client.asked[1].query).toMatchObject({ offset: 100, cells: 'metrics.f1', snapshot: 'snap' });
    expect(pager.row(110)!.value('metrics.f1')).toBe(11);
    expect(pager.row(110)!.value('tags.owner')).toBeUndefined();
    shown.push('tags.owner');
    pager.want(100, 120);
    await vi.advanceTimersByTimeAsync(60);
    expect(client.asked[2].query).toMatchObject({ offset: 100, cells: 'tags.owner' });
    expect([pager.row(110)!.value('metrics.f1'), pager.row(110)!.value('tags.owner')]).toEqual([11, 'ada']);
    // The pages around lack it, too.
    pager.want(100, 120);
    await vi.advanceTimersByTimeAsync(60);
    expect(client.asked[3].query).toMatchObject({ offset: 25, limit: 75, cells: 'tags.owner' });
    pager.want(100, 120);
    await vi.advanceTimersByTimeAsync(60);
    expect(client.asked).toHaveLength(4);
  });

  test('columns of other runs than those on hand replace the page', async () => {
    let moved = 0;
    const shown = ['metrics.f1'];
    const { pager } = make(query => tableView(query, 100, moved ? { rows: tableView({ ...query, offset: 7, limit: 100 }, 107).rows } : {}), { cells: () => shown });
    await pager.ask();
    moved = 1;
    shown.push('tags.owner');
    pager.want(0, 20);
    await vi.advanceTimersByTimeAsync(60);
    expect(pager.row(0)!.row.run_id).toBe('run7');
    expect(pager.row(0)!.value('tags.owner')).toBe('ada');
  });

  test('a new order keeps the columns; a refresh shows what Python adds behind them', async () => {
    const more = column('metrics.auc', 'number');
    const { client, pager } = make(query => tableView(query, 50, query.cells === undefined && client.asked.length > 1 ? { columns: [more, ...COLUMNS] } : {}));
    await pager.ask();
    await pager.ask({ order_by: { column: 'metrics.f1', ascending: true } });
    expect(client.asked[1].query).toHaveProperty('cells');
    expect(pager.columns).toEqual(COLUMNS);
    await pager.ask({}, true);
    expect(client.asked[2].query).not.toHaveProperty('cells');
    expect(pager.columns).toEqual([...COLUMNS, more]);
  });

  test('groups come in pages, too, with Python\'s columns', async () => {
    const group = (i: number) => ({ value: `v${i}`, n: i, filter: `params.m = 'v${i}'`, cells: [null] });
    const count = column('attributes.run_count', 'count');
    const { client, pager } = make(query => tableView(query, 150, {
      columns: [count], rows: [], groups: Array.from({ length: Number(query.offset) === 0 ? 100 : 50 }, (_, i) => group(Number(query.offset) + i)), runs: 9000,
    }));
    await pager.ask({ group_by: 'params.m' });
    pager.want(100, 120);
    await vi.advanceTimersByTimeAsync(60);
    expect(client.asked.map(a => a.query.cells)).toEqual([undefined, undefined]);
    expect(spans(client)).toEqual([[0, 100], [100, 25]]);
    expect([pager.group(99)?.value, pager.group(120)?.value, pager.total, pager.runs, pager.row(120)]).toEqual(['v99', 'v120', 150, 9000, null]);
    expect(pager.columns).toEqual([count]);
  });

  test('takes the first page from the kernel without asking', () => {
    const { pager, client } = make(() => { throw new Error('not asked'); });
    pager.seed(tableView({}, 42));
    expect([pager.total, pager.row(41)?.row.run_id, client.asked.length]).toEqual([42, 'run41', 0]);
  });
});
