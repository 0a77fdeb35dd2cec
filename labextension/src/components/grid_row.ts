// One row of the run table. Rows are reused while scrolling: `show` writes only what differs.
import type { GridColumn } from '../column_layout.js';
import { isNumeric } from '../column_layout.js';
import { h, setAttr, setText } from '../dom.js';
import type { PagedRow } from '../run_pager.js';
import type { RunStatus } from '../types.js';
import { statusDot } from './status.js';
import { cellText } from './table_cell.js';

const START = 'attributes.start_time';

export class GridRow {
  readonly node: HTMLElement;
  index = -1;
  private readonly check = h('input', { type: 'checkbox', tabindex: '-1' });
  private readonly dot = h('span', { class: 'jt-dot-slot' });
  private readonly name = h('span', { class: 'jt-row-name' });
  private readonly nameCell = h('div', { class: 'jt-cell jt-cell-name', role: 'gridcell', 'aria-colindex': '2' }, this.dot, this.name);
  private cells: HTMLElement[] = [];
  private status: RunStatus | null = null;

  constructor(prefix: string, number: number) {
    const checkCell = h('div', { class: 'jt-cell jt-cell-check', role: 'gridcell', 'aria-colindex': '1' }, this.check);
    this.node = h('div', { class: 'jt-grid-row', role: 'row', id: `${prefix}-${number}` }, checkCell, this.nameCell);
    checkCell.id = `${this.node.id}-0`;
    this.nameCell.id = `${this.node.id}-1`;
  }

  /** Makes room for these columns. */
  layout(columns: readonly GridColumn[]): void {
    while (this.cells.length > columns.length) {
      this.cells.pop()!.remove();
    }
    while (this.cells.length < columns.length) {
      const i = this.cells.length + 2;
      const cell = h('div', { role: 'gridcell', 'aria-colindex': String(i + 1), id: `${this.node.id}-${i}` });
      this.cells.push(cell);
      this.node.append(cell);
    }
  }

  show(index: number, paged: PagedRow | null, columns: readonly GridColumn[], selected: boolean): void {
    this.index = index;
    setAttr(this.node, 'aria-rowindex', index + 2);
    setAttr(this.node, 'aria-busy', paged === null ? 'true' : null);
    setAttr(this.node, 'aria-selected', selected ? 'true' : 'false');
    this.node.classList.toggle('jt-row-odd', index % 2 === 1);
    this.check.checked = selected;
    this.check.disabled = paged === null;
    setAttr(this.check, 'aria-label', `Select ${paged?.row.name ?? 'run'}`);
    this.showName(paged);
    const at = paged?.columnIndex.get(START);
    const start = at === undefined ? null : paged!.row.cells[at];
    columns.forEach(({ column }, i) => {
      const cell = this.cells[i];
      const kind = isNumeric(column.kind) ? 'jt-cell jt-num' : 'jt-cell';
      if (paged === null) {
        setAttr(cell, 'class', `${kind} jt-cell-wait`);
        setAttr(cell, 'title', null);
        setText(cell, '');
        return;
      }
      const index = paged.columnIndex.get(column.id);
      const value = index === undefined ? null : paged.row.cells[index];
      const { text, title } = cellText(column, value, paged.row, typeof start === 'number' ? start : null);
      setAttr(cell, 'class', text === '–' && title === '' ? `${kind} jt-cell-none` : kind);
      setAttr(cell, 'title', title === '' ? null : title);
      setText(cell, text);
    });
  }

  private showName(paged: PagedRow | null): void {
    this.nameCell.classList.toggle('jt-cell-wait', paged === null);
    setText(this.name, paged?.row.name ?? '');
    setAttr(this.name, 'title', paged?.row.name ?? null);
    const status = paged?.row.status ?? null;
    if (status !== this.status) {
      this.status = status;
      this.dot.replaceChildren(...(status === null ? [] : [statusDot(status)]));
    }
  }
}
