import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RequestError } from '../src/client.js';
import { RunTable, type RunTableOptions } from '../src/components/run_table.js';
import { completed, toPoints, toUnits } from '../src/filter_words.js';
import type { TableQuery } from '../src/run_pager.js';
import { column, COLUMNS, FakeClient, fakeClient, OWNER, row, settle, tableView } from './views.js';

const view = (name: string): any => JSON.parse(readFileSync(`../tests/golden/views/${name}.json`, 'utf8'));
const [golden, groups, completion] = ['run_table', 'run_table_groups', 'filter_completion'].map(view);
const QUERY: TableQuery = { store_id: 's1', experiment_ids: ['1'], filter: '', order_by: null, columns: null };
const NOTE = { id: 'tags.mlflow.note.content', label: 'Note', group: 'attributes' as const, kind: 'note' as const };
let table: RunTable;
let client: FakeClient;
let side: Record<string, (query: any) => unknown>;
let answer: (query: any) => any;
let write: (path: string, body: any) => unknown;
let copied: string;
let selected: string[];

async function mount(query: Partial<TableQuery> = {}, more: Partial<RunTableOptions> = {}): Promise<void> {
  client = fakeClient((path, asked) => (path === '/views/run-table' ? answer(asked) : (side[path] ?? (() => ({ metrics: [], runs: [] })))(asked)), (path, body) => write(path, body));
  table = new RunTable({ client, query: { ...QUERY, ...query }, onSelect: ids => (selected = ids), ...more });
  document.body.replaceChildren(table.node);
  await table.load();
}
const all = (selector: string): HTMLElement[] => [...table.node.querySelectorAll<HTMLElement>(selector)];
const one = (selector: string): HTMLElement => all(selector)[0];
const rowAt = (index: number): HTMLElement => all('.jt-grid-row').find(n => n.getAttribute('aria-rowindex') === String(index + 2))!;
const cellOf = (index: number, id: string): HTMLElement => rowAt(index).querySelector<HTMLElement>(`[data-column="${id}"]`)!;
const press = (key: string, init: KeyboardEventInit = {}, node = one('.jt-grid')): void =>
  void node.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init }));
const foot = (label: string): HTMLElement => all('.jt-foot button').find(n => n.textContent === label)!;
const footText = (): string => one('.jt-foot').textContent!;
const tick = (index: number): void => rowAt(index).querySelector('input')!.click();
const asked = (path: string): any[] => client.asked.filter(a => a.path === path).map(a => a.query);
const editor = (): HTMLInputElement => one('.jt-editor .jt-input') as HTMLInputElement;

beforeEach(() => {
  localStorage.clear();
  side = {};
  answer = query => tableView(query, 50);
  write = () => ({ updated: 1, undo: [] });
  Object.defineProperty(navigator, 'clipboard', { configurable: true, value: { writeText: async (text: string) => void (copied = text) } });
  vi.useFakeTimers();
});
afterEach(() => {
  table?.dispose();
  vi.useRealTimers();
});

describe('golden views', () => {
  test('a page of runs as Python makes it', async () => {
    answer = () => golden;
    await mount();
    expect(all('.jt-row-name').map(n => n.textContent)).toEqual(['rf-baseline', 'long', 'lr-0.1']);
    expect(cellOf(0, 'metrics.loss').textContent).toBe('∞');
    expect(cellOf(0, 'metrics.f1').textContent).toBe('0.95');
    expect(cellOf(2, 'metrics.f1').textContent).toBe('–');
    expect(cellOf(0, 'attributes.duration').textContent).toBe('12s');
    expect(client.posted).toEqual([]);
  });

  test('groups: value, number of runs, mean and spread; Enter shows their runs', async () => {
    answer = query => (query.group_by ? groups : tableView(query, 1));
    await mount({ group_by: 'params.model', filter: 'metrics.f1 > 0' });
    expect(all('.jt-row-name').map(n => n.textContent)).toEqual(['lr', 'nn', 'rf']);
    expect(one('[role=columnheader] .jt-cell-label').textContent).toBe('model');
    expect(cellOf(2, 'attributes.run_count').textContent).toBe('1');
    expect(cellOf(2, 'metrics.f1').textContent).toBe('0.95');
    expect(one('.jt-count').textContent).toBe('3 groups of 3 runs');
    press('ArrowDown');
    press('ArrowDown');
    press('Enter');
    await settle();
    expect(asked('/views/run-table').at(-1)).toMatchObject({ filter: "(metrics.f1 > 0) AND params.model = 'rf'", group_by: null });
  });
});

describe('grouping', () => {
  test('a param is searched and chosen; the button says so; no groups again', async () => {
    side['/views/run-columns'] = () => ({ sections: [{ group: 'params', title: 'Params', columns: [column('params.model', 'text')], total: 1 }], total: 9 });
    answer = query => (query.group_by ? groups : tableView(query, 50));
    await mount();
    const button = (): HTMLElement => all('.jt-toolbar button').find(n => /^(Group|By )/.test(n.textContent!))!;
    const entry = (label: string): HTMLElement => all('.jt-chooser:not([hidden]) .jt-menu-row').find(n => n.textContent === label)!;
    button().click();
    await settle();
    entry('model').click();
    await settle();
    expect(asked('/views/run-table').at(-1)).toMatchObject({ group_by: 'params.model' });
    expect(button().textContent).toBe('By model');
    expect(all('.jt-grid-row:not([hidden]) input:not([hidden])')).toEqual([]);
    button().click();
    await settle();
    entry('No groups').click();
    await settle();
    expect(asked('/views/run-table').at(-1)).toMatchObject({ group_by: null });
    expect(rowAt(0).textContent).toContain('name0');
  });
});

describe('selected runs', () => {
  test('deleting asks first, says what was done, and can be undone', async () => {
    const undo = [{ path: '/runs/restore', body: { store: 's1', run_ids: ['run1', 'run3'] } }];
    write = path => (path === '/runs/delete' ? { updated: 2, undo } : { updated: 2, undo: [] });
    await mount();
    tick(1);
    tick(3);
    foot('Delete…').click();
    expect(client.posted).toEqual([]);
    expect(footText()).toContain('Move 2 runs to the trash?');
    expect(document.activeElement).toBe(foot('Delete'));
    foot('Delete').click();
    await settle();
    expect(client.posted).toEqual([{ path: '/runs/delete', body: { store: 's1', run_ids: ['run1', 'run3'] } }]);
    expect(footText()).toContain('2 runs moved to the trash.');
    expect(selected).toEqual([]);
    foot('Undo').click();
    await settle();
    expect(client.posted.at(-1)).toEqual(undo[0]);
  });

  test('the Delete key asks, too; Escape and Cancel leave all as it is', async () => {
    await mount();
    press('Delete');
    expect(footText()).not.toContain('trash');
    tick(0);
    press('Delete');
    press('Escape', {}, foot('Delete'));
    expect(footText()).toContain('1 selected');
    press('Delete');
    foot('Cancel').click();
    expect(footText()).toContain('1 selected');
    expect(client.posted).toEqual([]);
  });

  test('runs in the trash are restored instead', async () => {
    answer = query => tableView(query, 2, { rows: [row(0, { deleted: true }), row(1, { deleted: true })] });
    await mount();
    expect(rowAt(0).querySelector<HTMLElement>('.jt-badge')!.hidden).toBe(false);
    tick(0);
    expect([foot('Delete…').hidden, foot('Restore').hidden]).toEqual([true, false]);
    foot('Restore').click();
    await settle();
    expect(client.posted[0]).toMatchObject({ path: '/runs/restore', body: { run_ids: ['run0'] } });
  });

  test('a tag is set on all, or removed; what is wrong is said in place', async () => {
    await mount();
    tick(0);
    tick(1);
    foot('Tag…').click();
    const [key, value] = all('.jt-foot-form input') as HTMLInputElement[];
    expect(document.activeElement).toBe(key);
    foot('Tag 2 runs').click();
    await settle();
    expect(footText()).toContain('Type the name of a tag first.');
    expect(client.posted).toEqual([]);
    tick(1);
    foot('Dismiss')?.click();
    all('.jt-foot button').find(n => n.getAttribute('aria-label') === 'Dismiss')?.click();
    foot('Tag…').click();
    (all('.jt-foot-form input') as HTMLInputElement[]).forEach((input, i) => (input.value = ['team', 'blue'][i]));
    press('Enter', {}, all('.jt-foot-form input')[1]);
    await settle();
    expect(client.posted.at(-1)).toEqual({ path: '/runs/set-tag', body: { store: 's1', run_ids: ['run0'], key: 'team', value: 'blue' } });
    expect([key.isConnected, value.isConnected]).toEqual([false, false]);
  });

  test('two runs or more are compared where there is a place for that', async () => {
    const compared = vi.fn();
    await mount({}, { onCompare: compared });
    tick(0);
    expect(foot('Compare').hidden).toBe(true);
    tick(1);
    expect(foot('Compare').hidden).toBe(false);
    foot('Compare').click();
    expect(compared).toHaveBeenCalledWith({ store_id: 's1', run_ids: ['run0', 'run1'] });
    await mount();
    tick(0);
    tick(1);
    expect(foot('Compare').hidden).toBe(true);
  });

  test('thousands are written in parts', async () => {
    side['/views/run-ids'] = query => ({ run_ids: Array.from({ length: query.limit }, (_, i) => `r${i}`), total: 100_000 });
    answer = query => tableView(query, 100_000);
    write = (_, body) => ({ updated: body.run_ids.length, undo: [{ path: '/runs/restore', body }] });
    await mount();
    press('a', { ctrlKey: true });
    await settle();
    expect(selected).toHaveLength(10_000);
    expect(footText()).toContain('The first 10,000 runs are selected');
    press('Delete');
    foot('Delete').click();
    await settle();
    await settle();
    expect(client.posted).toHaveLength(10);
    expect(footText()).toContain('10,000 runs moved to the trash.');
  });

  test('a refused write is said and changes nothing', async () => {
    write = () => { throw new RequestError(403, 'PERMISSION_DENIED', 'You may not write here.'); };
    await mount();
    tick(0);
    foot('Delete…').click();
    foot('Delete').click();
    await settle();
    expect(footText()).toContain('You may not write here.');
    expect(selected).toEqual(['run0']);
  });
});

describe('writing in place', () => {
  test('F2 on a name, Enter keeps it, and it can be undone', async () => {
    write = () => ({ updated: 1, undo: [{ path: '/runs/rename', body: { name: 'name1' } }] });
    await mount();
    press('ArrowDown');
    press('F2');
    await settle();
    expect(document.activeElement).toBe(editor());
    expect(editor().value).toBe('name1');
    editor().value = 'better';
    press('Enter', {}, editor());
    await settle();
    expect(client.posted).toEqual([{ path: '/runs/rename', body: { store: 's1', run_id: 'run1', name: 'better' } }]);
    expect(one('.jt-editor').hidden).toBe(true);
    expect(document.activeElement).toBe(one('.jt-grid'));
    foot('Undo').click();
    await settle();
    expect(client.posted.at(-1)!.body).toEqual({ name: 'name1' });
  });

  test('Escape leaves it; what is unchanged is not written; a refusal stays open', async () => {
    await mount();
    press('F2');
    await settle();
    editor().value = 'x';
    press('Escape', {}, editor());
    press('F2');
    await settle();
    press('Enter', {}, editor());
    await settle();
    expect(client.posted).toEqual([]);
    write = () => { throw new RequestError(400, 'INVALID_PARAMETER_VALUE', 'A run needs a name.'); };
    press('F2');
    await settle();
    editor().value = ' ';
    press('Enter', {}, editor());
    await settle();
    expect(one('.jt-editor').hidden).toBe(false);
    expect(one('.jt-editor-error').textContent).toBe('A run needs a name.');
  });

  test('a double click on a tag; emptied, it is removed; a metric cannot be written', async () => {
    answer = query => tableView(query, 5, query.cells === undefined ? { columns: [...COLUMNS.slice(0, 3), OWNER], rows: [row(0, { cells: ['n', 1, 0.5, 'ada'] })] } : {});
    await mount();
    cellOf(0, 'tags.owner').dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
    await settle();
    expect(editor().value).toBe('ada');
    editor().value = '';
    press('Enter', {}, editor());
    await settle();
    expect(client.posted).toEqual([{ path: '/runs/delete-tag', body: { store: 's1', run_ids: ['run0'], key: 'owner' } }]);
    cellOf(0, 'metrics.f1').dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
    await settle();
    expect(one('.jt-editor').hidden).toBe(true);
  });

  test('a long note is fetched as a whole and written with Control and Enter', async () => {
    side['/views/run-value'] = () => ({ text: 'whole\n'.repeat(100) });
    answer = query => tableView(query, 1, { columns: [NOTE], rows: [row(0, { cells: [`${'x'.repeat(249)}…`] })] });
    await mount();
    cellOf(0, NOTE.id).dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
    await settle();
    expect(asked('/views/run-value')).toEqual([{ store: 's1', run_id: 'run0', column: NOTE.id }]);
    expect(editor().tagName).toBe('TEXTAREA');
    expect(editor().value).toContain('whole\nwhole');
    editor().value = 'two\nlines';
    press('Enter', {}, editor());
    await settle();
    expect(client.posted).toEqual([]);
    press('Enter', { ctrlKey: true }, editor());
    await settle();
    expect(client.posted).toEqual([{ path: '/runs/note', body: { store: 's1', run_id: 'run0', text: 'two\nlines' } }]);
  });
});

describe('sparklines and bars', () => {
  test('curves of what is on screen are asked for once, after the rows', async () => {
    side['/views/run-sparklines'] = query => ({
      metrics: ['f1'], runs: String(query.run_ids).split(',').map(run_id => ({ run_id, curves: [[1, 2, 3]] })),
    });
    await mount();
    expect(asked('/views/run-sparklines')).toEqual([]);
    await vi.advanceTimersByTimeAsync(100);
    const [query] = asked('/views/run-sparklines');
    expect(query.metrics).toBe('f1');
    expect(query.run_ids.split(',').length).toBeLessThan(30);
    expect(cellOf(0, 'metrics.f1').querySelector('svg')!.getAttribute('aria-label')).toBe('Curve of f1: 0');
    table.setSelection(['run1']);
    await vi.advanceTimersByTimeAsync(500);
    expect(asked('/views/run-sparklines')).toHaveLength(1);
  });

  test('bars are switched on, drawn against all runs, and kept', async () => {
    side['/views/run-column-ranges'] = () => ({ ranges: [{ column: 'metrics.f1', low: 0, high: 2 }] });
    await mount({ filter: 'metrics.f1 >= 0' });
    await vi.advanceTimersByTimeAsync(100);
    expect(asked('/views/run-column-ranges')).toEqual([]);
    all('.jt-toolbar button').find(n => n.textContent === 'View')!.click();
    (all('.jt-view-list input') as HTMLInputElement[])[1].click();
    await vi.advanceTimersByTimeAsync(100);
    expect(asked('/views/run-column-ranges')).toMatchObject([{ filter: 'metrics.f1 >= 0', columns: 'metrics.f1' }]);
    expect(cellOf(5, 'metrics.f1').getAttribute('data-bar')).toBe('25%');
    table.dispose();
    await mount();
    await vi.advanceTimersByTimeAsync(100);
    expect(cellOf(10, 'metrics.f1').getAttribute('data-bar')).toBe('50%');
  });
});

describe('taking out', () => {
  const text = (label: string): void => {
    all('.jt-toolbar button').find(n => n.textContent === 'Export')!.click();
    all('.jt-menu-row').find(n => n.textContent === label)!.click();
  };

  test('all rows of the table are copied, in the columns that are shown', async () => {
    side['/views/run-table-text'] = () => ({ text: 'Run\tf1\n', rows: 50, total: 50 });
    await mount({ filter: 'x' });
    text('Copy for a spreadsheet');
    await settle();
    expect(asked('/views/run-table-text')).toMatchObject([{ format: 'tsv', filter: 'x', columns: 'attributes.run_name,attributes.start_time,metrics.f1,params.lr' }]);
    expect(copied).toBe('Run\tf1\n');
    expect(footText()).toContain('50 runs copied.');
  });

  test('of selected runs only these, in parts that a request line can hold', async () => {
    side['/views/run-table-text'] = query => ({ text: `${query.head ? 'head\n' : ''}${String(query.run_ids).split(',').length}\n`, rows: String(query.run_ids).split(',').length, total: 0 });
    await mount();
    table.setSelection(Array.from({ length: 310 }, (_, i) => `run${i}`));
    press('c', { ctrlKey: true });
    await settle();
    expect(copied).toBe('head\n150\n150\n10\n');
    expect(footText()).toContain('310 runs copied.');
  });
});

describe('the filter goes on', () => {
  const input = (): HTMLInputElement => one('.jt-filter input') as HTMLInputElement;
  const options = (): string[] => all('.jt-completion code').map(n => n.textContent!);

  test('offers what Python offers; arrows choose, Enter takes, the next Enter applies', async () => {
    side['/views/filter-completion'] = () => completion;
    await mount();
    input().focus();
    input().value = "params.model = 'rf' and f";
    input().setSelectionRange(25, 25);
    input().dispatchEvent(new Event('input'));
    await vi.advanceTimersByTimeAsync(100);
    expect(asked('/views/filter-completion')).toMatchObject([{ text: "params.model = 'rf' and f", position: 25, experiment_ids: '1' }]);
    expect(options()[0]).toBe('metrics.f1');
    expect(input().getAttribute('aria-expanded')).toBe('true');
    press('ArrowDown', {}, input());
    expect(document.getElementById(input().getAttribute('aria-activedescendant')!)!.textContent).toContain('metrics.f1');
    press('Enter', {}, input());
    expect(input().value).toBe("params.model = 'rf' and metrics.f1 ");
    expect(one('.jt-completions').hidden).toBe(true);
    press('Enter', {}, input());
    await settle();
    expect(asked('/views/run-table').at(-1)).toMatchObject({ filter: "params.model = 'rf' and metrics.f1" });
  });

  test('Escape closes the list and leaves the text', async () => {
    side['/views/filter-completion'] = () => completion;
    await mount();
    input().focus();
    input().value = 'm';
    press('ArrowDown', {}, input());
    await settle();
    expect(one('.jt-completions').hidden).toBe(false);
    press('Escape', {}, input());
    expect(one('.jt-completions').hidden).toBe(true);
    expect(input().value).toBe('m');
  });

  test('positions count code points', () => {
    expect([toPoints('😀ab', 3), toUnits('😀ab', 2)]).toEqual([2, 3]);
    expect(completed("😀 = 'x' and f AND y", 12, 13, 'metrics.f1')).toEqual({ text: "😀 = 'x' and metrics.f1 AND y", cursor: 23 });
    expect(completed('met', 0, 3, 'metrics.f1')).toEqual({ text: 'metrics.f1 ', cursor: 11 });
    expect(completed('status ', 7, 7, 'IN (')).toEqual({ text: 'status IN (', cursor: 11 });
  });
});

describe('what a notebook can do', () => {
  test('opening a table writes nothing, whatever its payload says', async () => {
    for (const evil of [{ filter: "'; delete" }, { columns: ['</script>', '../runs/delete'] }, { group_by: '/runs/delete' }, { store_id: '../../x' }]) {
      await mount(evil as Partial<TableQuery>);
      await vi.advanceTimersByTimeAsync(1000);
      expect(client.posted).toEqual([]);
      table.dispose();
    }
  });
});

describe('runs of several experiments, of which some may only be looked at', () => {
  beforeEach(async () => {
    answer = query => tableView(query, 3, { rows: [0, 1, 2].map(i => row(i, { experiment_id: i === 1 ? 'theirs' : '1' })) });
    await mount({}, { rights: { writes: id => id === '1', owns: () => false } });
  });

  test('what is selected is changed where all of it may be', async () => {
    const writes = (): string[] => ['Tag…', 'Delete…', 'Restore'].map(label => `${foot(label).getAttribute('aria-disabled')} ${foot(label).title}`);
    tick(0);
    expect(writes()).toEqual(Array(3).fill('null '));
    tick(1);
    expect(writes()).toEqual(Array(3).fill('true You may look at 1 of these runs, but not change it.'));
    press('Delete');
    expect(footText()).toContain('You may look at 1 of these runs');
    one('.jt-foot [aria-label=Dismiss]').click();
    tick(0);
    expect(writes()).toEqual(Array(3).fill('true You may look at this run, but not change it.'));
    expect(foot('Copy').hasAttribute('aria-disabled')).toBe(false);
    expect(client.posted).toEqual([]);
  });

  test.each(['Tag…', 'Delete…', 'Restore'])('why it may not is said to who presses %s, too', label => {
    tick(1);
    foot(label).focus();
    foot(label).click();
    expect(one('.jt-foot [role=status]').textContent).toBe('You may look at this run, but not change it.');
    expect(document.activeElement).toBe(one('.jt-foot [aria-label=Dismiss]'));
    one('.jt-foot [aria-label=Dismiss]').click();
    expect(document.activeElement).toBe(foot('Tag…'));
    expect(client.posted).toEqual([]);
  });

  test('a cell of such a run is not edited', async () => {
    press('ArrowDown');
    press('F2');
    await settle();
    expect(all('.jt-editor .jt-input')).toEqual([]);
    expect(footText()).toContain('You may look at this run, but not change it.');
    press('ArrowUp');
    press('F2');
    await settle();
    expect(editor().value).toBe('name0');
  });
});
