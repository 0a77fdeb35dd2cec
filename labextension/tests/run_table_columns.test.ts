import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ColumnLayout } from '../src/column_layout.js';
import { columnWindow, scrollLeftFor } from '../src/column_window.js';
import { RunTable } from '../src/components/run_table.js';
import { layoutKey, loadLayout, saveLayout } from '../src/layout_store.js';
import type { TableQuery } from '../src/run_pager.js';
import type { TableColumn } from '../src/types.js';
import { COLUMNS, column, FakeClient, fakeClient, OWNER, settle, tableView } from './views.js';

const QUERY: TableQuery = { store_id: 's1', experiment_ids: ['1'], filter: '', order_by: null, columns: null };
const MANY = Array.from({ length: 12_000 }, (_, i) => column(`metrics.m${i}`, 'number'));
let table: RunTable;
let client: FakeClient;
let listed: TableColumn[];

async function mount(query: Partial<TableQuery> = {}, columns = COLUMNS): Promise<void> {
  client = fakeClient((path, asked) => {
    if (path === '/views/run-columns') {
      return { sections: [{ group: 'metrics', title: 'Metrics', columns: listed.slice(0, 60), total: listed.length }], total: 12_004 };
    }
    return path === '/views/run-table' ? tableView(asked, 40, asked.cells === undefined ? { columns } : {}) : { metrics: [], runs: [] };
  });
  table = new RunTable({ client, query: { ...QUERY, ...query } });
  document.body.replaceChildren(table.node);
  await table.load();
}
const all = (selector: string): HTMLElement[] => [...table.node.querySelectorAll<HTMLElement>(selector)];
const one = (selector: string): HTMLElement => all(selector)[0];
const labels = (): string[] => all('[role=columnheader]').slice(1).map(n => n.querySelector('.jt-cell-label')!.textContent!);
const header = (label: string): HTMLElement => all('[role=columnheader]')[labels().indexOf(label) + 1];
const item = (label: string): HTMLElement => all('[role^=menuitem]').find(n => n.textContent === label)!;
const press = (key: string, init: KeyboardEventInit = {}): void =>
  void one('.jt-grid').dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init }));
const menu = (label: string): void => header(label).querySelector<HTMLElement>('.jt-head-menu')!.click();
const button = (label: string): HTMLElement => all('.jt-toolbar button').find(n => n.textContent === label)!;

beforeEach(() => {
  localStorage.clear();
  listed = [column('metrics.f1', 'number'), OWNER];
  vi.useFakeTimers();
});
afterEach(() => {
  table?.dispose();
  vi.useRealTimers();
});

describe('columns on screen', () => {
  test('of 12,000 columns few are in the page, and few are asked for', async () => {
    await mount({}, MANY.slice(0, 1000));
    expect(one('.jt-grid').getAttribute('aria-colcount')).toBe('1002');
    expect(all('[role=columnheader]').length).toBeLessThan(20);
    expect(all('.jt-grid-row')[0].children.length).toBeLessThan(20);
    await vi.advanceTimersByTimeAsync(100);
    for (const { query } of client.asked) {
      expect(String(query.cells ?? '').split(',').length).toBeLessThan(70);
    }
  });

  test('what stays in place is sticky only once the grid is scrolled', async () => {
    await mount();
    const grid = one('.jt-grid');
    const scroll = (left: number, top: number): void => {
      Object.assign(grid, { scrollLeft: left, scrollTop: top });
      grid.dispatchEvent(new Event('scroll'));
    };
    const ways = (): boolean[] => ['jt-scrolled-x', 'jt-scrolled-y'].map(name => grid.classList.contains(name));
    expect(ways()).toEqual([false, false]);
    scroll(40, 0);
    expect(ways()).toEqual([true, false]);
    scroll(0, 300);
    expect(ways()).toEqual([false, true]);
  });

  test('the window is that of the scroll, and what stays in place is not in it', () => {
    const grid = new ColumnLayout({ chosen: MANY.slice(0, 100), widths: {}, pinned: ['metrics.m50'], sparklines: false, bars: false }).grid([]);
    expect(grid[0].column.id).toBe('metrics.m50');
    const { first, end, before, pinned } = columnWindow(grid, 5000, 800);
    expect(pinned).toBe(grid[0].width);
    expect(before).toBeLessThan(5000);
    expect(before).toBe(grid.slice(1, first).reduce((sum, c) => sum + c.width, 0));
    expect(end - first).toBeLessThan(20);
    expect(scrollLeftFor(grid, 0, 5000, 800)).toBe(5000);
    const left = scrollLeftFor(grid, 99, 0, 800);
    expect(columnWindow(grid, left, 800).end).toBe(100);
  });

  test('a key brings the column it moves to into the page', async () => {
    await mount({}, MANY.slice(0, 300));
    press('End');
    const cell = document.getElementById(one('.jt-grid').getAttribute('aria-activedescendant')!)!;
    expect(cell.getAttribute('data-column')).toBe('metrics.m299');
  });
});

describe('arranging', () => {
  test('hide, move and pin from the menu of a column', async () => {
    await mount();
    expect(labels()).toEqual(['Run', 'start_time', 'f1', 'lr']);
    menu('f1');
    item('Move right').click();
    expect(labels()).toEqual(['Run', 'start_time', 'lr', 'f1']);
    menu('f1');
    item('Keep in view (pin)').click();
    expect(labels()).toEqual(['Run', 'f1', 'start_time', 'lr']);
    expect(header('f1').classList.contains('jt-cell-pin')).toBe(true);
    menu('start_time');
    item('Hide').click();
    expect(labels()).toEqual(['Run', 'f1', 'lr']);
    menu('f1');
    item('Unpin').click();
    expect(header('f1').classList.contains('jt-cell-pin')).toBe(false);
  });

  test('by keyboard: Alt moves, Shift widens, the menu opens, Escape goes back', async () => {
    await mount();
    ['ArrowUp', 'ArrowRight', 'ArrowRight'].forEach(key => press(key));
    press('ArrowRight', { altKey: true });
    expect(labels()).toEqual(['Run', 'start_time', 'lr', 'f1']);
    const before = parseInt(header('f1').style.width, 10);
    press('ArrowRight', { shiftKey: true });
    await vi.advanceTimersByTimeAsync(20);
    expect(parseInt(header('f1').style.width, 10)).toBe(before + 16);
    press('F10', { shiftKey: true });
    expect(document.activeElement).toBe(item('Sort ascending'));
    item('Sort ascending').dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true }));
    expect(document.activeElement).toBe(item('Sort descending'));
    item('Sort descending').dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
    expect(document.activeElement).toBe(one('.jt-grid'));
  });

  test('a drag puts a column elsewhere, and is no click', async () => {
    await mount();
    all('[role=columnheader]').forEach((node, i) => (node.getBoundingClientRect = () => ({ left: i * 100, right: i * 100 + 100, width: 100 }) as DOMRect));
    const asked = client.asked.length;
    const at = (type: string, clientX: number): void => {
      const event = new MouseEvent(type, { bubbles: true, clientX, button: 0 });
      header('lr').dispatchEvent(event);
    };
    at('pointerdown', 450);
    at('pointermove', 230);
    expect(one('.jt-drop-mark').hidden).toBe(false);
    at('pointerup', 230);
    header('lr').click();
    expect(labels()).toEqual(['Run', 'lr', 'start_time', 'f1']);
    expect(one('.jt-drop-mark').hidden).toBe(true);
    expect(client.asked.slice(asked).filter(a => a.query.order_by !== null && a.query.order_by !== undefined)).toEqual([]);
  });
});

describe('the chooser', () => {
  const boxes = (): HTMLInputElement[] => all('.jt-chooser:not([hidden]) .jt-chooser-row input') as HTMLInputElement[];
  const names = (): (string | null)[] => boxes().map(box => box.parentElement!.textContent);
  const open = async (): Promise<void> => {
    button('Columns').click();
    await settle();
  };

  test('switching one on asks for its cells and draws it; off takes it away', async () => {
    await mount();
    await open();
    expect(names()).toEqual(['start_time', 'f1', 'lr', 'owner']);
    expect(boxes().map(box => box.checked)).toEqual([true, true, true, false]);
    boxes()[3].click();
    await vi.advanceTimersByTimeAsync(60);
    expect(labels()).toEqual(['Run', 'start_time', 'f1', 'lr', 'owner']);
    expect(client.asked.filter(a => a.path === '/views/run-table').at(-1)!.query.cells).toBe('tags.owner');
    boxes()[1].click();
    expect(labels()).toEqual(['Run', 'start_time', 'lr', 'owner']);
    expect(one('.jt-chooser:not([hidden]) .jt-chooser-foot').textContent).toContain('3 of 12,004 shown');
  });

  test('12,000 columns: few are listed, Python searches the rest, Escape closes', async () => {
    listed = MANY;
    await mount();
    await open();
    expect(boxes().length).toBeLessThan(70);
    expect(one('.jt-chooser:not([hidden])').textContent).toContain('and 11,940 more: search to find them');
    const search = one('.jt-chooser:not([hidden]) .jt-chooser-search') as HTMLInputElement;
    expect(document.activeElement).toBe(search);
    listed = [MANY[11_999]];
    search.value = 'm11999';
    search.dispatchEvent(new Event('input'));
    await vi.advanceTimersByTimeAsync(150);
    expect(client.asked.at(-1)!.query).toMatchObject({ search: 'm11999', store: 's1', experiment_ids: '1' });
    expect(names()).toEqual(['m11999']);
    search.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
    expect(boxes()).toEqual([]);
    expect(document.activeElement).toBe(button('Columns'));
  });

  test('reset gives back what Python chooses', async () => {
    await mount();
    menu('f1');
    item('Hide').click();
    await open();
    all('.jt-chooser:not([hidden]) .jt-link')[0].click();
    await settle();
    expect(labels()).toEqual(['Run', 'start_time', 'f1', 'lr']);
  });
});

describe('what a browser keeps', () => {
  test('order, widths, pins and hidden columns survive a reload', async () => {
    await mount();
    menu('lr');
    item('Keep in view (pin)').click();
    menu('start_time');
    item('Hide').click();
    table.dispose();
    await mount();
    expect(labels()).toEqual(['Run', 'lr', 'f1']);
    expect(header('lr').classList.contains('jt-cell-pin')).toBe(true);
    expect(client.asked[0].query.cells).toBe('params.lr,metrics.f1');
    table.dispose();
    await mount({ experiment_ids: ['2'] });
    expect(labels()).toEqual(['Run', 'start_time', 'f1', 'lr']);
  });

  test('what cannot be read is as if there were nothing', () => {
    const key = layoutKey(QUERY);
    for (const text of ['', '{', '[]', 'null', '{"chosen": 5, "widths": {"a": "x"}, "pinned": {}}', '{"chosen": [{"id": 1}], "pinned": [1]}']) {
      localStorage.setItem(key, text);
      const { chosen, widths, pinned } = loadLayout(key);
      expect([chosen ?? [], widths, pinned]).toEqual([[], {}, []]);
    }
  });

  test('few are kept, and a full browser is no error', () => {
    const state = { chosen: null, widths: {}, pinned: [], sparklines: true, bars: true };
    for (let i = 0; i < 80; i += 1) {
      vi.setSystemTime(1000 + i);
      saveLayout(layoutKey({ ...QUERY, store_id: `s${i}` }), state);
    }
    expect(Object.keys(localStorage).filter(key => key.startsWith('jupyter-tracker:'))).toHaveLength(60);
    expect(loadLayout(layoutKey({ ...QUERY, store_id: 's79' })).bars).toBe(true);
    const full = { setItem: () => { throw new Error('quota'); } } as unknown as Storage;
    expect(() => saveLayout('x', state, full)).not.toThrow();
  });
});
