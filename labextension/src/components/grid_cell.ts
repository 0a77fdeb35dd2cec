// One cell of the run table: its text, and for a metric a sparkline and a colour bar. Reused while scrolling.
import type { GridColumn } from '../column_layout.js';
import { isNumeric } from '../column_layout.js';
import { h, setAttr, setText } from '../dom.js';
import { formatNumber } from '../format.js';
import type { Value } from '../run_pager.js';
import type { GroupCell, GroupRow, TableRow } from '../types.js';
import { columnLabel } from '../view_labels.js';
import { Sparkline } from './sparkline.js';
import { cellText } from './table_cell.js';

/** What a cell of a run is drawn with beside its value. */
export interface CellExtras {
  /** Undefined while it is not known, null where there is none. */
  curve: readonly (number | null)[] | null | undefined;
  /** Where the value lies between the smallest and the largest: 0 to 1; null for no bar. */
  share: number | null;
}

export const NO_EXTRAS: CellExtras = { curve: null, share: null };

export class GridCell {
  readonly node: HTMLElement;
  private readonly text = h('span', { class: 'jt-cell-text' });
  private spark: Sparkline | null = null;
  private drawn: unknown = null;

  constructor(id: string) {
    this.node = h('div', { class: 'jt-cell', role: 'gridcell', id }, this.text);
  }

  /** @param left Where it stays in place, in px; null where it scrolls. */
  place(index: number, { width, column, pinned }: GridColumn, left: number | null): void {
    setAttr(this.node, 'aria-colindex', index + 3);
    setAttr(this.node, 'data-column', column.id);
    const place = pinned ? `width:${width}px;left:${left}px` : `width:${width}px`;
    if (this.node.getAttribute('data-place') !== place) {
      this.node.setAttribute('data-place', place);
      this.node.style.width = `${width}px`;
      this.node.style.setProperty('--jt-left', pinned ? `${left}px` : '');
    }
  }

  show(entry: GridColumn, row: TableRow, value: Value | undefined, extras: CellExtras): void {
    const { column } = entry;
    if (value === undefined) {
      this.wait(entry);
      return;
    }
    const { text, title } = cellText(column, value, row, row.start_time_ms);
    this.write(entry, text, title, text === '–' && title === '');
    this.showSpark(extras.curve, `${columnLabel(column)}: ${text}`);
    this.showShare(extras.share);
  }

  showGroup(entry: GridColumn, group: GroupRow, cell: GroupCell | null): void {
    this.showSpark(null, '');
    this.showShare(null);
    if (entry.column.kind === 'count') {
      this.write(entry, group.n.toLocaleString('en-US'), '', false);
    } else if (cell === null) {
      this.write(entry, '–', '', true);
    } else {
      const spread = cell.std === null ? '' : ` ± ${formatNumber(cell.std, 3)}`;
      const runs = cell.n === group.n ? '' : ` (${cell.n.toLocaleString('en-US')})`;
      this.write(entry, formatNumber(cell.mean, 4) + spread + runs, `Mean ${cell.mean}${cell.std === null ? '' : `, standard deviation ${cell.std}`}, n = ${cell.n.toLocaleString('en-US')}`, false);
    }
  }

  wait(entry: GridColumn): void {
    this.write(entry, '', '', false, ' jt-cell-wait');
    this.showSpark(null, '');
    this.showShare(null);
  }

  private write({ column, pinned }: GridColumn, text: string, title: string, none: boolean, more = ''): void {
    const kind = `jt-cell${isNumeric(column.kind) ? ' jt-num' : ''}${none ? ' jt-cell-none' : ''}${pinned ? ' jt-cell-pin' : ''}${more}`;
    const active = this.node.classList.contains('jt-cell-active') ? ' jt-cell-active' : '';
    setAttr(this.node, 'class', kind + active);
    setAttr(this.node, 'title', title === '' ? null : title);
    setText(this.text, text);
  }

  private showSpark(curve: readonly (number | null)[] | null | undefined, label: string): void {
    if (curve === this.drawn) {
      return;
    }
    this.drawn = curve;
    if (!curve || curve.length === 0) {
      if (this.spark !== null) {
        setAttr(this.spark.node, 'hidden', true);
      }
      return;
    }
    if (this.spark === null) {
      this.spark = new Sparkline();
      this.node.prepend(this.spark.node);
    }
    setAttr(this.spark.node, 'hidden', null);
    this.spark.update(curve, `Curve of ${label}`);
  }

  private showShare(share: number | null): void {
    const percent = share === null ? null : `${Math.round(Math.min(1, Math.max(0, share)) * 100)}%`;
    setAttr(this.node, 'data-bar', percent);
    if (percent !== null) {
      this.node.style.setProperty('--jt-bar', percent);
    }
  }
}
