import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Query, RequestError } from '../src/client.js';
import { RunComparison } from '../src/components/comparison.js';
import { comparisonOptions } from '../src/payload.js';
import type { ComparedText, ComparisonFilesView, ComparisonOptions, ComparisonView } from '../src/types.js';
import { FakeClient, fakeClient, settle } from './views.js';

const asked = (path: string): Query[] => client.asked.filter(request => request.path === path).map(request => request.query);
const golden = JSON.parse(readFileSync('../tests/golden/views/comparison.json', 'utf8')) as ComparisonView;
let client: FakeClient;
let comparison: RunComparison;
let changes: Partial<ComparisonOptions>[];
let selections: string[][];
let opened: string[];
let answer: (path: string, query: Query) => unknown;
let others: Record<string, (query: Query) => unknown>;
const read = <T>(name: string): T => JSON.parse(readFileSync(`../tests/golden/views/${name}.json`, 'utf8')) as T;
const noFiles = (part: string): ComparisonFilesView => ({ store_id: 's1', group: { id: part as 'code', rows: [], differing: 0, total: 0 }, without: [], added: 0, removed: 0, changed: 0 });

const $ = <T extends HTMLElement>(selector: string): T => comparison.node.querySelector<T>(selector)!;
const $$ = (selector: string): HTMLElement[] => [...comparison.node.querySelectorAll<HTMLElement>(selector)];
const group = (id: string): HTMLElement => $(`[data-group=${id}]`);
const rows = (id: string): string[] => [...group(id).querySelectorAll('th[scope=row]')].map(node => node.getAttribute('title')!);
const fold = (id: string): HTMLElement => group(id).querySelector<HTMLElement>('.jt-cmp-fold')!;
const runButtons = (): HTMLElement[] => $$('.jt-cmp-run');
const press = (node: HTMLElement, key: string): void => void node.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));

beforeEach(async () => {
  [changes, selections, opened] = [[], [], []];
  answer = () => golden;
  others = {
    '/views/parallel-coordinates': () => read('parallel_coordinates'),
    '/views/scatter': () => read('scatter'),
    '/views/comparison-files': query => (query.part === 'artifacts' ? read('comparison_files') : noFiles(String(query.part))),
  };
  client = fakeClient((path, query) => (others[path] === undefined ? answer(path, query) : others[path](query)));
  comparison = new RunComparison({
    client, query: { store_id: 's1', options: comparisonOptions({ run_ids: golden.runs.map(run => run.run_id), baseline: '<failed>' }) },
    onChange: change => void changes.push(change), onSelect: ids => void selections.push(ids), onOpen: run => void opened.push(run.run_id),
  });
  document.body.replaceChildren(comparison.node);
  await comparison.load();
  await settle();
});
afterEach(() => comparison.dispose());

describe('a comparison', () => {
  test('has a column for each run and asks by ids', () => {
    expect(client.asked[0]).toEqual({ path: '/views/comparison', query: expect.objectContaining({ store: 's1', run_ids: '<forest>,<failed>,<running>', baseline: '<failed>', token: null }) });
    expect(runButtons().map(node => node.textContent)).toEqual(['rf-baseline', 'lr-0.1', 'long']);
    expect(runButtons().map(node => node.getAttribute('aria-label'))).toEqual(['rf-baseline', 'lr-0.1', 'long']);
    expect($('thead th[data-baseline] .jt-badge').textContent).toBe('baseline');
    expect($('.jt-count').textContent).toBe('3 runs');
  });

  test('shows what differs first, and folds what is equal', () => {
    expect(rows('params')).toEqual(['depth', 'lr', 'model']);
    expect(fold('params').textContent).toBe('Params3 of 4 differ');
    const more = group('params').querySelector<HTMLElement>('.jt-cmp-more button')!;
    expect(more.textContent).toBe('Show 1 equal');
    more.click();
    expect(rows('params')).toEqual(['depth', 'lr', 'model', 'seed']);
    expect(document.activeElement!.textContent).toBe('Hide equal rows');
    expect(fold('run').getAttribute('aria-expanded')).toBe('true');
    fold('params').click();
    expect(rows('params')).toEqual([]);
    expect(fold('params').getAttribute('aria-expanded')).toBe('false');
  });

  test('marks what is not as in the baseline, the best, and what is better', () => {
    const [depth] = group('params').querySelectorAll('tr:not(.jt-cmp-group)');
    expect([...depth.querySelectorAll('td')].map(cell => [cell.textContent, cell.hasAttribute('data-other')])).toEqual([['8', true], ['–', false], ['–', false]]);
    const f1 = $('[data-metric=f1]');
    expect([...f1.querySelectorAll('td[data-best] .jt-cmp-value')].map(node => node.textContent)).toEqual(['0.9500']);
    expect(f1.querySelector('.jt-cmp-goal')!.getAttribute('aria-label')).toBe('f1: higher is better. Change');
  });

  test('a click on the arrow turns the goal round, in three steps', async () => {
    const goal = (): HTMLElement => $('[data-metric=f1] .jt-cmp-goal');
    answer = (_, query) => ({ ...golden, token: String(query.minimize), metrics: golden.metrics.map(metric => ({ ...metric, goal: query.minimize === 'f1' ? 'min' : 'none' })) });
    goal().focus();
    goal().click();
    expect(changes.at(-1)).toEqual({ minimize: ['f1'], maximize: [], unranked: [] });
    await settle();
    expect(goal().getAttribute('data-goal')).toBe('min');
    expect(document.activeElement).toBe(goal());
    goal().click();
    expect(changes.at(-1)).toEqual({ minimize: [], maximize: [], unranked: ['f1'] });
    await settle();
    goal().click();
    expect(changes.at(-1)).toEqual({ minimize: [], maximize: ['f1'], unranked: [] });
  });

  test('another baseline is asked for and told', async () => {
    $$('thead .jt-cmp-set').find(node => node.title.includes('rf-baseline'))!.click();
    await settle();
    expect(changes).toEqual([{ baseline: '<forest>' }]);
    expect(asked('/views/comparison').at(-1)).toMatchObject({ baseline: '<forest>', token: null });
  });

  test('keys walk over the runs, select, open and choose the baseline', () => {
    const [first, second, third] = runButtons();
    expect(runButtons().map(node => node.tabIndex)).toEqual([0, -1, -1]);
    first.focus();
    press(first, 'ArrowRight');
    expect(document.activeElement).toBe(second);
    expect(runButtons().map(node => node.tabIndex)).toEqual([-1, 0, -1]);
    expect($$('thead th[data-on]').map(node => node.textContent)).toEqual([expect.stringContaining('lr-0.1')]);
    press(second, 'End');
    expect(document.activeElement).toBe(third);
    press(third, 'Enter');
    expect(opened).toEqual(['<running>']);
    press(third, 'b');
    expect(changes).toEqual([{ baseline: '<running>' }]);
    third.click();
    expect(selections).toEqual([['<running>']]);
    expect($('.jt-count').textContent).toBe('3 runs · 1 selected');
    press(third, 'Escape');
    expect(selections).toEqual([['<running>'], []]);
  });

  test('the column that is pointed at is marked as a whole', () => {
    const cell = group('params').querySelectorAll('td')[2];
    cell.dispatchEvent(new Event('pointerover', { bubbles: true }));
    expect($$('col').map(node => node.hasAttribute('data-on'))).toEqual([false, false, false, true]);
    $('.jt-cmp-scroll').dispatchEvent(new Event('pointerleave'));
    expect($$('col[data-on]')).toEqual([]);
  });

  test('a selection from elsewhere is shown and not told back', () => {
    comparison.setSelection(['<forest>']);
    expect(runButtons().map(node => node.getAttribute('aria-pressed'))).toEqual(['true', 'false', 'false']);
    expect($$('col[data-selected]')).toHaveLength(1);
    expect(selections).toEqual([]);
  });

  test('a search finds equal rows too, and hides groups without any', () => {
    const search = $<HTMLInputElement>('input[type=search]');
    search.value = 'see';
    search.dispatchEvent(new Event('input'));
    expect(rows('params')).toEqual(['seed']);
    expect(group('metrics').hidden).toBe(true);
    search.value = '';
    search.dispatchEvent(new Event('input'));
    expect(rows('params')).toEqual(['depth', 'lr', 'model']);
  });

  test('what has not changed is not drawn again', async () => {
    const before = $('[data-metric=f1]');
    answer = (_, query) => ({ token: query.token, unchanged: true });
    await comparison.load();
    expect(asked('/views/comparison').at(-1)!.token).toBe(golden.token);
    expect($('[data-metric=f1]')).toBe(before);
  });

  test('with very many runs few rows are drawn until more are asked for', { timeout: 30_000 }, async () => {
    const runs = Array.from({ length: 200 }, (_, i) => ({ ...golden.runs[0], run_id: `r${i}`, name: `run ${i}` }));
    const params = { id: 'params' as const, differing: 40, total: 40, rows: Array.from({ length: 40 }, (_, i) => ({ key: `p${i}`, differs: true, cells: runs.map((_, k) => String(k)) })) };
    answer = () => ({ ...golden, token: 'many', baseline: 0, runs, metrics: [], metrics_total: 0, groups: [params] });
    comparison.setState({ run_ids: runs.map(run => run.run_id) });
    await settle();
    expect(rows('params')).toHaveLength(19);
    const more = group('params').querySelector<HTMLElement>('.jt-cmp-more button')!;
    expect(more.textContent).toBe('Show 21 more');
    more.click();
    expect(rows('params')).toHaveLength(40);
  });

  test('names and values are text', async () => {
    const hostile = '<img src=x onerror=alert(1)>';
    answer = () => ({ ...golden, token: 'hostile', runs: golden.runs.map(run => ({ ...run, name: hostile })), groups: [{ id: 'params', differing: 1, total: 1, rows: [{ key: hostile, differs: true, cells: [hostile, null, 'x'] }] }] });
    await comparison.load();
    expect($('img')).toBeNull();
    expect(group('params').querySelector('td')!.textContent).toBe(hostile);
  });

  test('runs that are gone are told; a failure says what to do and keeps what was there', async () => {
    answer = () => ({ ...golden, token: 'gone', missing: ['x'] });
    await comparison.load();
    expect($('.jt-cmp-message').textContent).toContain('1 run of this comparison is gone.');
    answer = () => { throw new RequestError(0, null, 'gone'); };
    await expect(comparison.load()).rejects.toThrow();
    expect($('.jt-cmp-message').textContent).toContain('Trying again');
    expect(rows('params')).toEqual(['depth', 'lr', 'model']);
    expect(comparison.failure).not.toBeNull();
  });
});

describe('what lies in files', () => {
  test('is read unasked where runs are few, and laid out like the rest', () => {
    expect(asked('/views/comparison-files').map(query => query.part)).toEqual(['code', 'packages', 'artifacts']);
    expect(rows('artifacts')).toEqual(['model/MLmodel', 'report.txt']);
    expect(fold('artifacts').textContent).toBe('Artifacts2 differ · 2 removed');
    expect(group('packages').hidden).toBe(true);
  });

  test('waits for a click where runs are many', async () => {
    const runs = Array.from({ length: 30 }, (_, i) => ({ ...golden.runs[0], run_id: `r${i}` }));
    answer = () => ({ ...golden, token: 'thirty', baseline: 0, runs, metrics: [], metrics_total: 0, groups: [] });
    const before = asked('/views/comparison-files').length;
    others['/views/comparison-files'] = () => ({ ...noFiles('packages'), group: { id: 'packages', differing: 0, total: 1, rows: [{ key: 'numpy', cells: ['2.1'], differs: false }] } });
    comparison = new RunComparison({ client, query: { store_id: 's1', options: comparisonOptions({ run_ids: runs.map(run => run.run_id) }) } });
    document.body.replaceChildren(comparison.node);
    await comparison.load();
    await settle();
    expect(asked('/views/comparison-files')).toHaveLength(before);
    fold('packages').click();
    expect(group('packages').textContent).toContain('Reading the files…');
    await settle();
    expect(rows('packages')).toEqual(['numpy']);
  });

  test('that cannot be read says why, and is asked for again', async () => {
    others['/views/comparison-files'] = () => { throw new RequestError(500, 'INTERNAL_ERROR', 'The place is away.'); };
    $('.jt-refresh').click();
    await settle();
    expect(rows('artifacts')).toEqual([]);
    expect(group('artifacts').textContent).toContain('The place is away.');
    others['/views/comparison-files'] = () => read('comparison_files');
    $('.jt-refresh').click();
    await settle();
    expect(rows('artifacts')).toEqual(['model/MLmodel', 'report.txt']);
  });
});

describe('the source', () => {
  const text = (run_id: string, source: string | null, is_cut = false): ComparedText => ({ run_id, text: source, is_cut });
  const code = { id: 'code' as const, differing: 1, total: 1, rows: [{ key: 'Cell source', differs: true, cells: ['version 1, 3 lines', 'version 1, 3 lines', 'version 2, 3 lines'] }] };
  let texts: ComparedText[];
  const diff = (): string[] => $$('.jt-diff-table tbody tr').map(row => [...row.querySelectorAll('td')].map(cell => cell.textContent).join(' '));

  beforeEach(async () => {
    texts = [text('<failed>', 'a = 1\ndepth = 4\n'), text('<running>', 'a = 1\ndepth = 8\n')];
    others['/views/comparison-files'] = query => (query.part === 'code' ? { ...noFiles('code'), group: code } : noFiles(String(query.part)));
    others['/views/comparison-text'] = () => ({ store_id: 's1', file: 'source', texts });
    $('.jt-refresh').click();
    await settle();
  });

  test('of the baseline stands beside the first that differs', () => {
    expect(asked('/views/comparison-text')).toEqual([{ store: golden.store_id, run_ids: '<failed>,<running>', file: 'source' }]);
    expect(diff()).toEqual(['1 a = 1 1 a = 1', '2 depth = 4 2 depth = 8']);
    expect([$('.jt-diff-table del').textContent, $('.jt-diff-table ins').textContent]).toEqual(['4', '8']);
  });

  test('of other runs, and the uncommitted changes, are a choice away', async () => {
    texts = [text('<forest>', null), text('<running>', null)];
    const [left] = $$('.jt-diff select') as HTMLSelectElement[];
    left.value = '<forest>';
    left.dispatchEvent(new Event('change'));
    await settle();
    expect(asked('/views/comparison-text').at(-1)).toMatchObject({ run_ids: '<forest>,<running>' });
    expect($('.jt-diff-note').textContent).toContain('%%track');
    texts = [text('<forest>', null), text('<running>', '+<b>x</b>\n')];
    $$('.jt-diff .jt-segments button')[1].click();
    await settle();
    expect(asked('/views/comparison-text').at(-1)!.file).toBe('diff');
    expect($('.jt-diff-note').textContent).toBe('The left run has none.');
    expect($('.jt-diff-table b')).toBeNull();
    expect(diff()).toEqual(['  1 +<b>x</b>']);
  });

  test('folds long stretches that are equal', async () => {
    const long = Array.from({ length: 40 }, (_, i) => `line ${i}`);
    texts = [text('<failed>', long.join('\n')), text('<running>', [...long.slice(0, 20), 'other', ...long.slice(21)].join('\n'))];
    $$('.jt-diff .jt-segments button')[1].click();
    await settle();
    expect(diff()).toHaveLength(9);
    const button = $('.jt-diff-fold button');
    expect(button.textContent).toBe('Show 17 equal lines');
    button.click();
    expect(diff()).toHaveLength(25);
  });

  test('that is the same, or cut, says so', async () => {
    texts = [text('<failed>', 'a', true), text('<running>', 'a')];
    $$('.jt-diff .jt-segments button')[1].click();
    await settle();
    expect($$('.jt-diff-note').map(note => note.textContent)).toEqual([expect.stringContaining('very long'), 'They are the same.']);
  });
});

describe('the charts', () => {
  test('show params that differ against a metric, and ask again for another', async () => {
    expect(asked('/views/parallel-coordinates')).toEqual([{ store: golden.store_id, run_ids: '<forest>,<failed>,<running>', metric: 'f1' }]);
    expect(asked('/views/scatter')[0]).toMatchObject({ x: 'params.depth', y: 'metrics.f1' });
    const [metric, across] = $$('.jt-cmp-chart-bar select') as HTMLSelectElement[];
    across.value = 'params.model';
    across.dispatchEvent(new Event('change'));
    expect(asked('/views/scatter').at(-1)).toMatchObject({ x: 'params.model', y: 'metrics.f1' });
    metric.value = 'loss';
    metric.dispatchEvent(new Event('change'));
    expect(asked('/views/scatter').at(-1)).toMatchObject({ x: 'params.model', y: 'metrics.loss' });
  });

  test('and the columns are of one mind', async () => {
    const felt = $$('.jt-pc-felt')[2];
    felt.dispatchEvent(new Event('pointerenter'));
    expect($$('thead th[data-on]').map(node => node.textContent)).toEqual([expect.stringContaining('long')]);
    expect($$('.jt-scatter [data-run][data-on]').map(node => node.dataset.run)).toEqual(['<running>']);
    felt.dispatchEvent(new Event('pointerleave'));
    runButtons()[0].click();
    expect($$('.jt-pc-lines [data-off]').map(node => node.dataset.run)).toEqual(['<failed>', '<running>']);
    $$('.jt-scatter [data-run]')[1].dispatchEvent(new KeyboardEvent('keydown', { key: ' ', bubbles: true }));
    expect(selections.at(-1)).toEqual(['<forest>', '<running>']);
    expect(runButtons().map(node => node.getAttribute('aria-pressed'))).toEqual(['true', 'false', 'true']);
  });

  test('are not there without a metric', async () => {
    answer = () => ({ ...golden, token: 'plain', metrics: [], metrics_total: 0 });
    await comparison.load();
    expect(group('charts').hidden).toBe(true);
  });
});
