import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RequestError } from '../src/client.js';
import { Hub } from '../src/model.js';
import { createPanel } from '../src/panels/panel.js';
import type { Panel } from '../src/panels/panel_context.js';
import { LivePanel } from '../src/panels/live_panel.js';
import { tablePanel } from '../src/panels/table_panel.js';
import { makePayload } from '../src/payload.js';
import { cardView, fakeClient, fakePlotly, FakeClient, FakeModel, settle, tableView } from './views.js';

const unknown = (): never => { throw new RequestError(404, 'RESOURCE_DOES_NOT_EXIST', "No store 's1'."); };
let panel: Panel;
let visible = true;

beforeEach(() => {
  visible = true;
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  panel.dispose();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

function open(server: FakeClient, hub: Hub | null, kind: 'run_card' | 'run_table' = 'run_card'): Panel {
  const payload = makePayload(kind, 's1', { panel_id: 'p1', run_id: 'r1', experiment_ids: ['1'] });
  const context = { payload, server, hub, plotly: fakePlotly().load, isVisible: () => visible, text: 'run forest FINISHED' };
  // In a page the table's code comes when the first one is shown.
  panel = kind === 'run_table' ? new LivePanel(context, tablePanel) : createPanel(context);
  return panel;
}
const text = (): string => panel.node.textContent ?? '';
const status = (): string => panel.node.querySelector('.jt-status')?.textContent ?? '';
const later = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

describe('a card from the server', () => {
  test('polls twice a second while the run goes on, and rests after', async () => {
    let view = cardView();
    const server = fakeClient(() => view);
    open(server, null);
    await later(0);
    expect(server.asked[0]).toEqual({ path: '/views/run-card', query: { store: 's1', run_id: 'r1' } });
    await later(1500);
    expect(server.asked).toHaveLength(4);
    view = cardView({ status: 'FINISHED', end_time_ms: 5000 });
    await later(500);
    expect(status()).toBe('Finished');
    await later(60_000);
    expect(server.asked).toHaveLength(5);
  });

  test('asks nothing while nobody can see it', async () => {
    const server = fakeClient(() => cardView());
    open(server, null);
    await later(0);
    visible = false;
    await later(30_000);
    expect(server.asked).toHaveLength(1);
    visible = true;
    await later(1100);
    expect(server.asked.length).toBeGreaterThan(1);
  });

  test('an unknown store is a quiet message, and heals', async () => {
    let known = false;
    open(fakeClient(() => known ? cardView() : unknown()), null);
    await later(0);
    expect(text()).toContain("This panel's store is not known to this Jupyter server.");
    expect(text()).not.toMatch(/Error|at .*\.ts/);
    // What the notebook has of it stands below.
    expect(panel.node.querySelector('.jt-card-text')?.textContent).toBe('run forest FINISHED');
    known = true;
    await later(31_000);
    expect(status()).toBe('Running');
  });

  test('a server that is down for a moment does not take the card away', async () => {
    let down = false;
    open(fakeClient(() => { if (down) throw new RequestError(0, null, 'gone'); return cardView(); }), null);
    await later(0);
    down = true;
    await later(5000);
    expect(status()).toBe('Running');
    down = false;
    await later(31_000);
    expect(status()).toBe('Running');
  });
});

describe('a card with a live model', () => {
  test('the server does not know the store: the kernel pushes, and the server is asked seldom', async () => {
    const [server, hub, model] = [fakeClient(unknown), new Hub(), new FakeModel({ view: cardView(), pushes: true }).obey()];
    hub.attach('p1', model);
    open(server, hub);
    for (let i = 0; i < 10; i += 1) {
      model.push('view', cardView({ name: `n${i}` }));
      await later(1000);
    }
    expect(text()).toContain('n9');
    expect(server.asked).toHaveLength(1);
    expect(model.get('pushes')).toBe(true);
    model.push('view', cardView({ status: 'FINISHED', end_time_ms: 2 }));
    await later(60_000);
    expect(status()).toBe('Finished');
    expect(server.asked).toHaveLength(1);
  });

  test('the server knows the store: the kernel need not push, until the server is away', async () => {
    let away = false;
    const [hub, model] = [new Hub(), new FakeModel({ view: cardView({ name: 'old' }), pushes: true }).obey()];
    hub.attach('p1', model);
    open(fakeClient(() => { if (away) throw new RequestError(0, null, 'gone'); return cardView({ name: 'stored' }); }), hub);
    expect(text()).toContain('old');
    await later(0);
    expect(text()).toContain('stored');
    expect(model.obeyed).toEqual([false]);
    away = true;
    await later(500);
    expect(model.obeyed).toEqual([false, true]);
    model.push('view', cardView({ name: 'pushed' }));
    expect(text()).toContain('pushed');
    away = false;
    await later(31_000);
    expect(text()).toContain('stored');
    expect(model.get('pushes')).toBe(false);
  });

  test('a kernel that did not hear that it need not push is told again, and once', async () => {
    const [hub, model] = [new Hub(), new FakeModel({ view: cardView(), pushes: true })];
    hub.attach('p1', model);
    open(fakeClient(() => cardView()), hub);
    await later(900);
    expect(model.sent).toHaveLength(1);
    expect(model.sent[0]).toMatchObject({ kind: 'request', method: 'POST', path: '/pushes', body: { wanted: false } });
    await later(200);
    expect(model.sent).toEqual([model.sent[0], model.sent[0]]);
    model.push('pushes', false);
    model.emit('msg:custom', { kind: 'response', id: model.sent[0].id, status: 200, body: null });
    await later(60_000);
    expect(model.sent).toHaveLength(2);
  });

  test('a kernel that cannot answer while its cell runs is not asked for ever', async () => {
    const [hub, model] = [new Hub(), new FakeModel({ view: cardView(), pushes: true })];
    hub.attach('p1', model);
    open(fakeClient(() => cardView()), hub);
    await later(600_000);
    expect(model.sent).toHaveLength(5);
  });

  test('the server gets to know the store while the kernel pushes without a pause', async () => {
    let known = false;
    const [hub, model] = [new Hub(), new FakeModel({ view: cardView(), pushes: true }).obey()];
    hub.attach('p1', model);
    open(fakeClient(() => known ? cardView({ name: 'served' }) : unknown()), hub);
    await later(0);
    known = true;
    for (let i = 0; i < 160; i += 1) {
      model.push('view', cardView({ name: `n${i}` }));
      await later(200);
    }
    expect(model.get('pushes')).toBe(false);
  });

  test('binds to a model that comes later, and asks the server again when it goes', async () => {
    const [hub, model] = [new Hub(), new FakeModel({ view: cardView({ name: 'live' }) })];
    const server = fakeClient(() => cardView({ name: 'stored', status: 'FINISHED', end_time_ms: 9 }));
    open(server, hub);
    await later(0);
    expect(text()).toContain('stored');
    const detach = hub.attach('p1', model);
    // What a model has when it comes may be older than what the server said.
    expect(text()).toContain('stored');
    model.push('view', cardView({ name: 'live' }));
    expect(text()).toContain('live');
    detach();
    await later(0);
    expect(text()).toContain('stored');
    expect(model.listenerCount()).toBe(0);
  });

  test('a killed kernel: its model says running, the server knows better', async () => {
    const [hub, model] = [new Hub(), new FakeModel({ view: cardView() })];
    hub.attach('p1', model);
    open(fakeClient(() => cardView({ status: 'KILLED', end_time_ms: 3 })), hub);
    expect(status()).toBe('Running');
    await later(0);
    expect(status()).toBe('Killed');
  });

  test('a push that comes while the server thinks is not overwritten by its older answer', async () => {
    let answer: (view: unknown) => void = () => undefined;
    const [hub, model] = [new Hub(), new FakeModel({ view: {} })];
    hub.attach('p1', model);
    open(fakeClient(() => new Promise(resolve => (answer = resolve))), hub);
    await later(10);
    model.push('view', cardView({ name: 'new' }));
    answer(cardView({ name: 'old' }));
    await settle();
    expect(text()).toContain('new');
    expect(text()).not.toContain('old');
  });

  test('an empty first view waits for the server', async () => {
    const hub = new Hub();
    hub.attach('p1', new FakeModel({ view: {} }));
    open(fakeClient(() => cardView({ name: 'stored', status: 'FINISHED', end_time_ms: 1 })), hub);
    await later(0);
    expect(text()).toContain('stored');
  });
});

describe('a table', () => {
  const count = (): string => panel.node.querySelector('.jt-count')!.textContent!;

  test('asks the server, and again only while a run goes on', async () => {
    let running = true;
    const server = fakeClient((path, query) => {
      if (path !== '/views/run-table') return { metrics: [], runs: [] };
      const view = tableView(query, 3);
      view.rows[0].status = running ? 'RUNNING' : 'FINISHED';
      return view;
    });
    open(server, null, 'run_table');
    await later(0);
    expect(count()).toBe('3 runs');
    const asked = (): number => server.asked.filter(a => a.path === '/views/run-table').length;
    await later(5000);
    expect(asked()).toBe(2);
    running = false;
    await later(5000);
    await later(60_000);
    expect(asked()).toBe(3);
    expect(server.posted).toEqual([]);
  });

  test('a store only the kernel knows: pages come over the comm', async () => {
    const [hub, model] = [new Hub(), new FakeModel({ view: tableView({}, 7) })];
    hub.attach('p1', model);
    open(fakeClient(unknown), hub, 'run_table');
    expect(count()).toBe('7 runs');
    panel.node.querySelectorAll<HTMLElement>('[role=columnheader]')[3].click();
    await settle();
    expect(model.sent.at(-1)).toMatchObject({ kind: 'request', path: '/views/run-table', query: { order_by: 'metrics.f1', store: 's1' } });
    model.emit('msg:custom', { kind: 'response', id: model.sent.at(-1).id, status: 200, body: tableView({ order_by: 'metrics.f1', ascending: 'false' }, 9) });
    await settle();
    expect(count()).toBe('9 runs');
  });

  test('what the kernel has sent already, it does not send again', async () => {
    const [hub, model] = [new Hub(), new FakeModel({ view: tableView({}, 7) })];
    hub.attach('p1', model);
    open(fakeClient(unknown), hub, 'run_table');
    const refresh = panel.node.querySelector<HTMLElement>('.jt-refresh')!;
    refresh.click();
    await settle();
    model.emit('msg:custom', { kind: 'response', id: model.sent.at(-1).id, status: 200, body: tableView({}, 8) });
    await settle();
    refresh.click();
    await settle();
    const again = model.sent.at(-1);
    expect(again).toMatchObject({ method: 'POST', path: '/views/batch', body: { requests: [{ path: '/views/run-table', token: '' }] } });
    const answer = (part: object): void => model.emit('msg:custom', { kind: 'response', id: model.sent.at(-1).id, status: 200, body: { responses: [part] } });
    answer({ status: 200, token: 't', body: tableView({}, 9) });
    await settle();
    expect(count()).toBe('9 runs');
    refresh.click();
    await settle();
    expect(model.sent.at(-1)).toMatchObject({ body: { requests: [{ token: 't' }] } });
    answer({ status: 200, token: 't', unchanged: true });
    await settle();
    expect(count()).toBe('9 runs');
    expect(panel.node.querySelector('.jt-error:not([hidden])')).toBeNull();
  });

  test('selection goes to the kernel and comes from it', async () => {
    const [hub, model] = [new Hub(), new FakeModel({ view: tableView({}, 3), selection: ['run2'] })];
    const detach = hub.attach('p1', model);
    open(fakeClient((_, query) => tableView(query, 3)), hub, 'run_table');
    const boxes = panel.node.querySelectorAll<HTMLInputElement>('.jt-grid-row input');
    expect([...boxes].map(box => box.checked)).toEqual([false, false, true]);
    boxes[0].click();
    expect(model.get('selection')).toEqual(['run2', 'run0']);
    expect(model.saved).toBe(1);
    model.push('selection', []);
    expect([...boxes].some(box => box.checked)).toBe(false);
    detach();
    expect(model.listenerCount()).toBe(0);
  });
});
