// The runs of one or more experiments: filtered, sorted, grouped and paged by Python, drawn as a grid.
import type { Client } from '../client.js';
import { ColumnLayout, isGroupable, NAME_COLUMN } from '../column_layout.js';
import { saveFile } from '../curve_export.js';
import { copyText, h, setHidden, setText } from '../dom.js';
import { formatCount, isLive } from '../format.js';
import { layoutKey, loadLayout, saveLayout } from '../layout_store.js';
import { queryOf, rowsKey, RunPager, TableQuery } from '../run_pager.js';
import { RunSelection } from '../selection.js';
import type { Written } from '../run_writes.js';
import { MAX_SELECTED, TableActions } from '../table_actions.js';
import { TableExtras } from '../table_extras.js';
import { ALL_RIGHTS, Rights } from '../rights.js';
import type { FilterCompletionView, RunTableView, TableColumn, TableRow } from '../types.js';
import { columnLabel } from '../view_labels.js';
import { __ } from '../words.js';
import { CellEditor } from './cell_editor.js';
import { ColumnChooser } from './column_chooser.js';
import { FilterBox } from './filter_box.js';
import { nextOrder } from './grid_header.js';
import { GroupMenu } from './group_menu.js';
import { icon } from './icons.js';
import { Menu, MenuItem } from './menu.js';
import { adviceFor } from './message.js';
import { Popover } from './popover.js';
import { RunGrid } from './run_grid.js';
import { TableFooter } from './table_footer.js';
import { tableState } from './table_state.js';
import { viewMenu } from './view_menu.js';

const TRASH = "lifecycle_stage = 'deleted'";
/** As Python cuts what a cell shows. */
const SHOWN_TEXT = 250;

export interface RunTableOptions {
  client: Client;
  query: TableQuery;
  rights?: Rights;
  /** Fills its container, as in a tab; else it is as high as a notebook output should be. */
  fill?: boolean;
  onSelect?(runIds: string[]): void;
  onFilter?(filter: string): void;
  /** What the user asked for got no answer: it is to be asked for again, by `load`. */
  onWant?(): void;
  onOpen?(run: { store_id: string; run_id: string; name: string }): void;
  onCompare?(runs: { store_id: string; run_ids: readonly string[] }): void;
}

export class RunTable {
  readonly node: HTMLElement;
  private readonly pager: RunPager;
  private readonly layout: ColumnLayout;
  private readonly selection: RunSelection;
  private readonly extras: TableExtras;
  private readonly actions: TableActions;
  private readonly grid: RunGrid;
  private readonly filter: FilterBox;
  private readonly groups: GroupMenu;
  private readonly chooser: ColumnChooser;
  private readonly footer: TableFooter;
  private readonly menu: Menu;
  private readonly editor: CellEditor;
  private readonly popovers: Popover[];
  private readonly refreshButton: HTMLButtonElement;
  private readonly state = h('div', { class: 'jt-table-state' });
  private readonly strip = h('div', { class: 'jt-error', role: 'alert', hidden: true });
  private stateKey = '';

  constructor(private readonly options: RunTableOptions) {
    const { client, query } = options;
    const key = layoutKey(query);
    this.layout = new ColumnLayout(loadLayout(key), state => saveLayout(key, state));
    this.pager = new RunPager({
      client, query, onChange: () => this.draw(),
      chosen: () => this.layout.chosen?.map(c => c.id) ?? null,
      cells: () => this.grid.cells(),
    });
    this.actions = new TableActions(client, () => this.pager.shown);
    this.extras = new TableExtras({
      client, query: () => this.pager.shown, sparklines: () => this.layout.sparklines, bars: () => this.layout.bars, onChange: () => this.draw(),
    });
    this.selection = new RunSelection(ids => {
      options.onSelect?.(ids);
      this.draw();
    });
    this.grid = this.makeGrid();
    this.filter = new FilterBox({ apply: text => this.ask({ filter: text }), complete: (text, position) => this.complete(text, position) });
    const where = (): Record<string, string | null> => ({ store: this.pager.query.store_id, experiment_ids: this.pager.query.experiment_ids.join(',') || null });
    this.groups = new GroupMenu({ client, where, groupBy: () => this.pager.query.group_by ?? null, choose: id => this.group(id) });
    this.chooser = new ColumnChooser({
      client, where, shown: () => this.layout.shown(this.pager.columns), choose: (column, shown) => this.choose(column, shown), reset: () => this.resetColumns(),
    });
    const view = viewMenu({ layout: this.layout, isTrash: () => this.pager.shown.filter === TRASH, toggle: what => this.toggle(what), reset: () => this.resetColumns() });
    this.popovers = [view, this.exportMenu()];
    this.refreshButton = h('button', { type: 'button', class: 'jt-button jt-refresh', title: __('Refresh'), 'aria-label': __('Refresh'), onclick: () => this.refresh() }, icon('refresh'));
    const bar = h('div', { class: 'jt-toolbar', role: 'toolbar', 'aria-label': __('Run table') },
      this.filter.node, this.groups.popover.node, view.node, this.chooser.popover.node, this.popovers[1].node, this.refreshButton);
    this.footer = this.makeFooter();
    this.node = h('section', { class: options.fill ? 'jt jt-table jt-table-fill' : 'jt jt-table', 'aria-label': __('Run table') },
      bar, this.filter.errorNode, this.filter.hintNode, this.strip, this.grid.node, this.state, this.footer.node);
    this.menu = new Menu(this.node);
    this.editor = new CellEditor(this.node);
    this.filter.setFilter(query.filter);
    this.draw();
  }

  /** A view from elsewhere, such as the kernel's first page. Rows are asked for anew where the user chose others. */
  setView(view: RunTableView): void {
    const untouched = !this.pager.loaded || rowsKey(queryOf(view)) === rowsKey(this.pager.query);
    if (untouched && view.offset === 0) {
      this.pager.seed(view);
      this.extras.refresh();
    } else {
      this.refresh();
    }
  }

  /** What Python asks for from now on, whatever the user had chosen. */
  setQuery(change: Pick<TableQuery, 'filter' | 'order_by' | 'group_by' | 'columns'>): void {
    if (JSON.stringify(change.columns) !== JSON.stringify(this.pager.query.columns)) {
      this.layout.reset();
    }
    this.ask(change, true);
  }

  refresh(): void {
    void this.load();
  }

  clearFilter(): void {
    this.filter.clear();
  }

  /** Some row on hand is of a run that goes on. */
  get isLive(): boolean {
    return this.pager.loadedRows().some(row => isLive(row.status));
  }

  get failure(): unknown {
    return this.pager.failure;
  }

  /** Settles when the present request has been answered; never rejects. */
  async load(): Promise<void> {
    await this.pager.ask({}, true);
    this.extras.refresh();
    this.draw();
  }

  setSelection(runIds: readonly string[]): void {
    if (this.selection.replace(runIds)) {
      this.draw();
    }
  }

  dispose(): void {
    this.pager.dispose();
    this.extras.dispose();
    this.grid.dispose();
    this.filter.dispose();
    this.groups.dispose();
    this.chooser.dispose();
    this.popovers.forEach(popover => popover.close(false));
    this.menu.close(false);
    this.node.remove();
  }

  // ------------------------------------------------------------------------------ what is made of other pieces

  private makeGrid(): RunGrid {
    return new RunGrid(this.pager, this.layout, this.selection, {
      sort: id => this.sort(id),
      select: (index, range) => void this.select(index, range),
      selectAll: () => void this.selectAll(),
      open: index => this.open(index),
      menu: (column, anchor) => this.openMenu(column, anchor),
      edit: (index, column, cell) => void this.edit(index, column, cell),
      copy: () => void this.copy().catch(error => this.footer.notice(messageOf(error))),
      remove: () => this.selection.size > 0 && this.footer.askRemove(),
      extras: (entry, row, value) => this.extras.of(entry, row, value),
      seen: (first, end, columns) => {
        const rows = Array.from({ length: end - first }, (_, i) => this.pager.row(first + i)?.row).filter(row => row !== undefined);
        this.extras.seen(rows, columns);
      },
    });
  }

  private makeFooter(): TableFooter {
    const many = (path: string, body: Record<string, unknown>, did: string): Promise<void> =>
      this.done(this.actions.write(path, this.selection.list(), body), did);
    return new TableFooter({
      remove: async () => {
        await many('/runs/delete', {}, 'moved to the trash');
        this.selection.clear();
      },
      restore: () => many('/runs/restore', {}, 'restored'),
      tag: (key, value) => {
        if (key === '') {
          return Promise.reject(new Error(__('Type the name of a tag first.')));
        }
        return value === null ? many('/runs/delete-tag', { key }, `without the tag ${key}`) : many('/runs/set-tag', { key, value }, `tagged ${key}`);
      },
      compare: this.options.onCompare && (() => this.options.onCompare?.({ store_id: this.pager.query.store_id, run_ids: this.selection.list() })),
      copy: () => this.copy(),
      clear: () => this.selection.clear(),
      undo: async requests => {
        await this.actions.undo(requests);
        await this.load();
      },
      tagKeys: async () => this.pager.columns.filter(c => c.group === 'tags').map(c => c.label),
    });
  }

  private exportMenu(): Popover {
    const entry = (label: string, run: () => Promise<void>): HTMLElement => h('button', {
      type: 'button', class: 'jt-menu-row', onclick: () => {
        popover.close(true);
        run().catch(error => this.footer.notice(messageOf(error)));
      },
    }, label);
    const popover: Popover = new Popover(__('Export'), [icon('download'), h('span', {}, __('Export'))], () => popover.box.querySelector('button'));
    popover.box.classList.add('jt-menu');
    popover.box.append(entry(__('Save as CSV'), () => this.save()), entry(__('Copy for a spreadsheet'), () => this.copy()));
    return popover;
  }

  // ------------------------------------------------------------------------------------------- what users do

  private ask(change: Partial<TableQuery>, rechoose = false): void {
    this.grid.scrollToTop();
    void this.pager.ask(change, rechoose).then(() => this.pager.failure !== null && this.options.onWant?.());
    if (change.filter !== undefined) {
      this.options.onFilter?.(change.filter);
    }
  }

  private sort(columnId: string): void {
    const columns = [NAME_COLUMN, ...this.pager.columns, ...(this.layout.chosen ?? [])];
    const column = columns.find(c => c.id === columnId);
    if (column !== undefined) {
      this.ask({ order_by: nextOrder(column, this.pager.query.order_by) });
    }
  }

  private group(id: string | null): void {
    const order = this.pager.query.order_by;
    const keep = order !== null && order.column.startsWith('metrics.');
    this.selection.clear();
    this.ask({ group_by: id, order_by: keep ? order : null }, true);
  }

  private choose(column: TableColumn, shown: boolean): boolean {
    if (!shown) {
      this.layout.hide(this.pager.columns, column.id);
    } else if (!this.layout.show(this.pager.columns, column)) {
      return false;
    }
    this.afterColumns();
    return true;
  }

  private resetColumns(): void {
    this.layout.reset();
    this.pager.columns = [];
    void this.pager.ask({}, true);
  }

  private afterColumns(): void {
    this.draw();
    if (this.pager.shown.group_by) {
      void this.pager.ask();
    }
  }

  private toggle(what: 'sparklines' | 'bars' | 'trash'): void {
    if (what === 'trash') {
      this.ask({ filter: this.pager.shown.filter === TRASH ? '' : TRASH, group_by: null });
    } else {
      this.layout.toggle(what);
      this.draw();
    }
  }

  private openMenu(column: TableColumn, anchor: HTMLElement): void {
    const { layout, pager } = this;
    const grouped = Boolean(pager.shown.group_by);
    const at = layout.grid(pager.columns).findIndex(c => c.column.id === column.id);
    const order = (ascending: boolean): MenuItem => ({
      label: ascending ? __('Sort ascending') : __('Sort descending'), run: () => this.ask({ order_by: { column: column.id, ascending } }),
    });
    const arrange = (label: string, run: () => void, more: Partial<MenuItem> = {}): MenuItem => ({
      label, ...more, run: () => {
        run();
        this.afterColumns();
      },
    });
    const move = column.id === NAME_COLUMN.id || grouped ? [] : [
      arrange(layout.isPinned(column.id) ? __('Unpin') : __('Keep in view (pin)'), () => layout.pin(pager.columns, column.id, !layout.isPinned(column.id)), { separated: true }),
      arrange(__('Move left'), () => layout.move(pager.columns, column.id, at - 1), { disabled: at <= 0 }),
      arrange(__('Move right'), () => layout.move(pager.columns, column.id, at + 1)),
      arrange(__('Hide'), () => layout.hide(pager.columns, column.id)),
    ];
    const group: MenuItem[] = isGroupable(column) && !grouped ? [{ label: __('Group by this'), separated: true, run: () => this.group(column.id) }] : [];
    this.menu.open(__('Column %1', columnLabel(column)), anchor, [order(true), order(false), ...move, ...group], () => this.grid.focus());
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
    } else if (!this.pager.shown.group_by) {
      await this.selectRange(0, this.pager.total);
    }
    this.draw();
  }

  private async selectRange(first: number, end: number): Promise<void> {
    const rows = Array.from({ length: Math.min(end - first, MAX_SELECTED) }, (_, i) => this.pager.row(first + i)?.row.run_id);
    try {
      // Rows that are not on hand are only named, not fetched.
      const here = rows.every(id => id !== undefined);
      this.selection.add(here ? (rows as string[]) : (await this.actions.ids(first, end - first)).run_ids);
      if (end - first > MAX_SELECTED) {
        this.footer.notice(__('The first %1 runs are selected: no more can be at once.', MAX_SELECTED.toLocaleString('en-US')));
      }
    } catch (error) {
      this.footer.notice(messageOf(error));
    }
  }

  /** Opens a run; of a group it shows the runs. */
  private open(index: number): void {
    const group = this.pager.group(index);
    if (group !== null) {
      const { filter } = this.pager.shown;
      this.ask({ filter: filter === '' ? group.filter : `(${filter}) AND ${group.filter}`, group_by: null, order_by: null }, true);
      return;
    }
    const paged = this.pager.row(index);
    if (paged !== null) {
      const { run_id, name } = paged.row;
      this.options.onOpen?.({ store_id: this.pager.query.store_id, run_id, name });
    }
  }

  private async edit(index: number, column: TableColumn, cell: HTMLElement): Promise<void> {
    const paged = this.pager.row(index);
    if (paged === null || paged.row.deleted) {
      this.footer.notice(__('A run in the trash cannot be changed. Restore it first.'));
      return;
    }
    if (!this.mayWrite(paged.row)) {
      this.footer.notice(__('You may look at this run, but not change it.'));
      return;
    }
    const { run_id, name } = paged.row;
    const shown = column.id === NAME_COLUMN.id ? name : String(paged.value(column.id) ?? '');
    const value = shown.length < SHOWN_TEXT ? shown : await this.actions.whole(run_id, column.id);
    this.editor.open(cell, {
      label: __('%1 of %2', columnLabel(column), name), value, multiline: column.kind === 'note', done: () => this.grid.focus(),
      save: text => this.done(this.write(run_id, column, text), __('%1 of %2 changed', columnLabel(column), name), false),
    });
  }

  private mayWrite(row: TableRow): boolean {
    return (this.options.rights ?? ALL_RIGHTS).writes(row.experiment_id);
  }

  private write(runId: string, column: TableColumn, text: string): Promise<Written> {
    if (column.id === NAME_COLUMN.id) {
      return this.actions.rename(runId, text);
    }
    if (column.kind === 'note') {
      return this.actions.note(runId, text);
    }
    return this.actions.tag([runId], column.id.slice('tags.'.length), text);
  }

  /** Waits for a write, reads the rows again, and says what was done, with the way back. */
  private async done(written: Promise<Written>, did: string, counted = true): Promise<void> {
    const { updated, undo } = await written;
    await this.pager.ask();
    this.footer.notice(counted ? `${formatCount(updated, 'run')} ${did}.` : `${did}.`, undo);
  }

  private async copy(): Promise<void> {
    const { text, rows } = await this.text('tsv');
    await copyText(text);
    this.footer.notice(__('%1 copied.', formatCount(rows, this.pager.shown.group_by ? 'group' : 'run')));
  }

  private async save(): Promise<void> {
    const { text, rows, total } = await this.text('csv');
    saveFile('runs.csv', new Blob([text], { type: 'text/csv' }));
    this.footer.notice(rows < total ? __('The first %1 of %2 saved.', rows.toLocaleString('en-US'), formatCount(total, 'run')) : __('%1 saved as runs.csv.', formatCount(rows, 'row')));
  }

  private text(format: 'csv' | 'tsv'): ReturnType<TableActions['text']> {
    return this.actions.text(format, [NAME_COLUMN, ...this.layout.grid(this.pager.columns).map(c => c.column)], this.selection.list());
  }

  private complete(text: string, position: number): Promise<FilterCompletionView> {
    const { store_id, experiment_ids } = this.pager.query;
    return this.options.client.get('/views/filter-completion', { store: store_id, experiment_ids: experiment_ids.join(',') || null, text, position });
  }

  // --------------------------------------------------------------------------------------------- what is drawn

  private draw(): void {
    const { pager } = this;
    const empty = pager.total === 0;
    this.node.classList.toggle('jt-can-open', this.options.onOpen !== undefined || Boolean(pager.shown.group_by));
    this.refreshButton.classList.toggle('jt-busy', pager.loading);
    this.filter.setError(pager.error, pager.refused);
    this.filter.setFilter(pager.shown.filter);
    // Where there are no rows it stands in their place.
    this.filter.setHint(empty || pager.error !== null ? '' : pager.hint);
    this.groups.update();
    setHidden(this.grid.node, empty && pager.columns.length === 0 && this.layout.chosen === null);
    this.grid.node.classList.toggle('jt-stale', pager.error !== null);
    this.drawState(empty);
    this.grid.draw();
    const rows = this.selection.size === 0 ? [] : pager.loadedRows().filter(row => this.selection.has(row.run_id));
    this.footer.update({ count: this.countText(), selected: this.selection.size, trashed: rows.length > 0 && rows.every(row => row.deleted), locked: rows.filter(row => !this.mayWrite(row)).length });
  }

  /** What rows answer to where what was asked for last got no answer. */
  private rowsText(): string {
    const { query, shown } = this.pager;
    if (rowsKey(query) === rowsKey(shown)) {
      return '';
    }
    return query.filter === shown.filter ? __('Shown is what was asked for before.')
      : shown.filter === '' ? __('Shown are the runs without this filter.') : __('Shown are still the runs of the filter %1', shown.filter);
  }

  private countText(): string {
    const { pager } = this;
    if (pager.error !== null && pager.total === 0) {
      return '';
    }
    if (!pager.loaded) {
      return pager.loading ? 'Loading…' : '';
    }
    const runs = formatCount(pager.runs, 'run');
    return pager.shown.group_by ? __('%1 of %2', formatCount(pager.total, 'group'), runs) : runs;
  }

  /** What stands in place of rows, and the strip above them when a refresh failed. */
  private drawState(empty: boolean): void {
    const { pager } = this;
    const advice = pager.failure === null ? null : adviceFor(pager.failure, 'table');
    setHidden(this.strip, advice === null || empty);
    const { filter } = pager.shown;
    setText(this.strip, advice === null ? '' : [advice.title, advice.text, this.rowsText()].filter(text => text !== '').join(' '));
    const kind = !empty || pager.error !== null ? '' : advice !== null ? `failed ${advice.title} ${advice.text}` : !pager.loaded ? 'loading' : filter === TRASH ? 'trash' : filter !== '' ? `nothing ${pager.hint}` : 'none';
    if (kind === this.stateKey) {
      return;
    }
    this.stateKey = kind;
    setHidden(this.state, kind === '');
    this.state.replaceChildren(...tableState(kind.split(' ')[0], advice, pager.hint, { refresh: () => this.refresh(), clear: () => this.filter.clear() }));
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
