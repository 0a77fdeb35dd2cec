// One row of the run table: a run, or a group of runs. Rows are reused while scrolling: only what differs is written.
import type { GridColumn } from '../column_layout.js';
import type { ColumnWindow } from '../column_window.js';
import type { DecimalPlaces } from '../decimal_places.js';
import { h, setAttr, setHidden } from '../dom.js';
import type { PagedRow } from '../run_pager.js';
import type { GroupRow, RunStatus, TableRow } from '../types.js';
import { __ } from '../words.js';
import { CellExtras, GridCell } from './grid_cell.js';
import { setName } from './middle_cut.js';
import { statusDot } from './status.js';

/** The columns as they are drawn now. */
export interface DrawnColumns {
  columns: readonly GridColumn[];
  window: ColumnWindow;
  nameWidth: number;
  places: DecimalPlaces;
}

export type ExtrasOf = (entry: GridColumn, row: TableRow, value: unknown) => CellExtras;

/** Check box and name stand before the columns. */
export const CHECK_PX = 36;

export class GridRow {
  readonly node: HTMLElement;
  index = -1;
  private readonly check = h('input', { type: 'checkbox', tabindex: '-1' });
  private readonly dot = h('span', { class: 'jt-dot-slot' });
  private readonly name = h('span', { class: 'jt-row-name' });
  private readonly badge = h('span', { class: 'jt-badge', hidden: true }, __('deleted'));
  private readonly nameCell: HTMLElement;
  private readonly spacer = h('div', { class: 'jt-grid-spacer', role: 'presentation' });
  private cells: GridCell[] = [];
  private status: RunStatus | null = null;

  constructor(prefix: string, number: number) {
    const checkCell = h('div', { class: 'jt-cell jt-cell-check', role: 'gridcell', 'aria-colindex': '1' }, this.check);
    this.nameCell = h('div', { class: 'jt-cell jt-cell-name', role: 'gridcell', 'aria-colindex': '2' }, this.dot, this.name, this.badge);
    this.node = h('div', { class: 'jt-grid-row', role: 'row', id: `${prefix}-${number}` }, checkCell, this.nameCell, this.spacer);
    checkCell.id = `${this.node.id}-check`;
    this.nameCell.id = `${this.node.id}-name`;
  }

  /** The cell of a column by its place: 0 is the check box, 1 the name; null where it is not drawn. */
  cell(column: number): HTMLElement | null {
    return this.node.querySelector(`[aria-colindex="${column + 1}"]`);
  }

  showRun(index: number, paged: PagedRow | null, drawn: DrawnColumns, selected: boolean, extras: ExtrasOf): void {
    this.frame(index, paged === null, selected, paged?.row.name ?? 'run');
    if (paged === null) {
      this.wait(drawn);
      return;
    }
    const { row } = paged;
    setHidden(this.check, false);
    this.showName(row.name, row.status, row.deleted);
    this.eachCell(drawn, (cell, entry) => {
      const value = paged.value(entry.column.id);
      cell.show(entry, row, value, extras(entry, row, value), drawn.places);
    });
  }

  showGroup(index: number, group: GroupRow | null, drawn: DrawnColumns): void {
    this.frame(index, group === null, false, 'group');
    setHidden(this.check, true);
    if (group === null) {
      this.wait(drawn);
      return;
    }
    this.showName(group.value ?? '(none)', null, false);
    this.nameCell.classList.toggle('jt-muted', group.value === null);
    this.eachCell(drawn, (cell, entry, at) => cell.showGroup(entry, group, group.cells[at] ?? null, drawn.places));
  }

  /** Once a column needs more room behind its points. */
  align(places: DecimalPlaces): void {
    this.cells.forEach(cell => cell.align(places));
  }

  /** What stood here stays, but out of sight (see the style sheet): somebody waits for the rows, and writing it twice takes time. */
  private wait(drawn: DrawnColumns): void {
    this.eachCell(drawn, () => undefined);
  }

  private frame(index: number, waits: boolean, selected: boolean, name: string): void {
    this.index = index;
    setAttr(this.node, 'aria-rowindex', index + 2);
    setAttr(this.node, 'aria-busy', waits ? 'true' : null);
    setAttr(this.node, 'aria-selected', selected ? 'true' : 'false');
    this.check.checked = selected;
    this.check.disabled = waits;
    setAttr(this.check, 'aria-label', __('Select %1', name));
  }

  /** Gives each drawn column its cell: those that stay in place, the gap of those left out, those on screen. */
  private eachCell({ columns, window, nameWidth }: DrawnColumns, show: (cell: GridCell, entry: GridColumn, at: number) => void): void {
    this.nameCell.style.width = `${nameWidth}px`;
    this.spacer.style.width = `${window.before}px`;
    const pinned = columns.findIndex(c => !c.pinned);
    const staying = pinned < 0 ? columns.length : pinned;
    const count = staying + Math.max(0, window.end - window.first);
    while (this.cells.length > count) {
      this.cells.pop()!.node.remove();
    }
    let left = CHECK_PX + nameWidth;
    for (let i = 0; i < count; i += 1) {
      const at = i < staying ? i : window.first + i - staying;
      const cell = this.cells[i] ?? this.add(i);
      if (i === staying - 1 && this.spacer.previousSibling !== cell.node) {
        cell.node.after(this.spacer);
      }
      cell.place(at, columns[at], columns[at].pinned ? left : null);
      left += columns[at].pinned ? columns[at].width : 0;
      show(cell, columns[at], at);
    }
    if (staying === 0 && this.spacer.previousSibling !== this.nameCell) {
      this.nameCell.after(this.spacer);
    }
  }

  private add(i: number): GridCell {
    const cell = new GridCell(`${this.node.id}-${i}`);
    this.cells.push(cell);
    this.node.append(cell.node);
    return cell;
  }

  private showName(name: string, status: RunStatus | null, deleted: boolean): void {
    this.nameCell.classList.remove('jt-muted');
    setName(this.name, name);
    setAttr(this.name, 'title', name);
    setHidden(this.badge, !deleted);
    if (status !== this.status) {
      this.status = status;
      this.dot.replaceChildren(...(status === null ? [] : [statusDot(status)]));
    }
  }
}
