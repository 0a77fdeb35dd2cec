// Every text of the shared components goes through the page's translator: here one that puts each into «».
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Dashboard } from '../src/components/dashboard.js';
import { adviceFor } from '../src/components/message.js';
import { MetricCurves } from '../src/components/metric_curves.js';
import { RunCard } from '../src/components/run_card.js';
import { RunComparison } from '../src/components/comparison.js';
import { RunDetail } from '../src/components/run_detail.js';
import { RegistryBoard } from '../src/components/registry_board.js';
import { RunTable } from '../src/components/run_table.js';
import { comparisonOptions, dashboardOptions, DEFAULT_CURVES } from '../src/payload.js';
import { columnLabel, viewLabel } from '../src/view_labels.js';
import { __, _n, english, speak } from '../src/words.js';
import { curvesView } from './curves.js';
import { cardView, fakeClient, fakePlotly, settle, tableView } from './views.js';

const golden = <T>(name: string): T => JSON.parse(readFileSync(`../tests/golden/views/${name}.json`, 'utf8')) as T;
/** What is nobody's language: names of the product's own, units, code, and what a view carries. */
const OWN = /^@|^(%%track|%load_ext|tracker\.|jupyter_tracker|models:|runs:)|^[\d.,:/ ]+(ms|s|m|h|d|B|kB|MB)?\b|^[A-Z][a-z]{2} \d|PNG|SVG|CSV/;
let node: HTMLElement | null = null;
const nothing = { client: fakeClient(path => (path === '/views/stores' ? { stores: [] } : {})), plotly: fakePlotly().load };

beforeEach(() => speak({
  __: (text, ...values) => `«${english.__(text, ...values)}»`,
  _n: (one, many, count, ...values) => `«${english._n(one, many, count, ...values)}»`,
}));
afterEach(() => {
  speak(english);
  node?.remove();
});

/** Texts and labels of a panel that have letters, and neither came from the translator nor from its data. */
function untranslated(data: unknown): string[] {
  const known = JSON.stringify([data, golden('comparison_files')]);
  const has = (part: string): boolean => !/[a-z]{2}/i.test(part) || known.includes(JSON.stringify(part).slice(1, -1)) || OWN.test(part);
  const walker = document.createTreeWalker(node!, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  const found: string[] = [];
  while (walker.nextNode()) {
    const at = walker.currentNode;
    const texts = at instanceof Element ? ['title', 'aria-label', 'placeholder'].map(name => at.getAttribute(name) ?? '') : [at.parentElement?.closest('code, pre, .jt-markdown') ? '' : at.textContent ?? ''];
    found.push(...texts.map(text => text.trim()).filter(text => /[a-z]{2}/i.test(text) && !text.includes('«') && !OWN.test(text) && !text.split(/\n|, |: | · | \(/).every(has)).filter(text => !/^[^:]+: /.test(text) || !text.split(/[\s:,]+/).every(has)));
  }
  return [...new Set(found)];
}

const show = async (part: { node: HTMLElement; load?(): Promise<void> }): Promise<void> => {
  node = part.node;
  document.body.append(node);
  await part.load?.().catch(() => undefined);
  await settle();
};

test('words come from the translator that the page has now', () => {
  expect([__('%1 more', 3), _n('one', '%1 many', 2)]).toEqual(['«3 more»', '«2 many»']);
  speak(english);
  expect(__('100%%')).toBe('100%');
});

test('a part of the extension that is gone since an update says to reload the page', () => {
  const error = Object.assign(new Error('Loading chunk 660 failed.'), { name: 'ChunkLoadError' });
  expect(adviceFor(error)).toEqual({ title: '«The tracker has changed since this page was opened.»', text: '«Reload the page to go on.»' });
});

test('labels of a view are translated, and what was logged is not', () => {
  expect([viewLabel('Commit'), viewLabel('n_estimators')]).toEqual(['«Commit»', 'n_estimators']);
  expect(columnLabel({ id: 'attributes.status', label: 'Status', group: 'attributes', kind: 'status' })).toBe('«Status»');
  expect(columnLabel({ id: 'params.Status', label: 'Status', group: 'params', kind: 'text' })).toBe('Status');
});

test.each([
  ['card', () => cardView(), (data: any) => { const card = new RunCard({ artifactUrl: () => null, onStop: () => undefined }); card.update(data); return card; }],
  ['detail', () => golden('run_detail'), (data: any) => new RunDetail({ ...nothing, client: fakeClient(() => data), storeId: 's1', runId: 'r1' })],
  ['table', () => tableView({}, 3), (data: any) => new RunTable({ client: fakeClient(path => (path === '/views/run-table' ? data : { metrics: [], runs: [] })), query: { store_id: 's1', experiment_ids: ['1'], filter: '', order_by: null, columns: null } })],
  ['empty table', () => tableView({}, 0), (data: any) => new RunTable({ client: fakeClient(() => data), query: { store_id: 's1', experiment_ids: ['1'], filter: '', order_by: null, columns: null } })],
  ['curves', () => curvesView(), (data: any) => new MetricCurves({ ...nothing, client: fakeClient(() => data), query: { store_id: 's1', experiment_ids: [], filter: '', options: DEFAULT_CURVES } })],
  ['no curves', () => curvesView({ lines: [], panels: [], keys: [] }), (data: any) => new MetricCurves({ ...nothing, client: fakeClient(() => data), query: { store_id: 's1', experiment_ids: [], filter: '', options: DEFAULT_CURVES } })],
  ['comparison', () => golden('comparison'), (data: any) => new RunComparison({ client: fakeClient(path => (path === '/views/comparison' ? data : golden(path.slice('/views/'.length).replace('-', '_')))), query: { store_id: 's1', options: comparisonOptions({ run_ids: ['a', 'b'] }) } })],
  ['registry board', () => golden('registry_board'), (data: any) => new RegistryBoard({ client: fakeClient(() => data), query: { store_id: 's1', model: 'churn' } })],
  ['empty registry board', () => ({ ...golden<object>('registry_board'), model: null, models: [] }), (data: any) => new RegistryBoard({ client: fakeClient(() => data), query: { store_id: 's1', model: null } })],
  ['dashboard', () => golden('experiment_list'), (data: any) => new Dashboard({ ...nothing, client: fakeClient(() => data), comparison: () => Promise.resolve(RunComparison), query: { store_id: 's1', filter: '', state: { ...dashboardOptions({ tab: 'experiments' }), experiment_ids: [] } } })],
] as [string, () => unknown, (data: unknown) => { node: HTMLElement; load?(): Promise<void>; dispose(): void }][])('every text of a %s is translated', async (_name, view, make) => {
  const data = view();
  const part = make(data);
  await show(part);
  expect(untranslated(data)).toEqual([]);
  part.dispose();
});
