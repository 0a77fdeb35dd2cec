// The scrolled grid of a run table: only the rows on screen are in the page.
import { ColumnLayout, GridColumn, nameColumn } from '../column_layout.js';
import { h, setAttr, setHidden } from '../dom.js';
import type { RunPager } from '../run_pager.js';
import type { RunSelection } from '../selection.js';
import { rowWindow, scrollTopFor, WindowInput } from '../virtual_window.js';
import { GridHeader } from './grid_header.js';
import { GridRow } from './grid_row.js';

export const ROW_PX = 30;
const HEADER_PX = 32;
const CHECK_PX = 36;
const OVERSCAN = 4;
/** Where nothing is laid out yet, as before the grid is in the page. */
const FALLBACK_VIEWPORT_PX = 390;

export interface GridCallbacks {
  sort(columnId: string): void;
  /** A click or Space on a row's check box. */
  select(index: number, range: boolean): void;
  selectAll(): void;
  /** Enter or a click on a name. */
  open(index: number): void;
}

let grids = 0;

export class RunGrid {
  readonly node: HTMLElement;
  private readonly header: GridHeader;
  private readonly sizer = h('div', { class: 'jt-grid-sizer', role: 'rowgroup' });
  private readonly rows = new Map<number, GridRow>();
  private readonly spare: GridRow[] = [];
  private readonly prefix = `jt-grid-${++grids}`;
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
    this.header = new GridHeader({
      sort: id => callbacks.sort(id),
      resize: (id, px) => this.resize(id, px),
      toggleAll: () => callbacks.selectAll(),
    });
    this.header.node.id = `${this.prefix}-head`;
    this.node = h('div', { class: 'jt-grid', role: 'grid', tabindex: '0', 'aria-label': 'Runs', 'aria-multiselectable': 'true' },
      this.header.node, this.sizer);
    this.node.addEventListener('scroll', () => this.schedule(() => this.drawRows()), { passive: true });
    this.node.addEventListener('keydown', event => this.onKey(event));
    this.node.addEventListener('focus', () => this.markActive());
    this.sizer.addEventListener('click', event => this.onClick(event));
    if (typeof ResizeObserver !== 'undefined') {
      this.resizeObserver = new ResizeObserver(() => this.schedule(() => this.drawRows()));
      this.resizeObserver.observe(this.node);
    }
  }

  dispose(): void {
    this.resizeObserver?.disconnect();
    cancelAnimationFrame(this.frame);
  }

  scrollToTop(): void {
    this.node.scrollTop = 0;
    this.active.row = Math.min(this.active.row, 0);
  }

  /** Draws columns, header and the rows on screen. */
  draw(): void {
    const { pager } = this;
    this.columns = this.layout.grid(pager.columns);
    this.drawHeader();
    setAttr(this.node, 'aria-rowcount', pager.total + 1);
    setAttr(this.node, 'aria-colcount', this.columns.length + 2);
    setAttr(this.node, 'aria-busy', pager.loading ? 'true' : 'false');
    this.drawRows();
  }

  /** All that scrolling changes. */
  private drawRows(): void {
    const { pager } = this;
    const rows = rowWindow(this.input());
    this.sizer.style.height = `${rows.height}px`;
    const first = Math.max(0, rows.first - OVERSCAN);
    const end = Math.min(pager.total, rows.end + OVERSCAN);
    this.recycle(first, end);
    for (let index = first; index < end; index += 1) {
      const row = this.rows.get(index) ?? this.take(index);
      const paged = pager.row(index);
      row.layout(this.columns);
      row.show(index, paged, this.columns, paged !== null && this.selection.has(paged.row.run_id));
      row.node.style.transform = `translateY(${rows.top(index)}px)`;
    }
    pager.want(first, end);
    this.markActive();
  }

  private schedule(draw: () => void): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(draw);
  }

  private input(): WindowInput {
    const viewport = this.node.clientHeight > 0 ? this.node.clientHeight - HEADER_PX : FALLBACK_VIEWPORT_PX;
    return { total: this.pager.total, rowHeight: ROW_PX, viewport, scrollTop: this.node.scrollTop };
  }

  private drawHeader(): void {
    const { layout, pager, selection } = this;
    this.header.update({
      name: nameColumn(pager.columns),
      nameWidth: layout.nameWidth,
      columns: this.columns,
      orderBy: pager.query.order_by,
      allSelected: selection.size === 0 ? false : selection.size >= pager.total ? true : 'mixed',
    });
    const widths = [CHECK_PX, layout.nameWidth, ...this.columns.map(c => c.width)];
    this.node.style.setProperty('--jt-columns', widths.slice(0, -1).map(px => `${px}px`).join(' ') + ` minmax(${widths.at(-1)}px, 1fr)`);
    this.node.style.setProperty('--jt-width', `${widths.reduce((a, b) => a + b, 0)}px`);
  }

  private resize(id: string | null, px: number): void {
    this.layout.resize(id, px);
    this.schedule(() => this.draw());
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

  private onClick(event: MouseEvent): void {
    const target = event.target as HTMLElement;
    const row = [...this.rows.values()].find(r => r.node.contains(target));
    if (row === undefined) {
      return;
    }
    const cell = target.closest('[aria-colindex]');
    this.active = { row: row.index, column: Number(cell?.getAttribute('aria-colindex') ?? 2) - 1 };
    if (target.closest('.jt-cell-check') !== null) {
      this.callbacks.select(row.index, event.shiftKey);
    } else if (target.closest('.jt-row-name') !== null && window.getSelection()?.isCollapsed !== false) {
      this.callbacks.open(row.index);
    }
    this.markActive();
  }

  private onKey(event: KeyboardEvent): void {
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

  private move(rows: number, columns: number): void {
    const clamp = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);
    const row = clamp(this.active.row + rows, -1, this.pager.total - 1);
    this.active = { row, column: clamp(this.active.column + columns, 0, this.columns.length + 1) };
    if (row >= 0) {
      this.node.scrollTop = scrollTopFor(row, this.input());
    }
    this.drawRows();
    this.activeCell()?.scrollIntoView?.({ block: 'nearest', inline: 'nearest' });
  }

  private act(event: KeyboardEvent): void {
    const { row, column } = this.active;
    if (row < 0) {
      const shown = column === 1 ? nameColumn(this.pager.columns) : this.columns[column - 2]?.column;
      if (shown) {
        this.callbacks.sort(shown.id);
      } else if (column === 0) {
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
    return row < 0 ? this.header.node.children[column] ?? null : this.rows.get(row)?.node.children[column] ?? null;
  }

  private markActive(): void {
    const cell = this.activeCell();
    this.node.querySelectorAll('.jt-cell-active').forEach(old => old !== cell && old.classList.remove('jt-cell-active'));
    cell?.classList.add('jt-cell-active');
    if (cell !== null && cell.id === '') {
      cell.id = `${this.prefix}-head-${this.active.column}`;
    }
    setAttr(this.node, 'aria-activedescendant', cell?.id ?? null);
  }
}
