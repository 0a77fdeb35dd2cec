import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RequestError } from '../src/client.js';
import { DashboardState } from '../src/components/dashboard.js';
import { Hub } from '../src/model.js';
import { dashboardPanel } from '../src/panels/dashboard_panel.js';
import { LivePanel } from '../src/panels/live_panel.js';
import type { Panel } from '../src/panels/panel_context.js';
import { dashboardOptions, makePayload, parsePayload } from '../src/payload.js';
import { curvesView, line } from './curves.js';
import { FakeClient, fakeClient, FakeModel, fakePlotly, row, tableView } from './views.js';

const golden = <T>(name: string): T => JSON.parse(readFileSync(`../tests/golden/views/${name}.json`, 'utf8')) as T;
let panel: Panel;
let server: FakeClient;
let running: boolean;
let opened: string[];
let failing: boolean;

const $$ = (selector: string): HTMLElement[] => [...panel.node.querySelectorAll<HTMLElement>(selector)];
const tab = (name: string): HTMLElement => $$('.jt-dashboard [role=tab]').find(node => node.textContent!.startsWith(name))!;
const later = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const asked = (path: string) => server.asked.filter(request => request.path === path).map(request => request.query);
const seen = (): string[] => $$('.jt-dashboard > .jt-tab-group > [role=tabpanel]').filter(node => !node.hidden).map(node => node.firstElementChild?.className.split(' ').find(name => /jt-(table|curves|comparison|exp-box|state)$/.test(name)) ?? '');

function open(state: Partial<DashboardState> = {}, hub: Hub | null = null): void {
  const payload = makePayload('dashboard', 's1', { panel_id: 'p1', experiment_ids: state.experiment_ids ?? ['1'], filter: 'metrics.f1 > 0', dashboard: { ...dashboardOptions(null), ...state } });
  panel = new LivePanel({ payload, server, hub, plotly: fakePlotly().load, isVisible: () => true, onOpenRun: run => void opened.push(run.run_id) }, dashboardPanel);
  document.body.replaceChildren(panel.node);
}

let answers: Record<string, (query: any) => unknown>;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  [running, failing, opened] = [false, false, []];
  answers = {
    '/views/experiments': () => ({ store_id: 's1', location: '~/x', experiments: [
      { experiment_id: '1', name: 'churn', run_count: 3, running_count: 0, last_start_time_ms: 1000 }, { experiment_id: '2', name: '<b>digits</b>', run_count: 2, running_count: 1, last_start_time_ms: null }] }),
    '/views/run-table': query => tableView(query, 3, running ? { rows: [0, 1, 2].map(i => row(i, { status: 'RUNNING' })) } : {}),
    '/views/metric-curves': () => curvesView({ lines: [line('a', { status: running ? 'RUNNING' : 'FINISHED' })] }),
    '/views/comparison': () => golden('comparison'),
    '/views/comparison-files': () => golden('comparison_files'),
    '/views/parallel-coordinates': () => golden('parallel_coordinates'),
    '/views/scatter': () => golden('scatter'),
    '/views/comparison-text': () => golden('comparison_text'),
  };
  server = fakeClient((path, query) => {
    if (failing) {
      throw new RequestError(0, null, 'gone');
    }
    return answers[path]?.(query) ?? {};
  });
});
afterEach(() => {
  panel.dispose();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('a dashboard', () => {
  test('asks only for the tab that is open', async () => {
    open();
    await later(0);
    expect(seen()).toEqual(['jt-table']);
    expect(asked('/views/run-table')[0]).toMatchObject({ store: 's1', experiment_ids: '1', filter: 'metrics.f1 > 0' });
    expect(asked('/views/metric-curves')).toEqual([]);
    expect($$('.jt-dash-where')[0].textContent).toBe('churn');
    tab('Curves').click();
    await later(0);
    expect(seen()).toEqual(['jt-curves']);
    expect(asked('/views/metric-curves')[0]).toMatchObject({ experiment_ids: '1', run_ids: null });
    expect(asked('/views/comparison')).toEqual([]);
  });

  test('a filter that leaves no curves is taken away there: for the table, and in the next experiment, too', async () => {
    answers['/views/metric-curves'] = query => curvesView(query.filter === null ? {} : { lines: [], panels: [], keys: [] });
    open();
    await later(0);
    tab('Curves').click();
    await later(0);
    $$('.jt-curves-message button').find(node => node.textContent === 'Clear filter')!.click();
    await later(0);
    expect(seen()).toEqual(['jt-curves']);
    expect(asked('/views/metric-curves').at(-1)).toMatchObject({ experiment_ids: '1', filter: null });
    expect(asked('/views/run-table').at(-1)!.filter).toBeFalsy();
    expect($$('.jt-curves-message')[0].hidden).toBe(true);
    expect(document.activeElement).toBe($$('.jt-curves')[0]);
    tab('Experiments').click();
    await later(0);
    $$('.jt-exp-box tbody button').find(node => node.textContent === '<b>digits</b>')!.click();
    await later(0);
    expect(asked('/views/run-table').at(-1)).toMatchObject({ experiment_ids: '2' });
    expect(asked('/views/run-table').at(-1)!.filter).toBeFalsy();
  });

  test('one poll follows the tab that is open, at its pace', async () => {
    running = true;
    open({ selection: ['run0'] });
    await later(0);
    const tables = asked('/views/run-table').length;
    await later(5000);
    expect(asked('/views/run-table')).toHaveLength(tables + 1);
    tab('Curves').click();
    await later(2100);
    expect(asked('/views/metric-curves').length).toBeGreaterThanOrEqual(4);
    await later(10_000);
    expect(asked('/views/run-table')).toHaveLength(tables + 1);
    running = false;
    await later(600);
    const curves = asked('/views/metric-curves').length;
    await later(60_000);
    expect(asked('/views/metric-curves')).toHaveLength(curves);
  });

  test('what is selected in the table feeds curves and comparison', async () => {
    open();
    await later(0);
    tab('Comparison').click();
    await later(0);
    expect(seen()).toEqual(['jt-state']);
    $$('.jt-dash-page .jt-state button')[0].click();
    await later(0);
    expect(seen()).toEqual(['jt-table']);
    const tables = asked('/views/run-table').length;
    const boxes = $$('.jt-grid-row input');
    boxes[0].click();
    boxes[2].click();
    await later(0);
    expect(asked('/views/run-table')).toHaveLength(tables);
    expect(tab('Curves').textContent).toBe('Curves2');
    tab('Curves').click();
    await later(0);
    expect(asked('/views/metric-curves').at(-1)).toMatchObject({ run_ids: 'run0,run2', experiment_ids: null });
    tab('Comparison').click();
    await later(0);
    expect(seen()).toEqual(['jt-comparison']);
    expect(asked('/views/comparison').at(-1)).toMatchObject({ run_ids: 'run0,run2' });
    tab('Runs').click();
    $$('.jt-grid-row input')[1].click();
    tab('Comparison').click();
    await later(0);
    expect(asked('/views/comparison').at(-1)).toMatchObject({ run_ids: 'run0,run2,run1' });
  });

  test('another experiment is a click away, and starts afresh', async () => {
    open({ selection: ['run1', 'run2'] });
    await later(0);
    tab('Experiments').click();
    await later(0);
    expect($$('.jt-exp-list tbody th').map(node => node.textContent)).toEqual(['churn', '<b>digits</b>']);
    expect($$('.jt-exp-list [aria-current]')).toHaveLength(1);
    $$('.jt-exp-list tbody .jt-link')[1].click();
    await later(0);
    expect(seen()).toEqual(['jt-table']);
    expect(asked('/views/run-table').at(-1)).toMatchObject({ experiment_ids: '2' });
    expect(tab('Curves').textContent).toBe('Curves');
    expect($$('.jt-dash-where')[0].textContent).toBe('<b>digits</b>');
    tab('Experiments').click();
    $$('.jt-exp-box > .jt-link')[0].click();
    await later(0);
    expect(asked('/views/run-table').at(-1)).toMatchObject({ experiment_ids: null });
    expect($$('.jt-dash-where')[0].textContent).toBe('all experiments');
  });

  test('arrow keys walk over the tabs', async () => {
    open();
    await later(0);
    tab('Runs').dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }));
    await later(0);
    expect(document.activeElement).toBe(tab('Curves'));
    expect(seen()).toEqual(['jt-curves']);
  });

  test('the kernel sets and hears tab and selection', async () => {
    const [hub, model] = [new Hub(), new FakeModel({ tab: 'table', selection: ['run1'], experiment_ids: ['1'] })];
    const detach = hub.attach('p1', model);
    open({}, hub);
    await later(0);
    expect($$('.jt-grid-row input').map(box => (box as HTMLInputElement).checked)).toEqual([false, true, false]);
    $$('.jt-grid-row input')[0].click();
    expect(model.get('selection')).toEqual(['run1', 'run0']);
    tab('Comparison').click();
    expect(model.get('tab')).toBe('comparison');
    const saved = model.saved;
    model.push('tab', 'curves');
    await later(0);
    expect(seen()).toEqual(['jt-curves']);
    expect(model.saved).toBe(saved);
    detach();
    expect(model.listenerCount()).toBe(0);
  });

  test('a server that is away is asked again, slower', async () => {
    failing = true;
    open({ tab: 'experiments' });
    await later(0);
    expect($$('.jt-exp-box')[0].textContent).toContain('Trying again');
    failing = false;
    await later(31_000);
    expect($$('.jt-exp-list tbody th')).toHaveLength(2);
  });
});

test('the payload of a dashboard is ids and a tab', () => {
  const payload = makePayload('dashboard', 's1', { experiment_ids: ['1'], dashboard: { tab: 'curves', selection: ['a'] } });
  expect(parsePayload(structuredClone(payload))).toEqual(payload);
  expect(parsePayload({ ...payload, dashboard: { tab: 'iframe', selection: [7, 'b'] } })!.dashboard).toEqual({ tab: 'table', selection: ['b'] });
});
