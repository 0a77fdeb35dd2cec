import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RequestError } from '../src/client.js';
import { ExperimentList } from '../src/components/experiment_list.js';
import type { RunningRun } from '../src/types.js';
import { FakeClient, fakeClient } from './views.js';

const experiment = (id: string, change = {}) => ({ experiment_id: id, name: `exp${id}`, run_count: 12, running_count: 0, last_start_time_ms: 1000, ...change });
let list: ExperimentList;
let client: FakeClient;
let visible = true;
let answers: Record<string, (query: any) => unknown>;
const onOpenRun = vi.fn();
const onOpenTable = vi.fn();
const onStop = vi.fn();
const onRename = vi.fn();
const onDelete = vi.fn();
const onRenameExperiment = vi.fn();
const onDeleteExperiment = vi.fn();
const entry = (i: number, experiment_id = '1') => ({ run_id: `run${i}`, experiment_id, name: `name${i}`, status: 'FINISHED' as const, start_time_ms: 40_000, metric: 'f1', value: String(i / 10) });
const item = (selector: string, i = 0): HTMLElement => list.node.querySelectorAll<HTMLElement>(selector)[i];
const press = (key: string, change: KeyboardEventInit = {}): void => void document.activeElement!.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...change }));
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
    '/views/run-list': query => ({ runs: Array.from({ length: query.text === undefined ? 10 : 2 }, (_, i) => entry(i)), total: 12 }),
  };
  client = fakeClient((path, query) => answers[path](query));
  list = new ExperimentList({ client, isVisible: () => visible, onOpenRun, onOpenTable, onStop, onRename, onDelete, onRenameExperiment, onDeleteExperiment, hasMenu: true });
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
    expect(client.asked.at(-1)).toEqual({ path: '/views/experiments', query: { store: 's1' } });
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
    expect(client.asked.find(a => a.path === '/views/run-list')).toEqual({
      path: '/views/run-list', query: { store: 's1', experiment_ids: '1', limit: 10 },
    });
    expect(texts('.jt-line')).toHaveLength(10);
    expect(texts('.jt-line')[2]).toBe('Finishedname2 0.2 1m');
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
    const stores = (): unknown[] => client.asked.filter(a => a.path === '/views/experiments').map(a => a.query.store);
    expect(stores()).toEqual(['s1', 's0']);
    await later(3000);
    expect(stores()).toEqual(['s1', 's0', 's0']);
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

  test('all that is asked for after the first look is asked for at once', async () => {
    list.refresh();
    await later(0);
    click('.jt-exp-head');
    await later(0);
    client.asked.length = 0;
    const tick = later(3000);
    await Promise.resolve();
    await tick;
    expect(paths()).toEqual(['/views/experiments', '/views/run-list', '/views/stores']);
  });

  test('a search narrows the experiments and finds runs of all of them', async () => {
    list.refresh();
    await later(0);
    const search = list.node.querySelector<HTMLInputElement>('.jt-side-search')!;
    search.value = ' EXP2 ';
    search.dispatchEvent(new Event('input'));
    expect(texts('.jt-exp-name')).toEqual(['exp2']);
    await later(250);
    expect(client.asked.find(a => a.query.text !== undefined)).toEqual({ path: '/views/run-list', query: { store: 's1', text: 'EXP2', limit: 30 } });
    expect(texts('.jt-found .jt-line-name')).toEqual(['name0', 'name1']);
    search.value = '';
    search.dispatchEvent(new Event('input'));
    expect(texts('.jt-exp-name')).toEqual(['exp1', 'exp2']);
    expect(texts('.jt-found .jt-line-name')).toEqual([]);
  });

  test('a row is called by what is to be seen in it, in its order', async () => {
    list.refresh();
    await later(0);
    click('.jt-exp-head');
    await later(0);
    const names = ['.jt-exp-row', '.jt-line'].map(selector => item(selector).getAttribute('aria-label'));
    expect(names).toEqual(['exp1, 2 running, 12 runs', 'name0, 0, 1m, Finished, f1']);
    expect(item('.jt-exp-row').textContent).toBe('exp1 2 running 12');
    // Runs below an experiment are beside its row, or they would be part of its name.
    expect(item('.jt-exp-row').querySelector('[role=treeitem]')).toBe(null);
  });

  test('it is a tree with one stop for Tab, walked by arrows', async () => {
    list.refresh();
    await later(0);
    const stops = (): number => list.node.querySelectorAll('[role=treeitem][tabindex="0"]').length;
    expect(stops()).toBe(1);
    item('.jt-exp-row').focus();
    press('ArrowDown');
    expect(document.activeElement).toBe(item('.jt-exp-row', 1));
    press('Home');
    press('ArrowRight');
    await later(0);
    expect(item('.jt-exp-row').getAttribute('aria-expanded')).toBe('true');
    press('ArrowRight');
    expect(document.activeElement).toBe(item('.jt-line'));
    expect(stops()).toBe(1);
    press('Enter');
    expect(onOpenRun).toHaveBeenLastCalledWith({ store_id: 's1', run_id: 'run0', name: 'name0' });
    press('F2');
    expect(onRename).toHaveBeenLastCalledWith({ store_id: 's1', run_id: 'run0', name: 'name0' });
    press('ArrowLeft');
    expect(document.activeElement).toBe(item('.jt-exp-row'));
    const renamed = onRename.mock.calls.length;
    press('F2');
    press('Delete');
    const experiment = { store_id: 's1', experiment_id: '1', name: 'exp1' };
    expect([onRenameExperiment.mock.lastCall, onDeleteExperiment.mock.lastCall]).toEqual([[experiment], [experiment]]);
    expect(onRename).toHaveBeenCalledTimes(renamed);
    press('ArrowLeft');
    expect(item('.jt-exp-row').getAttribute('aria-expanded')).toBe('false');
  });

  test('several runs are chosen by Space or Ctrl-click, and deleted together', async () => {
    list.refresh();
    await later(0);
    click('.jt-exp-head');
    await later(0);
    item('.jt-line', 1).focus();
    press(' ');
    item('.jt-line', 3).dispatchEvent(new MouseEvent('click', { bubbles: true, ctrlKey: true }));
    expect(list.selection().map(run => run.run_id)).toEqual(['run1', 'run3']);
    expect(item('.jt-line', 3).getAttribute('aria-selected')).toBe('true');
    expect(onOpenRun).not.toHaveBeenCalled();
    press('Delete');
    expect(onDelete).toHaveBeenLastCalledWith(list.selection());
    press(' ');
    item('.jt-line', 5).focus();
    press('Delete');
    expect(onDelete.mock.lastCall![0].map((run: { run_id: string }) => run.run_id)).toEqual(['run5']);
  });

  test('the menu key and the button open the context menu that a right click opens', async () => {
    list.refresh();
    await later(0);
    click('.jt-exp-head');
    await later(0);
    const menus: (string | undefined)[] = [];
    list.node.addEventListener('contextmenu', event => menus.push((event.target as HTMLElement).dataset.runId ?? (event.target as HTMLElement).className));
    item('.jt-line', 2).focus();
    press('ContextMenu');
    press('F10', { shiftKey: true });
    item('.jt-line .jt-menu-button', 4).click();
    item('.jt-exp-row').focus();
    press('ContextMenu');
    expect(menus).toEqual(['run2', 'run2', 'run4', 'jt-exp-row']);
    expect(onOpenRun).not.toHaveBeenCalled();
  });

  test('runs that go on are listed with their latest value, and can be stopped where a kernel is known', () => {
    const run: RunningRun = { run_id: 'r1', store_id: 's9', experiment_id: '1', experiment_name: 'churn', name: 'forest', start_time_ms: 40_000, parent_run_id: null, kernel_id: 'k1', notebook: null, metric: 'loss', value: '0.5', step: 1200 };
    list.showRunning([run, { ...run, run_id: 'r2', name: 'script', kernel_id: null, metric: '' }]);
    expect(texts('.jt-running-detail')).toEqual(['loss 0.5 · step 1,200 · churn', 'churn']);
    expect(texts('.jt-running-open .jt-line-time')).toEqual(['1m 00s', '1m 00s']);
    expect([...list.node.querySelectorAll<HTMLElement>('.jt-stop')].map(n => n.hidden)).toEqual([false, true]);
    click('.jt-stop');
    expect(onStop).toHaveBeenLastCalledWith({ store_id: 's9', run_id: 'r1', name: 'forest' });
    list.showRunning([]);
    expect(item('.jt-side-section').hidden).toBe(true);
  });
});
