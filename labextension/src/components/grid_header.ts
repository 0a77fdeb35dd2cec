// The header row of the run table: labels, sort order, widths, and what a drag moves.
import { GridColumn, isNumeric, NAME_COLUMN } from '../column_layout.js';
import { h, setAttr, setHidden } from '../dom.js';
import type { OrderBy, TableColumn } from '../types.js';
import { columnLabel } from '../view_labels.js';
import { __ } from '../words.js';
import { CHECK_PX, DrawnColumns } from './grid_row.js';
import { icon } from './icons.js';
import { setName } from './middle_cut.js';

export interface HeaderCallbacks {
  sort(columnId: string): void;
  /** `id` is null for the name column. */
  resize(id: string | null, px: number): void;
  /** To a place in the order drawn. */
  move(id: string, to: number): void;
  menu(column: TableColumn, anchor: HTMLElement): void;
  toggleAll(): void;
}

export interface HeaderState extends DrawnColumns {
  orderBy: OrderBy | null;
  allSelected: boolean | 'mixed';
  /** What rows are grouped by, in place of `Run`. */
  groupBy: string | null;
}

/** Less than this is a click. */
const DRAG_PX = 5;

/** The order after a click: numbers and times start with the greatest, texts with A. */
export function nextOrder(column: TableColumn, now: OrderBy | null): OrderBy {
  const ascending = now?.column === column.id ? !now.ascending : !isNumeric(column.kind);
  return { column: column.id, ascending };
}

export class GridHeader {
  readonly node = h('div', { class: 'jt-grid-header', role: 'row', 'aria-rowindex': '1' });
  private readonly cells = new Map<string, HeaderCell>();
  private readonly all: HTMLInputElement;
  private readonly check: HTMLElement;
  private readonly name: HeaderCell;
  private readonly spacer = h('div', { class: 'jt-grid-spacer', role: 'presentation' });
  private readonly mark = h('div', { class: 'jt-drop-mark', role: 'presentation', hidden: true });
  private state: HeaderState | null = null;

  constructor(private readonly prefix: string, private readonly callbacks: HeaderCallbacks) {
    this.all = h('input', { type: 'checkbox', tabindex: '-1', 'aria-label': __('Select all runs'), onclick: () => callbacks.toggleAll() });
    this.check = h('div', { class: 'jt-cell jt-cell-check', role: 'columnheader', 'aria-colindex': '1', id: `${prefix}-head-check` }, this.all);
    this.name = this.make(NAME_COLUMN, null);
    this.name.node.classList.add('jt-cell-name');
    this.node.append(this.check, this.name.node, this.spacer, this.mark);
  }

  cell(column: number): HTMLElement | null {
    return this.node.querySelector(`[aria-colindex="${column + 1}"]`);
  }

  update(state: HeaderState): void {
    this.state = state;
    this.all.checked = state.allSelected === true;
    this.all.indeterminate = state.allSelected === 'mixed';
    setHidden(this.all, state.groupBy !== null);
    this.name.show(1, state.groupBy === null ? __('Run') : state.groupBy.replace(/^\w+\./, ''), state.nameWidth, state.orderBy, null);
    this.spacer.style.width = `${state.window.before}px`;
    const { columns, window } = state;
    const shown = columns.map((entry, at) => ({ entry, at })).filter(({ entry, at }) => entry.pinned || (at >= window.first && at < window.end));
    const kept = new Set(shown.map(({ entry }) => entry.column.id));
    for (const [id, cell] of this.cells) {
      if (!kept.has(id)) {
        cell.node.remove();
        this.cells.delete(id);
      }
    }
    this.place(shown);
  }

  private place(shown: { entry: GridColumn; at: number }[]): void {
    const { nameWidth, orderBy } = this.state!;
    let [left, before]: [number, Element] = [CHECK_PX + nameWidth, this.name.node];
    let spaced = false;
    const follow = (node: Element): void => {
      if (before.nextElementSibling !== node) {
        before.after(node);
      }
      before = node;
    };
    for (const { entry, at } of shown) {
      if (!entry.pinned && !spaced) {
        spaced = true;
        follow(this.spacer);
      }
      const cell = this.cells.get(entry.column.id) ?? this.make(entry.column, entry.column.id);
      this.cells.set(entry.column.id, cell);
      cell.show(at + 2, columnLabel(entry.column), entry.width, orderBy, entry.pinned ? left : null);
      left += entry.pinned ? entry.width : 0;
      follow(cell.node);
    }
    if (!spaced) {
      follow(this.spacer);
    }
    follow(this.mark);
  }

  private make(column: TableColumn, id: string | null): HeaderCell {
    const cell = new HeaderCell(column, `${this.prefix}-head-${this.cells.size}-${column.id.replace(/[^\w-]/g, '_')}`, {
      click: () => this.callbacks.sort(column.id),
      menu: anchor => this.callbacks.menu(column, anchor),
      resize: px => this.callbacks.resize(id, px),
      drag: id === null ? null : (x, done) => this.drag(id, x, done),
    });
    return cell;
  }

  /** Shows where a column would go, and puts it there in the end. */
  private drag(id: string, x: number, done: boolean): void {
    const cells = [...this.cells.entries()].map(([key, cell]) => ({ key, box: cell.node.getBoundingClientRect() })).sort((a, b) => a.box.left - b.box.left);
    const columns = this.state!.columns.map(c => c.column.id);
    const pinned = this.state!.columns.filter(c => c.pinned).map(c => c.column.id);
    // What has been scrolled under those that stay in place is not there to be dropped on.
    const edgeOfPinned = Math.max(this.name.node.getBoundingClientRect().right, ...cells.filter(c => pinned.includes(c.key)).map(c => c.box.right));
    const before = cells.find(({ key, box }) => x < box.left + box.width / 2 && (pinned.includes(key) || box.left + box.width / 2 > edgeOfPinned));
    const target = before === undefined ? columns.length : columns.indexOf(before.key);
    setHidden(this.mark, done);
    const edge = before?.box.left ?? cells.at(-1)?.box.right ?? 0;
    this.mark.style.left = `${edge - this.node.getBoundingClientRect().left}px`;
    const from = columns.indexOf(id);
    if (done && target !== from && target !== from + 1) {
      this.callbacks.move(id, target > from ? target - 1 : target);
    }
  }
}

interface CellActions {
  click(): void;
  menu(anchor: HTMLElement): void;
  resize(px: number): void;
  drag: ((x: number, done: boolean) => void) | null;
}

class HeaderCell {
  readonly node: HTMLElement;
  private readonly label = h('span', { class: 'jt-cell-label' });
  private readonly arrow = h('span', { class: 'jt-sort' }, icon('up'));
  private ascending = true;
  private dragged = false;

  constructor(private readonly column: TableColumn, id: string, private readonly actions: CellActions) {
    const menu = h('button', { type: 'button', class: 'jt-head-menu', tabindex: '-1', 'aria-label': __('Menu of %1', columnLabel(column)), title: __('Column menu'), onclick: (e: Event) => (e.stopPropagation(), actions.menu(this.node)) }, icon('more'));
    this.node = h('div', { role: 'columnheader', id, title: column.id === NAME_COLUMN.id ? null : column.id }, this.label, this.arrow, menu, this.handle());
    this.node.addEventListener('click', () => !this.dragged && actions.click());
    this.node.addEventListener('contextmenu', event => {
      event.preventDefault();
      event.stopPropagation();
      actions.menu(this.node);
    });
    this.node.addEventListener('pointerdown', event => this.onDown(event));
    setAttr(this.node, 'class', this.kind(false));
  }

  show(index: number, label: string, width: number, orderBy: OrderBy | null, left: number | null): void {
    const sorted = orderBy?.column === this.column.id;
    setName(this.label, label);
    setAttr(this.node, 'aria-colindex', index + 1);
    setAttr(this.node, 'aria-sort', sorted ? (orderBy!.ascending ? 'ascending' : 'descending') : 'none');
    const active = this.node.classList.contains('jt-cell-active') ? ' jt-cell-active' : '';
    setAttr(this.node, 'class', this.kind(left !== null) + active);
    this.node.style.width = `${width}px`;
    this.node.style.setProperty('--jt-left', left === null ? '' : `${left}px`);
    const ascending = sorted && orderBy!.ascending;
    if (ascending !== this.ascending) {
      this.ascending = ascending;
      this.arrow.replaceChildren(icon(ascending ? 'up' : 'down'));
    }
  }

  private kind(pinned: boolean): string {
    const name = this.column.id === NAME_COLUMN.id;
    return `jt-cell${!name && isNumeric(this.column.kind) ? ' jt-num' : ''}${name ? ' jt-cell-name' : ''}${pinned ? ' jt-cell-pin' : ''}`;
  }

  private onDown(event: PointerEvent): void {
    const { drag } = this.actions;
    this.dragged = false;
    if (drag === null || event.button !== 0 || (event.target as Element).closest('.jt-head-menu') !== null) {
      return;
    }
    follow(this.node, event, (x, done) => {
      this.dragged ||= Math.abs(x - event.clientX) > DRAG_PX;
      this.node.classList.toggle('jt-dragged', this.dragged && !done);
      if (this.dragged) {
        drag(x, done);
      }
    });
  }

  private handle(): HTMLElement {
    const handle = h('span', { class: 'jt-resize', 'aria-hidden': 'true', onclick: (e: Event) => e.stopPropagation() });
    handle.addEventListener('pointerdown', event => {
      event.preventDefault();
      event.stopPropagation();
      const width = this.node.getBoundingClientRect().width;
      follow(handle, event, x => this.actions.resize(width + x - event.clientX));
    });
    return handle;
  }
}

/** Tells where the pointer is until it is let go. */
function follow(node: HTMLElement, start: PointerEvent, moved: (x: number, done: boolean) => void): void {
  // At once: a quick hand has left the node before it moves again.
  node.setPointerCapture?.(start.pointerId);
  const move = (e: PointerEvent): void => moved(e.clientX, false);
  const stop = (e: PointerEvent): void => {
    node.removeEventListener('pointermove', move);
    node.removeEventListener('pointerup', stop);
    node.removeEventListener('pointercancel', stop);
    moved(e.clientX, true);
  };
  node.addEventListener('pointermove', move);
  node.addEventListener('pointerup', stop);
  node.addEventListener('pointercancel', stop);
}
