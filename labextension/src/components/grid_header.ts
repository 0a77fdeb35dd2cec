// The header row of the run table: labels, sort order, widths.
import type { GridColumn } from '../column_layout.js';
import { isNumeric } from '../column_layout.js';
import { h, setAttr } from '../dom.js';
import type { OrderBy, TableColumn } from '../types.js';
import { icon } from './icons.js';

export interface HeaderCallbacks {
  sort(columnId: string): void;
  /** `id` is null for the name column. */
  resize(id: string | null, px: number): void;
  toggleAll(): void;
}

export interface HeaderState {
  name: TableColumn | null;
  nameWidth: number;
  columns: readonly GridColumn[];
  orderBy: OrderBy | null;
  allSelected: boolean | 'mixed';
}

/** The order after a click: numbers and times start with the greatest, texts with A. */
export function nextOrder(column: TableColumn, now: OrderBy | null): OrderBy {
  const ascending = now?.column === column.id ? !now.ascending : !isNumeric(column.kind);
  return { column: column.id, ascending };
}

export class GridHeader {
  readonly node = h('div', { class: 'jt-grid-header', role: 'row', 'aria-rowindex': '1' });
  private drawn = '';
  private readonly all: HTMLInputElement;

  constructor(private readonly callbacks: HeaderCallbacks) {
    this.all = h('input', { type: 'checkbox', tabindex: '-1', 'aria-label': 'Select all runs', onclick: () => callbacks.toggleAll() });
  }

  /** Draws only when something changed: a redraw under the pointer would end a drag. */
  update(state: HeaderState): void {
    this.all.checked = state.allSelected === true;
    this.all.indeterminate = state.allSelected === 'mixed';
    const key = JSON.stringify([state.columns.map(c => [c.column.id, c.column.label]), state.orderBy, state.name?.id]);
    if (key === this.drawn) {
      return;
    }
    this.drawn = key;
    const check = h('div', { class: 'jt-cell jt-cell-check', role: 'columnheader', 'aria-colindex': '1' }, this.all);
    const name = this.cell('Run', state.name, null, state.orderBy, 2);
    name.classList.add('jt-cell-name');
    const cells = state.columns.map(({ column }, i) => this.cell(column.label, column, column.id, state.orderBy, i + 3));
    this.node.replaceChildren(check, name, ...cells);
  }

  private cell(label: string, column: TableColumn | null, id: string | null, orderBy: OrderBy | null, index: number): HTMLElement {
    const sorted = column !== null && orderBy?.column === column.id;
    const node = h('div', {
      class: column !== null && id !== null && isNumeric(column.kind) ? 'jt-cell jt-num' : 'jt-cell',
      role: 'columnheader',
      'aria-colindex': String(index),
      title: id ?? label,
      onclick: () => column && this.callbacks.sort(column.id),
    }, h('span', { class: 'jt-cell-label' }, label));
    if (column !== null) {
      setAttr(node, 'aria-sort', sorted ? (orderBy!.ascending ? 'ascending' : 'descending') : 'none');
      const arrow = h('span', { class: 'jt-sort' }, icon(sorted && orderBy!.ascending ? 'up' : 'down'));
      node.append(arrow);
    }
    node.append(this.handle(node, id));
    return node;
  }

  private handle(cell: HTMLElement, id: string | null): HTMLElement {
    const handle = h('span', { class: 'jt-resize', 'aria-hidden': 'true', onclick: (e: Event) => e.stopPropagation() });
    handle.addEventListener('pointerdown', event => {
      event.preventDefault();
      event.stopPropagation();
      handle.setPointerCapture?.(event.pointerId);
      const origin = event.clientX;
      const width = cell.getBoundingClientRect().width;
      const move = (e: PointerEvent): void => this.callbacks.resize(id, width + e.clientX - origin);
      const stop = (): void => {
        handle.removeEventListener('pointermove', move);
        handle.removeEventListener('pointerup', stop);
        handle.removeEventListener('pointercancel', stop);
      };
      handle.addEventListener('pointermove', move);
      handle.addEventListener('pointerup', stop);
      handle.addEventListener('pointercancel', stop);
    });
    return handle;
  }
}
