// The runs of one or more experiments: filtered, sorted and paged by Python, drawn as a grid.
import type { Client } from '../client.js';
import { ColumnLayout } from '../column_layout.js';
import { h, setHidden, setText } from '../dom.js';
import { formatCount, isLive } from '../format.js';
import { queryOf, rowsKey, RunPager, TableQuery } from '../run_pager.js';
import { RunSelection } from '../selection.js';
import type { RunTableView } from '../types.js';
import { ColumnChooser } from './column_chooser.js';
import { FilterBox } from './filter_box.js';
import { nextOrder } from './grid_header.js';
import { icon } from './icons.js';
import { adviceFor } from './message.js';
import { RunGrid } from './run_grid.js';

/** More runs than this a shift-click or "select all" does not select. */
const MAX_SELECTED = 1000;

export interface RunTableOptions {
  client: Client;
  query: TableQuery;
  /** Fills its container, as in a tab; else it is as high as a notebook output should be. */
  fill?: boolean;
  onSelect?(runIds: string[]): void;
  onOpen?(run: { store_id: string; run_id: string; name: string }): void;
}

export class RunTable {
  readonly node: HTMLElement;
  private readonly pager: RunPager;
  private readonly layout: ColumnLayout;
  private readonly selection: RunSelection;
  private readonly grid: RunGrid;
  private readonly filter: FilterBox;
  private readonly chooser: ColumnChooser;
  private readonly count = h('span', { class: 'jt-count', role: 'status', 'aria-live': 'polite' });
  private readonly refreshButton: HTMLButtonElement;
  private readonly state = h('div', { class: 'jt-table-state' });
  private readonly strip = h('div', { class: 'jt-error', role: 'alert', hidden: true });
  private stateKey = '';

  constructor(private readonly options: RunTableOptions) {
    this.layout = new ColumnLayout(options.query.columns);
    this.pager = new RunPager({ client: options.client, query: options.query, onChange: () => this.draw() });
    this.selection = new RunSelection(ids => {
      options.onSelect?.(ids);
      this.draw();
    });
    this.grid = new RunGrid(this.pager, this.layout, this.selection, {
      sort: id => this.sort(id),
      select: (index, range) => void this.select(index, range),
      selectAll: () => void this.selectAll(),
      open: index => this.open(index),
    });
    this.filter = new FilterBox(text => this.ask({ filter: text }));
    this.chooser = new ColumnChooser({
      columns: () => this.pager.columns,
      shown: () => this.layout.grid(this.pager.columns).map(c => c.column.id),
      choose: ids => this.choose(ids),
      reset: () => this.choose(null),
    });
    this.refreshButton = h('button', { type: 'button', class: 'jt-button jt-refresh', title: 'Refresh', 'aria-label': 'Refresh', onclick: () => this.refresh() }, icon('refresh'));
    const bar = h('div', { class: 'jt-toolbar', role: 'toolbar', 'aria-label': 'Run table' },
      this.filter.node, this.count, this.chooser.node, this.refreshButton);
    this.node = h('section', { class: options.fill ? 'jt jt-table jt-table-fill' : 'jt jt-table', 'aria-label': 'Run table' },
      bar, this.filter.errorNode, this.strip, this.grid.node, this.state);
    this.filter.setFilter(options.query.filter);
    this.draw();
  }

  /** A view from elsewhere, such as the kernel's first page. Rows are asked for anew where the user chose others. */
  setView(view: RunTableView): void {
    const untouched = !this.pager.loaded || rowsKey(queryOf(view)) === rowsKey(this.pager.query);
    if (untouched && view.offset === 0) {
      this.pager.seed(view);
    } else {
      this.refresh();
    }
  }

  refresh(): void {
    void this.pager.ask();
  }

  /** Some row on hand is of a run that goes on. */
  get isLive(): boolean {
    return this.pager.loadedRows().some(row => isLive(row.status));
  }

  get failure(): unknown {
    return this.pager.failure;
  }

  /** Settles when the present request has been answered; never rejects. */
  load(): Promise<void> {
    return this.pager.ask();
  }

  setSelection(runIds: readonly string[]): void {
    if (this.selection.replace(runIds)) {
      this.draw();
    }
  }

  dispose(): void {
    this.pager.dispose();
    this.grid.dispose();
    this.chooser.dispose();
    this.node.remove();
  }

  private ask(change: Partial<TableQuery>): void {
    this.grid.scrollToTop();
    void this.pager.ask(change);
  }

  private sort(columnId: string): void {
    const column = this.pager.columns.find(c => c.id === columnId);
    if (column !== undefined) {
      this.ask({ order_by: nextOrder(column, this.pager.query.order_by) });
    }
  }

  private choose(ids: string[] | null): void {
    this.layout.chosen = ids;
    this.draw();
    void this.pager.ask({ columns: ids });
  }

  private async select(index: number, range: boolean): Promise<void> {
    const { anchor } = this.selection;
    if (range && anchor !== null) {
      await this.selectRange(Math.min(anchor, index), Math.max(anchor, index) + 1);
      return;
    }
    const paged = this.pager.row(index);
    if (paged !== null) {
      this.selection.toggle(paged.row.run_id, index);
    }
  }

  private async selectAll(): Promise<void> {
    if (this.selection.size > 0) {
      this.selection.clear();
    } else {
      await this.selectRange(0, this.pager.total);
    }
    this.draw();
  }

  private async selectRange(first: number, end: number): Promise<void> {
    const last = Math.min(end, first + MAX_SELECTED);
    await this.pager.ensure(first, last);
    const ids: string[] = [];
    for (let index = first; index < last; index += 1) {
      const id = this.pager.row(index)?.row.run_id;
      if (id !== undefined) {
        ids.push(id);
      }
    }
    this.selection.add(ids);
  }

  private open(index: number): void {
    const paged = this.pager.row(index);
    if (paged !== null) {
      const { run_id, name } = paged.row;
      this.options.onOpen?.({ store_id: this.pager.query.store_id, run_id, name });
    }
  }

  private draw(): void {
    const { pager } = this;
    const empty = pager.total === 0;
    this.node.classList.toggle('jt-can-open', this.options.onOpen !== undefined);
    this.refreshButton.classList.toggle('jt-busy', pager.loading);
    setText(this.count, this.countText());
    this.filter.setError(pager.error, pager.error === null ? '' : pager.asked.filter);
    this.filter.setFilter(pager.shown.filter);
    setHidden(this.grid.node, empty && pager.columns.length === 0);
    this.grid.node.classList.toggle('jt-stale', pager.error !== null);
    this.drawState(empty);
    this.grid.draw();
  }

  private countText(): string {
    const { pager, selection } = this;
    if (pager.error !== null && pager.total === 0) {
      return '';
    }
    if (!pager.loaded) {
      return pager.loading ? 'Loading…' : '';
    }
    const runs = formatCount(pager.total, 'run');
    return selection.size > 0 ? `${runs} · ${selection.size.toLocaleString('en-US')} selected` : runs;
  }

  /** What stands in place of rows, and the strip above them when a refresh failed. */
  private drawState(empty: boolean): void {
    const { pager } = this;
    const advice = pager.failure === null ? null : adviceFor(pager.failure, 'table');
    setHidden(this.strip, advice === null || empty);
    setText(this.strip, advice === null ? '' : `${advice.title} ${advice.text}`);
    const kind = !empty || pager.error !== null ? '' : advice !== null ? `failed ${advice.text}` : !pager.loaded ? 'loading' : pager.shown.filter !== '' ? 'nothing' : 'none';
    if (kind === this.stateKey) {
      return;
    }
    this.stateKey = kind;
    setHidden(this.state, kind === '');
    this.state.replaceChildren(...this.stateNodes(kind.split(' ')[0], advice?.title ?? '', advice?.text ?? ''));
  }

  private stateNodes(kind: string, title: string, text: string): HTMLElement[] {
    const button = (label: string, onclick: () => void): HTMLElement => h('button', { type: 'button', class: 'jt-button', onclick }, label);
    const box = (...children: (HTMLElement | string)[]): HTMLElement[] => [h('div', { class: 'jt-state', role: 'status' }, ...children)];
    const heading = (words: string): HTMLElement => h('div', { class: 'jt-message-title' }, words);
    switch (kind) {
      case 'failed':
        return box(heading(title), h('div', { class: 'jt-muted' }, text), button('Try again', () => this.refresh()));
      case 'nothing':
        return box(heading('No run matches this filter'), button('Clear filter', () => this.filter.clear()));
      case 'none':
        return box(heading('No runs yet'), h('div', { class: 'jt-muted' }, 'Begin a cell with this line to track it:'), h('code', { class: 'jt-code' }, '%%track run_name=baseline'));
      case 'loading':
        return box(h('div', { class: 'jt-muted' }, 'Loading runs…'));
      default:
        return [];
    }
  }
}
