// The scrolled grid of a run table: only the rows and columns on screen are in the page.
import { ColumnLayout, GridColumn, isEditable, NAME_COLUMN } from '../column_layout.js';
import { columnWindow, ColumnWindow, scrollLeftFor } from '../column_window.js';
import { DecimalPlaces } from '../decimal_places.js';
import { h, markScrolled, setAttr, setHidden } from '../dom.js';
import type { RunPager } from '../run_pager.js';
import type { RunSelection } from '../selection.js';
import type { TableColumn } from '../types.js';
import { RowWindow, rowWindow, scrollTopFor, WindowInput } from '../virtual_window.js';
import { __ } from '../words.js';
import { GridHeader } from './grid_header.js';
import { CHECK_PX, DrawnColumns, ExtrasOf, GridRow } from './grid_row.js';

export const ROW_PX = 30;
const HEADER_PX = 32;
const OVERSCAN = 4;
/** How far a key moves the edge of a column. */
const RESIZE_PX = 16;
/** Where nothing is laid out yet, as before the grid is in the page. */
const FALLBACK_VIEWPORT_PX = 390;
const FALLBACK_WIDTH_PX = 1000;

export interface GridCallbacks {
  sort(columnId: string): void;
  /** A click or Space on a row's check box. */
  select(index: number, range: boolean): void;
  selectAll(): void;
  /** Enter or a click on a name. */
  open(index: number): void;
  menu(column: TableColumn, anchor: HTMLElement): void;
  edit(index: number, column: TableColumn, cell: HTMLElement): void;
  copy(): void;
  remove(): void;
  extras: ExtrasOf;
  /** These rows and columns are on screen. */
  seen(first: number, end: number, columns: readonly GridColumn[]): void;
}

let grids = 0;

export class RunGrid {
  readonly node: HTMLElement;
  private readonly header: GridHeader;
  private readonly sizer = h('div', { class: 'jt-grid-sizer', role: 'rowgroup' });
  private readonly rows = new Map<number, GridRow>();
  private readonly spare: GridRow[] = [];
  private readonly prefix = `jt-grid-${++grids}`;
  private readonly places = new DecimalPlaces();
  private columns: GridColumn[] = [];
  private made = 0;
  /** Row -1 is the header. */
  private active = { row: 0, column: 1 };
  private frame = 0;
  private resizeObserver: ResizeObserver | null = null;

  constructor(
    private readonly pager: RunPager,
    private readonly layout: ColumnLayout,
    private readonly selection: RunSelection,
    private readonly callbacks: GridCallbacks
  ) {
    this.header = new GridHeader(this.prefix, {
      sort: id => callbacks.sort(id),
      resize: (id, px) => this.resize(id, px),
      move: (id, to) => this.moveColumn(id, to),
      menu: (column, anchor) => callbacks.menu(column, anchor),
      toggleAll: () => callbacks.selectAll(),
    });
    this.header.node.id = `${this.prefix}-head`;
    this.node = h('div', { class: 'jt-grid', role: 'grid', tabindex: '0', 'aria-label': __('Runs'), 'aria-multiselectable': 'true' },
      this.header.node, this.sizer);
    markScrolled(this.node);
    this.node.addEventListener('scroll', () => this.onScroll(), { passive: true });
    this.node.addEventListener('keydown', event => this.onKey(event));
    this.node.addEventListener('focus', () => this.markActive());
    this.sizer.addEventListener('click', event => this.onClick(event));
    this.sizer.addEventListener('dblclick', event => this.onDoubleClick(event));
    if (typeof ResizeObserver !== 'undefined') {
      this.resizeObserver = new ResizeObserver(() => this.schedule(() => this.drawWindow()));
      this.resizeObserver.observe(this.node);
    }
  }

  dispose(): void {
    this.resizeObserver?.disconnect();
    cancelAnimationFrame(this.frame);
  }

  scrollToTop(): void {
    this.node.scrollTop = 0;
    this.places.clear();
    this.active.row = Math.min(this.active.row, 0);
  }

  /** Ids of the columns whose cells are needed now. */
  cells(): string[] {
    const columns = this.layout.grid(this.pager.columns);
    const { first, end } = this.window(columns);
    return columns.filter((c, i) => c.pinned || (i >= first && i < end)).map(c => c.column.id);
  }

  /** Draws columns, header and the rows on screen. */
  draw(): void {
    const { pager } = this;
    this.columns = this.isGrouped ? this.layout.groups(pager.columns) : this.layout.grid(pager.columns);
    setAttr(this.node, 'aria-rowcount', pager.total + 1);
    setAttr(this.node, 'aria-colcount', this.columns.length + 2);
    setAttr(this.node, 'aria-busy', pager.loading ? 'true' : 'false');
    this.drawWindow();
  }

  /** Gives the focus to the cell last used, as after an edit. */
  focus(): void {
    this.node.focus({ preventScroll: true });
  }

  private get isGrouped(): boolean {
    return Boolean(this.pager.shown.group_by);
  }

  /** All that scrolling changes. */
  private drawWindow(): void {
    const { pager } = this;
    const drawn: DrawnColumns = { columns: this.columns, window: this.window(this.columns), nameWidth: this.layout.nameWidth, places: this.places };
    const { rows, first, end } = this.wanted();
    // Before anything is written: where columns lie would be laid out anew.
    pager.want(first, end);
    this.drawHeader(drawn);
    this.sizer.style.height = `${rows.height}px`;
    this.recycle(first, end);
    for (let index = first; index < end; index += 1) {
      const row = this.rows.get(index) ?? this.take(index);
      this.drawRow(row, index, drawn);
      row.node.style.transform = `translateY(${rows.top(index)}px)`;
    }
    if (this.places.grown()) {
      this.rows.forEach(row => row.align(this.places));
    }
    this.callbacks.seen(first, end, this.columns.filter((c, i) => c.pinned || (i >= drawn.window.first && i < drawn.window.end)));
    this.markActive();
  }

  private drawRow(row: GridRow, index: number, drawn: DrawnColumns): void {
    if (this.isGrouped) {
      row.showGroup(index, this.pager.group(index), drawn);
    } else {
      const paged = this.pager.row(index);
      row.showRun(index, paged, drawn, paged !== null && this.selection.has(paged.row.run_id), this.callbacks.extras);
    }
  }

  /** Rows are asked for before those that wait for them are drawn. */
  private onScroll(): void {
    const { first, end } = this.wanted();
    this.pager.want(first, end);
    this.schedule(() => this.drawWindow());
  }

  /** The rows on screen and a few around them, and where they lie. */
  private wanted(): { rows: RowWindow; first: number; end: number } {
    const rows = rowWindow(this.input());
    return { rows, first: Math.max(0, rows.first - OVERSCAN), end: Math.min(this.pager.total, rows.end + OVERSCAN) };
  }

  private schedule(draw: () => void): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(draw);
  }

  private input(): WindowInput {
    const viewport = this.node.clientHeight > 0 ? this.node.clientHeight - HEADER_PX : FALLBACK_VIEWPORT_PX;
    return { total: this.pager.total, rowHeight: ROW_PX, viewport, scrollTop: this.node.scrollTop };
  }

  private window(columns: readonly GridColumn[]): ColumnWindow {
    return columnWindow(columns, this.node.scrollLeft, this.room(columns));
  }

  /** Width that is left beside what stays in place. */
  private room(columns: readonly GridColumn[]): number {
    const pinned = columns.reduce((sum, c) => sum + (c.pinned ? c.width : 0), 0);
    return (this.node.clientWidth || FALLBACK_WIDTH_PX) - CHECK_PX - this.layout.nameWidth - pinned;
  }

  private drawHeader(drawn: DrawnColumns): void {
    const { pager, selection } = this;
    this.header.update({
      ...drawn,
      orderBy: pager.query.order_by,
      allSelected: selection.size === 0 ? false : selection.size >= pager.total ? true : 'mixed',
      groupBy: pager.shown.group_by ?? null,
    });
    const { scrolled, pinned } = drawn.window;
    this.node.style.setProperty('--jt-width', `${CHECK_PX + drawn.nameWidth + pinned + scrolled}px`);
  }

  private resize(id: string | null, px: number): void {
    this.layout.resize(id, px);
    this.schedule(() => this.draw());
  }

  private moveColumn(id: string, to: number): void {
    if (!this.isGrouped) {
      this.layout.move(this.pager.columns, id, to);
      this.draw();
    }
  }

  private recycle(first: number, end: number): void {
    for (const [index, row] of this.rows) {
      if (index < first || index >= end) {
        this.rows.delete(index);
        this.spare.push(row);
      }
    }
    for (const row of this.spare) {
      // Hidden, not just moved away: a screen reader would still read it.
      setHidden(row.node, true);
      row.index = -1;
    }
    // Spare rows beyond what one scroll step reuses leave the page.
    while (this.spare.length > 40) {
      this.spare.pop()!.node.remove();
    }
  }

  private take(index: number): GridRow {
    let row = this.spare.pop();
    if (row === undefined) {
      row = new GridRow(this.prefix, this.made++);
      this.sizer.append(row.node);
    }
    setHidden(row.node, false);
    this.rows.set(index, row);
    return row;
  }

  private rowOf(target: HTMLElement): GridRow | undefined {
    return [...this.rows.values()].find(r => r.node.contains(target));
  }

  private onClick(event: MouseEvent): void {
    const target = event.target as HTMLElement;
    const row = this.rowOf(target);
    if (row === undefined) {
      return;
    }
    const cell = target.closest('[aria-colindex]');
    this.active = { row: row.index, column: Number(cell?.getAttribute('aria-colindex') ?? 2) - 1 };
    if (target.closest('.jt-cell-check') !== null) {
      this.callbacks.select(row.index, event.shiftKey);
    } else if (target.closest('.jt-row-name') !== null && window.getSelection()?.isCollapsed !== false && event.detail < 2) {
      this.callbacks.open(row.index);
    }
    this.markActive();
  }

  private onDoubleClick(event: MouseEvent): void {
    const row = this.rowOf(event.target as HTMLElement);
    const cell = (event.target as HTMLElement).closest('[aria-colindex]');
    if (row !== undefined && cell !== null) {
      this.active = { row: row.index, column: Number(cell.getAttribute('aria-colindex')) - 1 };
      this.edit();
    }
  }

  /** The column of a place: 0 is the check box, 1 the name. */
  private columnAt(column: number): TableColumn | null {
    return column === 1 ? NAME_COLUMN : this.columns[column - 2]?.column ?? null;
  }

  private edit(): void {
    const column = this.columnAt(this.active.column);
    const cell = this.activeCell();
    if (!this.isGrouped && column !== null && cell !== null && this.active.row >= 0 && isEditable(column)) {
      this.callbacks.edit(this.active.row, column, cell as HTMLElement);
    }
  }

  private onKey(event: KeyboardEvent): void {
    if (event.target !== this.node) {
      return;
    }
    if (this.active.row < 0 ? this.onHeaderKey(event) : this.onRowKey(event)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    const page = Math.max(1, Math.floor(this.input().viewport / ROW_PX) - 1);
    const steps: Record<string, [number, number]> = {
      ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1],
      PageDown: [page, 0], PageUp: [-page, 0], Home: [0, -Infinity], End: [0, Infinity],
    };
    let step = steps[event.key];
    if (step && (event.ctrlKey || event.metaKey) && (event.key === 'Home' || event.key === 'End')) {
      step = [step[1], step[1]];
    }
    if (step !== undefined) {
      this.move(...step);
    } else if (event.key === ' ' || event.key === 'Enter') {
      this.act(event);
    } else {
      return;
    }
    // Lab and the page must not take the same key for a cell or for scrolling.
    event.preventDefault();
    event.stopPropagation();
  }

  /** Alt moves a column, Shift its edge; the menu has all of it. */
  private onHeaderKey(event: KeyboardEvent): boolean {
    const column = this.columnAt(this.active.column);
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (column === null) {
      return false;
    }
    if (by !== 0 && event.altKey && column !== NAME_COLUMN) {
      this.moveColumn(column.id, this.active.column - 2 + by);
      this.active.column = this.columns.findIndex(c => c.column.id === column.id) + 2;
      this.showColumn();
    } else if (by !== 0 && event.shiftKey) {
      const width = column === NAME_COLUMN ? this.layout.nameWidth : this.columns[this.active.column - 2].width;
      this.resize(column === NAME_COLUMN ? null : column.id, width + by * RESIZE_PX);
    } else if (event.key === 'F10' && event.shiftKey || event.key === 'ContextMenu' || (event.key === 'ArrowDown' && event.altKey)) {
      this.callbacks.menu(column, this.activeCell() as HTMLElement);
    } else {
      return false;
    }
    return true;
  }

  private onRowKey(event: KeyboardEvent): boolean {
    const command = event.ctrlKey || event.metaKey;
    if (event.key === 'F2') {
      this.edit();
    } else if (event.key === 'Delete') {
      this.callbacks.remove();
    } else if (event.key === 'c' && command && window.getSelection()?.isCollapsed !== false) {
      this.callbacks.copy();
    } else if (event.key === 'a' && command) {
      this.callbacks.selectAll();
    } else {
      return false;
    }
    return true;
  }

  private move(rows: number, columns: number): void {
    const clamp = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);
    const row = clamp(this.active.row + rows, -1, this.pager.total - 1);
    this.active = { row, column: clamp(this.active.column + columns, 0, this.columns.length + 1) };
    if (row >= 0) {
      this.node.scrollTop = scrollTopFor(row, this.input());
    }
    this.showColumn();
  }

  private showColumn(): void {
    this.node.scrollLeft = scrollLeftFor(this.columns, this.active.column - 2, this.node.scrollLeft, this.room(this.columns));
    this.drawWindow();
  }

  private act(event: KeyboardEvent): void {
    const { row, column } = this.active;
    if (row < 0) {
      const shown = this.columnAt(column);
      if (shown !== null) {
        this.callbacks.sort(shown.id);
      } else {
        this.callbacks.selectAll();
      }
    } else if (event.key === ' ') {
      this.callbacks.select(row, event.shiftKey);
    } else {
      this.callbacks.open(row);
    }
  }

  private activeCell(): Element | null {
    const { row, column } = this.active;
    return row < 0 ? this.header.cell(column) : this.rows.get(row)?.cell(column) ?? null;
  }

  private markActive(): void {
    const cell = this.activeCell();
    this.node.querySelectorAll('.jt-cell-active').forEach(old => old !== cell && old.classList.remove('jt-cell-active'));
    cell?.classList.add('jt-cell-active');
    setAttr(this.node, 'aria-activedescendant', cell?.id || null);
  }
}
