import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RequestError } from '../src/client.js';
import { caretLine } from '../src/components/filter_box.js';
import { nextOrder } from '../src/components/grid_header.js';
import { RunTable, RunTableOptions } from '../src/components/run_table.js';
import type { ColumnListView, RunTableView, TableColumn } from '../src/types.js';
import { column, FakeClient, OWNER, fakeClient, row, settle, tableView } from './views.js';

let table: RunTable;
let client: FakeClient;
let selected: string[][];
/** What the other routes answer. */
let side: (path: string, query: any) => unknown;
let write: (path: string, body: any) => unknown;

function mount(answer: (query: any) => unknown, change: Partial<RunTableOptions> = {}): void {
  selected = [];
  localStorage.clear();
  client = fakeClient((path, query) => (path === '/views/run-table' ? answer(query) : side(path, query)), write);
  table = new RunTable({
    client, query: { store_id: 's1', experiment_ids: ['1'], filter: '', order_by: null, columns: null },
    onSelect: ids => selected.push(ids), ...change,
  });
  document.body.replaceChildren(table.node);
}
const all = (selector: string): HTMLElement[] => [...table.node.querySelectorAll<HTMLElement>(selector)];
const one = (selector: string): HTMLElement => all(selector)[0];
const rowAt = (index: number): HTMLElement => all('.jt-grid-row').find(n => n.getAttribute('aria-rowindex') === String(index + 2))!;
const labels = (): string[] => all('[role=columnheader]').map(n => n.querySelector('.jt-cell-label')?.textContent ?? '');
const header = (label: string): HTMLElement => all('[role=columnheader]')[labels().indexOf(label)];
const press = (key: string, init: KeyboardEventInit = {}): void =>
  void one('.jt-grid').dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init }));
const input = (): HTMLInputElement => one('.jt-filter input') as HTMLInputElement;
const enter = async (text: string): Promise<void> => {
  input().value = text;
  input().dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
  await settle();
};
const lastQuery = (): any => client.asked.filter(a => a.path === '/views/run-table').at(-1)!.query;

const sections = (...columns: TableColumn[]): ColumnListView => ({
  sections: [{ group: 'tags', title: 'Tags', columns, total: columns.length }], total: 5,
});

beforeEach(() => {
  side = path => (path === '/views/run-sparklines' ? { metrics: [], runs: [] } : sections(OWNER));
  write = () => ({ updated: 1, undo: [] });
  vi.useFakeTimers();
});
afterEach(() => {
  table.dispose();
  vi.useRealTimers();
});

describe('rows', () => {
  test('100,000 runs put a screenful of rows into the page', async () => {
    mount(query => tableView(query, 100_000));
    await table.load();
    expect(one('.jt-grid').getAttribute('aria-rowcount')).toBe('100001');
    expect(all('.jt-grid-row').length).toBeLessThan(40);
    expect(rowAt(3).textContent).toContain('name3');
    expect(one('.jt-count').textContent).toBe('100,000 runs');
  });

  test('numbers of a column have their points below each other', async () => {
    mount(query => tableView(query, 30));
    await table.load();
    const number = (index: number): HTMLElement => rowAt(index).querySelector('[data-column="metrics.f1"] .jt-cell-text')!;
    expect([0, 1, 10].map(i => [number(i).textContent, number(i).dataset.room])).toEqual([['0', '.0'], ['0.1', undefined], ['1', '.0']]);
  });

  test('hidden columns are not drawn, missing values are a dash, hostile names are text', async () => {
    const evil = '<b onmouseover=alert(1)>x</b>';
    mount(query => tableView(query, 1, { rows: [row(0, { name: evil, cells: [evil, 1000, null, evil] })] }));
    await table.load();
    expect(labels()).toEqual(['', 'Run', 'start_time', 'f1', 'lr']);
    expect([...rowAt(0).querySelectorAll('.jt-cell-text')].map(n => n.textContent).slice(1)).toEqual(['–', evil]);
    expect(one('.jt-row-name').textContent).toBe(evil);
    expect(table.node.querySelector('b')).toBeNull();
  });

  test('a row whose page is not here yet is a placeholder', async () => {
    mount(query => tableView(query, 300, { rows: tableView(query, 300).rows.slice(0, 2) }));
    await table.load();
    expect(rowAt(1).hasAttribute('aria-busy')).toBe(false);
    expect(rowAt(2).getAttribute('aria-busy')).toBe('true');
  });
});

describe('sorting', () => {
  test('numbers start with the greatest, texts with A, then it turns', () => {
    const number = column('metrics.f1', 'number');
    expect(nextOrder(number, null)).toEqual({ column: 'metrics.f1', ascending: false });
    expect(nextOrder(number, { column: 'metrics.f1', ascending: false }).ascending).toBe(true);
    expect(nextOrder(column('params.lr', 'text'), { column: 'metrics.f1', ascending: false }).ascending).toBe(true);
  });

  test('a click asks Python and is told in aria-sort', async () => {
    mount(query => tableView(query, 5));
    await table.load();
    header('f1').click();
    await settle();
    expect(lastQuery()).toMatchObject({ order_by: 'metrics.f1', ascending: 'false', offset: 0 });
    expect(header('f1').getAttribute('aria-sort')).toBe('descending');
    expect(header('lr').getAttribute('aria-sort')).toBe('none');
  });

  test('by keyboard: up into the header, along, Enter', async () => {
    mount(query => tableView(query, 5));
    await table.load();
    ['ArrowUp', 'ArrowRight', 'ArrowRight', 'Enter'].forEach(key => press(key));
    await settle();
    expect(lastQuery()).toMatchObject({ order_by: 'metrics.f1' });
    press('ArrowLeft');
    press('ArrowLeft');
    press(' ');
    await settle();
    expect(lastQuery()).toMatchObject({ order_by: 'attributes.run_name', ascending: 'true' });
  });
});

describe('selection', () => {
  const check = (index: number, shiftKey = false): void =>
    void rowAt(index).querySelector('input')!.dispatchEvent(new MouseEvent('click', { bubbles: true, shiftKey }));

  test('a click selects, a shift-click selects up to there, a click takes back', async () => {
    mount(query => tableView(query, 50));
    await table.load();
    check(2);
    check(5, true);
    await settle();
    expect(selected.at(-1)).toEqual(['run2', 'run3', 'run4', 'run5']);
    expect(rowAt(4).getAttribute('aria-selected')).toBe('true');
    check(3);
    expect(selected.at(-1)).toEqual(['run2', 'run4', 'run5']);
    expect(one('.jt-count').textContent).toBe('50 runs · 3 selected');
  });

  test('a range reaches into pages that are not here yet', async () => {
    mount(query => tableView(query, 300));
    await table.load();
    check(0);
    press('End', { ctrlKey: true });
    side = (path, query) => (path === '/views/run-ids' ? { run_ids: Array.from({ length: query.limit }, (_, i) => `run${i}`), total: 300 } : { metrics: [], runs: [] });
    press(' ', { shiftKey: true });
    await settle();
    expect(client.asked).toContainEqual(expect.objectContaining({ path: '/views/run-ids', query: expect.objectContaining({ offset: 0, limit: 300 }) }));
    expect(selected.at(-1)).toHaveLength(300);
  });

  test('what the kernel selects is shown and not sent back', async () => {
    mount(query => tableView(query, 5));
    await table.load();
    table.setSelection(['run1']);
    expect(rowAt(1).getAttribute('aria-selected')).toBe('true');
    expect(selected).toEqual([]);
  });
});

describe('keyboard', () => {
  test('arrows move the active cell, Enter opens', async () => {
    const onOpen = vi.fn();
    mount(query => tableView(query, 5), { onOpen });
    await table.load();
    press('ArrowDown');
    const id = one('.jt-grid').getAttribute('aria-activedescendant')!;
    expect(document.getElementById(id)!.closest('[role=row]')).toBe(rowAt(1));
    press('Enter');
    expect(onOpen).toHaveBeenCalledWith({ store_id: 's1', run_id: 'run1', name: 'name1' });
  });

  test('keys it takes do not reach the notebook', async () => {
    mount(query => tableView(query, 5));
    await table.load();
    const outside = vi.fn();
    document.body.addEventListener('keydown', outside);
    press('ArrowDown');
    expect(outside).not.toHaveBeenCalled();
    press('x');
    expect(outside).toHaveBeenCalledOnce();
    document.body.removeEventListener('keydown', outside);
  });
});

describe('filter', () => {
  test('Enter applies; what is wrong is shown under its column, and the rows stay', async () => {
    mount(query => tableView(query, 5, query.filter ? { rows: [], total: 0, error: { message: 'Expected a value.\n  f1 >\n      ^', position: 4 } } : {}));
    await table.load();
    await enter('f1 >');
    expect(lastQuery().filter).toBe('f1 >');
    expect(one('.jt-filter-error').hidden).toBe(false);
    expect(one('.jt-filter-source').textContent).toBe('f1 >\n    ^');
    expect(one('.jt-filter-message').textContent).toBe('Expected a value.');
    expect(input().getAttribute('aria-invalid')).toBe('true');
    expect(rowAt(0).textContent).toContain('name0');
    one('.jt-refresh').click();
    await settle();
    expect(input().value).toBe('f1 >');
    await enter('');
    expect(one('.jt-filter-error').hidden).toBe(true);
  });

  test('the caret counts as Python does', () => {
    expect(caretLine('😀 = x', 2)).toBe('😀 = x\n  ^');
    expect(caretLine('ab', 99)).toBe('ab\n  ^');
    expect(caretLine('a\nb', 2)).toBe('a b\n  ^');
  });

  test('nothing matches: a button clears the filter', async () => {
    mount(query => tableView(query, query.filter ? 0 : 5, { hint: query.filter === 'metrics.f2 > 2' ? 'Did you mean metrics.f1?' : '' }));
    await table.load();
    await enter('metrics.f2 > 2');
    expect(one('.jt-state').textContent).toContain('Did you mean metrics.f1?');
    await enter('metrics.f1 > 2');
    expect(one('.jt-state').textContent).toContain('No run matches');
    expect(one('.jt-state').textContent).not.toContain('mean');
    one('.jt-state button').click();
    await settle();
    expect(lastQuery().filter).toBeNull();
    expect(input().value).toBe('');
    expect(one('.jt-count').textContent).toBe('5 runs');
  });

  test('a word that no run can have is told under the box while other runs match', async () => {
    const hint = "No run has the status 'FINISHD'. Did you mean 'FINISHED'?";
    mount(query => tableView(query, query.filter === "status = 'FINISHD'" ? 0 : 5, { hint: query.filter ? hint : '' }));
    await table.load();
    expect(one('.jt-filter-hint').hidden).toBe(true);
    await enter("status != 'FINISHD'");
    expect([one('.jt-filter-hint').hidden, one('.jt-filter-hint').textContent]).toEqual([false, hint]);
    await enter("status = 'FINISHD'");
    expect(one('.jt-filter-hint').hidden).toBe(true);
    expect(one('.jt-state').textContent).toContain(hint);
    await enter('');
    expect(one('.jt-filter-hint').hidden).toBe(true);
  });
});

describe('empty and failed', () => {
  test('no runs yet: a hint', async () => {
    mount(query => tableView(query, 0));
    await table.load();
    expect(one('.jt-state').textContent).toContain('%%track run_name=');
  });

  test('an unknown store: a quiet message and a way to try again', async () => {
    let known = false;
    mount(query => {
      if (!known) throw new RequestError(404, 'RESOURCE_DOES_NOT_EXIST', 'No store.');
      return tableView(query, 2);
    });
    await table.load();
    expect(one('.jt-state').textContent).toContain("store is not known to this Jupyter server");
    known = true;
    one('.jt-state button').click();
    await settle();
    expect(one('.jt-table-state').hidden).toBe(true);
    expect(rowAt(0).textContent).toContain('name0');
  });
});

describe('a store that is away when the filter is changed', () => {
  const away = new RequestError(0, null, 'The Jupyter server cannot be reached.');
  let here: boolean;
  let wanted: number;
  const start = async (answer: (query: any) => unknown): Promise<void> => {
    [here, wanted] = [true, 0];
    mount(query => {
      if (!here) throw away;
      return answer(query);
    }, { onWant: () => (wanted += 1) });
    await table.load();
  };
  const strip = (): HTMLElement => all('.jt-error').find(node => node.parentElement === table.node)!;

  test('a filter that was wrong is no longer told once it is cleared', async () => {
    await start(query => tableView(query, 5, { error: query.filter ? { message: 'No such field', position: 0 } : null }));
    await enter('f1 >');
    expect(one('.jt-filter-error').hidden).toBe(false);
    here = false;
    one('[aria-label="Clear filter"]').click();
    await settle();
    expect([one('.jt-filter-error').hidden, input().getAttribute('aria-invalid')]).toEqual([true, null]);
    expect(one('.jt-grid').classList.contains('jt-stale')).toBe(false);
    expect(strip().textContent).toBe('No answer yet. The Jupyter server cannot be reached. Trying again…');
    expect(wanted).toBe(1);
  });

  test('rows of a filter that was taken away are told to be its, and asked for without it', async () => {
    await start(query => tableView(query, query.filter ? 2 : 5));
    await enter('metrics.f1 > 0.9');
    here = false;
    one('[aria-label="Clear filter"]').click();
    await settle();
    expect(strip().textContent).toContain('Shown are still the runs of the filter metrics.f1 > 0.9');
    expect([strip().hidden, input().value, one('.jt-count').textContent]).toEqual([false, '', '2 runs']);
    await table.load();
    expect(lastQuery().filter).toBeNull();
    here = true;
    await table.load();
    expect([strip().hidden, strip().textContent, one('.jt-count').textContent]).toEqual([true, '', '5 runs']);
  });

  test('where nothing matched, that is not what is said any more', async () => {
    await start(query => tableView(query, query.filter ? 0 : 5, { hint: query.filter ? 'Did you mean metrics.f1?' : '' }));
    await enter('metrics.f2 > 2');
    here = false;
    one('.jt-state button').click();
    await settle();
    expect(one('.jt-state').textContent).toContain('No answer yet.');
    expect(one('.jt-state').textContent).not.toContain('mean');
    here = true;
    one('.jt-state button').click();
    await settle();
    expect(lastQuery().filter).toBeNull();
    expect([one('.jt-table-state').hidden, one('.jt-count').textContent]).toEqual([true, '5 runs']);
  });

  test('a filter and an order that were not answered are told, too', async () => {
    await start(query => tableView(query, 5));
    here = false;
    await enter('metrics.f1 > 0.9');
    expect(strip().textContent).toContain('Shown are the runs without this filter.');
    here = true;
    await table.load();
    here = false;
    header('f1').click();
    await settle();
    expect(strip().textContent).toContain('Shown is what was asked for before.');
  });
});

describe('a view from the kernel', () => {
  const view = (total: number, change: Partial<RunTableView> = {}): RunTableView => tableView({}, total, change);

  test('is drawn without asking', () => {
    mount(() => { throw new Error('not asked'); });
    table.setView(view(7));
    expect(one('.jt-count').textContent).toBe('7 runs');
    expect(client.asked).toEqual([]);
  });

  test('does not undo the order the user chose', async () => {
    mount(query => tableView(query, 8));
    table.setView(view(7));
    header('f1').click();
    await settle();
    table.setView(view(8));
    await settle();
    expect(lastQuery()).toMatchObject({ order_by: 'metrics.f1' });
    expect(header('f1').getAttribute('aria-sort')).toBe('descending');
    expect(one('.jt-count').textContent).toBe('8 runs');
  });
});
