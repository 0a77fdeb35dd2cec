import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RequestError } from '../src/client.js';
import { ExperimentList } from '../src/components/experiment_list.js';
import { FakeClient, fakeClient, tableView } from './views.js';

const experiment = (id: string, change = {}) => ({ experiment_id: id, name: `exp${id}`, run_count: 12, running_count: 0, last_start_time_ms: 1000, ...change });
let list: ExperimentList;
let client: FakeClient;
let visible = true;
let answers: Record<string, (query: any) => unknown>;
const onOpenRun = vi.fn();
const onOpenTable = vi.fn();
const texts = (selector: string): string[] => [...list.node.querySelectorAll<HTMLElement>(selector)].map(n => n.textContent ?? '');
const click = (selector: string): void => list.node.querySelector<HTMLElement>(selector)!.click();
const later = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const paths = (): string[] => client.asked.map(a => a.path);

beforeEach(() => {
  vi.useFakeTimers({ now: 100_000 });
  visible = true;
  onOpenRun.mockClear();
  answers = {
    '/views/stores': () => ({ stores: [{ store_id: 's0', location: '/other', is_default: false }, { store_id: 's1', location: '/home/x/tracker.db', is_default: true }] }),
    '/views/experiments': query => ({ store_id: query.store, location: '/home/x/tracker.db', experiments: [experiment('1', { running_count: 2 }), experiment('2')] }),
    '/views/run-table': query => tableView(query, 12),
  };
  client = fakeClient((path, query) => answers[path](query));
  list = new ExperimentList({ client, isVisible: () => visible, onOpenRun, onOpenTable });
  document.body.replaceChildren(list.node);
});
afterEach(() => {
  list.dispose();
  vi.useRealTimers();
});

describe('ExperimentList', () => {
  test('shows the default store, with counts and what runs', async () => {
    list.refresh();
    await later(0);
    expect(client.asked[1]).toEqual({ path: '/views/experiments', query: { store: 's1' } });
    expect(texts('.jt-exp-name')).toEqual(['exp1', 'exp2']);
    expect(texts('.jt-exp-running')).toEqual(['2 running', '']);
    expect(texts('option')).toEqual(['/other', '/home/x/tracker.db']);
  });

  test('polls every 3 seconds while visible, and only then', async () => {
    list.refresh();
    await later(3000);
    expect(client.asked).toHaveLength(4);
    visible = false;
    await later(30_000);
    expect(client.asked).toHaveLength(4);
  });

  test('unfolding asks for ten runs, newest first; a click opens one; polling keeps it open', async () => {
    list.refresh();
    await later(0);
    click('.jt-exp-head');
    await later(0);
    expect(client.asked.at(-1)).toEqual({
      path: '/views/run-table',
      query: { store: 's1', experiment_ids: '1', order_by: 'attributes.start_time', ascending: false, offset: 0, limit: 10 },
    });
    expect(texts('.jt-line')).toHaveLength(10);
    expect(texts('.jt-line')[2]).toBe('Finishedname20.21m');
    expect(texts('.jt-lines-note')[0]).toBe('and 2 older');
    const line = list.node.querySelector('.jt-line');
    await later(3000);
    expect(list.node.querySelector('.jt-line')).toBe(line);
    click('.jt-line');
    expect(onOpenRun).toHaveBeenCalledWith({ store_id: 's1', run_id: 'run0', name: 'name0' });
    click('.jt-exp-head');
    expect(texts('.jt-line')).toEqual([]);
  });

  test('another store can be chosen', async () => {
    list.refresh();
    await later(0);
    const select = list.node.querySelector('select')!;
    select.value = 's0';
    select.dispatchEvent(new Event('change'));
    await later(0);
    expect(client.asked.at(-1)!.query).toEqual({ store: 's0' });
    await later(3000);
    expect(client.asked.at(-1)!.query).toEqual({ store: 's0' });
  });

  test('nothing tracked yet: how to begin', async () => {
    answers['/views/stores'] = () => ({ stores: [] });
    list.refresh();
    await later(0);
    expect(list.node.textContent).toContain('%load_ext jupyter_tracker');
    expect(paths()).toEqual(['/views/stores']);
  });

  test('a failure is told, slows the polling down, and heals', async () => {
    const works = answers['/views/experiments'];
    answers['/views/experiments'] = () => { throw new RequestError(404, null, 'Status 404'); };
    list.refresh();
    await later(0);
    expect(list.node.textContent).toContain('no tracker extension');
    await later(3000);
    expect(paths()).toHaveLength(2);
    answers['/views/experiments'] = works;
    await later(3000);
    expect(texts('.jt-exp-name')).toEqual(['exp1', 'exp2']);
    expect(list.node.textContent).not.toContain('no tracker extension');
  });
});
