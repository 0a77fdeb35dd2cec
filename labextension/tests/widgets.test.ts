import { afterEach, expect, test, vi } from 'vitest';
import { ensureHub } from '../src/model.js';
import { makePayload } from '../src/payload.js';
import comparison from '../src/widgets/comparison.js';
import dashboard from '../src/widgets/dashboard.js';
import metricCurves from '../src/widgets/metric_curves.js';
import runCard from '../src/widgets/run_card.js';
import runDetail from '../src/widgets/run_detail.js';
import runTable from '../src/widgets/run_table.js';
import { cardView, FakeModel, tableView } from './views.js';

vi.mock('../style/index.css', () => ({ default: '.jt{}' }));
afterEach(() => {
  delete (globalThis as any)[Symbol.for('jupyter-tracker.hub')];
  document.body.replaceChildren();
});

const mount = (): HTMLElement => document.body.appendChild(document.createElement('div'));

test('without a hub, initialize does nothing and render draws', () => {
  const model = new FakeModel({ panel_id: 'p1', view: {} });
  const detach = runCard.initialize({ model });
  const el = mount();
  const cleanup = runCard.render({ model, el });
  expect(el.textContent).toContain('Waiting');
  model.push('view', cardView({ name: 'live' }));
  expect(el.textContent).toContain('live');
  const card = el.firstChild;
  model.push('view', cardView({ name: 'later' }));
  expect(el.firstChild).toBe(card);
  cleanup();
  detach();
  expect(model.listenerCount()).toBe(0);
});

test('with a hub, initialize attaches under panel_id and gives it back', () => {
  const seen = vi.fn();
  ensureHub().watch('p1', seen);
  const model = new FakeModel({ panel_id: 'p1' });
  runTable.initialize({ model })();
  expect(seen.mock.calls).toEqual([[model], [null]]);
});

test('the style sheet is in the document once, however many widgets there are', () => {
  const model = new FakeModel({ view: cardView() });
  const cleanups = [runCard.render({ model, el: mount() }), runCard.render({ model, el: mount() })];
  expect(document.head.querySelectorAll('#jupyter-tracker-style')).toHaveLength(1);
  cleanups.forEach(cleanup => cleanup());
});

test('the table draws its first page and asks the kernel for more', async () => {
  const payload = makePayload('run_table', 's1', { experiment_ids: ['1'], panel_id: 'p1' });
  const model = new FakeModel({ view: tableView({}, 250), payload, selection: [] });
  const el = mount();
  const cleanup = runTable.render({ model, el });
  expect(el.querySelector('.jt-count')!.textContent).toBe('250 runs');
  expect(model.sent).toEqual([]);
  el.querySelector<HTMLElement>('.jt-refresh')!.click();
  await Promise.resolve();
  expect(model.sent[0]).toMatchObject({ kind: 'request', path: '/views/run-table', query: { store: 's1', experiment_ids: '1', offset: '0', limit: '100' } });
  el.querySelector<HTMLElement>('.jt-grid-row input')!.click();
  expect([model.get('selection'), model.saved]).toEqual([['run0'], 1]);
  cleanup();
  expect(model.listenerCount()).toBe(0);
});

test.each([
  ['comparison', comparison, '/views/comparison'], ['dashboard', dashboard, '/views/run-table'], ['metric_curves', metricCurves, '/views/metric-curves'],
  ['run_detail', runDetail, '/views/run-detail'],
] as const)('%s asks the kernel for what it shows, and nothing once it is gone', async (panel, widget, path) => {
  vi.useFakeTimers();
  const payload = makePayload(panel, 's1', { experiment_ids: ['1'], panel_id: 'p1', run_id: 'r1' });
  const model = new FakeModel({ payload, view: {} });
  const cleanup = widget.render({ model, el: mount() });
  await Promise.resolve();
  expect(model.asked()).toContainEqual(expect.objectContaining({ path, query: expect.objectContaining({ store: 's1' }) }));
  cleanup();
  const asked = model.sent.length;
  await vi.advanceTimersByTimeAsync(120_000);
  expect(model.sent).toHaveLength(asked);
  expect(model.listenerCount()).toBe(0);
  vi.useRealTimers();
});

test('a comparison within a dashboard comes over the comm when it is looked at', async () => {
  const payload = makePayload('dashboard', 's1', { panel_id: 'p1', dashboard: { tab: 'table', selection: ['r1', 'r2'] } });
  const model = new FakeModel({ payload, view: {}, tab: 'table', selection: ['r1', 'r2'], experiment_ids: [] });
  const cleanup = dashboard.render({ model, el: mount() });
  const asked = (): string[] => model.asked().map(({ path }) => path);
  await Promise.resolve();
  expect(asked()).not.toContain('/static/comparison.js');
  model.push('tab', 'comparison');
  await Promise.resolve();
  expect(asked()).toContain('/static/comparison.js');
  expect(asked()).not.toContain('/views/comparison');
  cleanup();
});
