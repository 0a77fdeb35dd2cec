// One cell of the run table: its text, and for a metric a sparkline and a colour bar. Reused while scrolling.
import type { GridColumn } from '../column_layout.js';
import { isNumeric } from '../column_layout.js';
import type { DecimalPlaces } from '../decimal_places.js';
import { h, setAttr, setText } from '../dom.js';
import { formatSpread } from '../format.js';
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
/** A digit of the grid's text, at its widest. */
const DIGIT_PX = 7.6;
const PADDING_PX = 20;
const SPARK_PX = 50;

export class GridCell {
  readonly node: HTMLElement;
  private readonly text = h('span', { class: 'jt-cell-text' });
  private spark: Sparkline | null = null;
  private drawn: unknown = null;
  /** The number in it that is aligned with those above and below. */
  private number: { columnId: string; length: number; decimals: number } | null = null;
  private width = 0;

  constructor(id: string) {
    this.node = h('div', { class: 'jt-cell', role: 'gridcell', id }, this.text);
  }

  /** @param left Where it stays in place, in px; null where it scrolls. */
  place(index: number, { width, column, pinned }: GridColumn, left: number | null): void {
    setAttr(this.node, 'aria-colindex', index + 3);
    setAttr(this.node, 'data-column', column.id);
    this.width = width;
    const place = pinned ? `width:${width}px;left:${left}px` : `width:${width}px`;
    if (this.node.getAttribute('data-place') !== place) {
      this.node.setAttribute('data-place', place);
      this.node.style.width = `${width}px`;
      this.node.style.setProperty('--jt-left', pinned ? `${left}px` : '');
    }
  }

  show(entry: GridColumn, row: TableRow, value: Value | undefined, extras: CellExtras, places: DecimalPlaces): void {
    const { column } = entry;
    if (value === undefined) {
      this.wait(entry);
      return;
    }
    const { text, title } = cellText(column, value, row, row.start_time_ms);
    this.write(entry, text, title, text === '–' && title === '');
    this.showSpark(extras.curve, `${columnLabel(column)}: ${text}`);
    this.showShare(extras.share);
    this.hold(column.id, column.kind === 'number' ? text : null, places);
  }

  showGroup(entry: GridColumn, group: GroupRow, cell: GroupCell | null, places: DecimalPlaces): void {
    const columnId = entry.column.id;
    this.showSpark(null, '');
    this.showShare(null);
    if (entry.column.kind === 'count') {
      this.write(entry, group.n.toLocaleString('en-US'), '', false);
    } else if (cell === null) {
      this.write(entry, '–', '', true);
    } else {
      const runs = cell.n === group.n ? '' : ` (${cell.n.toLocaleString('en-US')})`;
      const text = formatSpread(cell.mean, cell.std);
      this.write(entry, text + runs, `Mean ${cell.mean}${cell.std === null ? '' : `, standard deviation ${cell.std}`}, n = ${cell.n.toLocaleString('en-US')}`, false);
      this.hold(columnId, runs === '' ? text : null, places);
      return;
    }
    this.hold(columnId, null, places);
  }

  wait(entry: GridColumn): void {
    this.write(entry, '', '', false, ' jt-cell-wait');
    this.showSpark(null, '');
    this.showShare(null);
    this.number = null;
    setAttr(this.text, 'data-room', null);
  }

  /** Leaves room behind a number for the digits that others of its column have. */
  align(places: DecimalPlaces): void {
    const { number } = this;
    if (number === null) {
      setAttr(this.text, 'data-room', null);
      return;
    }
    const curve = this.spark === null || this.spark.node.hasAttribute('hidden') ? 0 : SPARK_PX;
    const capacity = (this.width - PADDING_PX - curve) / DIGIT_PX;
    setAttr(this.text, 'data-room', places.room(number.columnId, number.decimals, capacity - number.length) || null);
  }

  private hold(columnId: string, text: string | null, places: DecimalPlaces): void {
    const decimals = text === null ? null : places.see(columnId, text);
    this.number = text === null || decimals === null ? null : { columnId, length: text.length, decimals };
    this.align(places);
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
