import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Query, RequestError } from '../src/client.js';
import { RunComparison } from '../src/components/comparison.js';
import { comparisonOptions } from '../src/payload.js';
import type { ComparisonOptions, ComparisonView } from '../src/types.js';
import { FakeClient, fakeClient, settle } from './views.js';

const golden = JSON.parse(readFileSync('../tests/golden/views/comparison.json', 'utf8')) as ComparisonView;
let client: FakeClient;
let comparison: RunComparison;
let changes: Partial<ComparisonOptions>[];
let selections: string[][];
let opened: string[];
let answer: (path: string, query: Query) => unknown;

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
  client = fakeClient((path, query) => answer(path, query));
  comparison = new RunComparison({
    client, query: { store_id: 's1', options: comparisonOptions({ run_ids: golden.runs.map(run => run.run_id), baseline: '<failed>' }) },
    onChange: change => void changes.push(change), onSelect: ids => void selections.push(ids), onOpen: run => void opened.push(run.run_id),
  });
  document.body.replaceChildren(comparison.node);
  await comparison.load();
});
afterEach(() => comparison.dispose());

describe('a comparison', () => {
  test('has a column for each run and asks by ids', () => {
    expect(client.asked[0]).toEqual({ path: '/views/comparison', query: expect.objectContaining({ store: 's1', run_ids: '<forest>,<failed>,<running>', baseline: '<failed>', token: null }) });
    expect(runButtons().map(node => node.textContent)).toEqual(['rf-baseline', 'lr-0.1', 'long']);
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
    expect([...f1.querySelectorAll('td[data-best] .jt-cmp-value')].map(node => node.textContent)).toEqual(['0.95']);
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
    expect(client.asked.at(-1)!.query).toMatchObject({ baseline: '<forest>', token: null });
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
    expect(client.asked.at(-1)!.query.token).toBe(golden.token);
    expect($('[data-metric=f1]')).toBe(before);
  });

  test('with very many runs few rows are drawn until more are asked for', async () => {
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
