// A popover in which the columns of a run table are searched, switched on and off.
import type { Client } from '../client.js';
import { choosable, MAX_COLUMNS } from '../column_layout.js';
import { h, setText } from '../dom.js';
import type { ColumnListView, TableColumn } from '../types.js';
import { columnLabel, viewLabel } from '../view_labels.js';
import { __ } from '../words.js';
import { icon } from './icons.js';
import { nameNode } from './middle_cut.js';
import { Popover } from './popover.js';

export interface ChooserOptions {
  client: Client;
  /** Store and experiments, as a query string has them. */
  where(): Record<string, string | null>;
  /** Those that are shown now, in order. */
  shown(): readonly TableColumn[];
  /** Shows a column or not; false where no more fit. */
  choose(column: TableColumn, shown: boolean): boolean;
  /** Back to what Python chooses. */
  reset(): void;
}

const TYPING_MS = 120;
/** Nobody reads a list of 12,000, and the page need not hold it. */
const LISTED = 60;

export class ColumnChooser {
  readonly popover: Popover;
  private readonly search = h('input', { type: 'search', class: 'jt-input jt-chooser-search', placeholder: __('Search columns'), 'aria-label': __('Search columns') });
  private readonly list = h('div', { class: 'jt-chooser-list' });
  private readonly summary = h('span', { class: 'jt-muted', role: 'status' });
  private timer: ReturnType<typeof setTimeout> | undefined;
  private total = 0;

  constructor(private readonly options: ChooserOptions) {
    this.search.addEventListener('input', () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => void this.load(), TYPING_MS);
    });
    const reset = h('button', { type: 'button', class: 'jt-link', onclick: () => this.reset() }, __('Reset'));
    this.popover = new Popover(__('Choose columns'), [icon('columns'), h('span', {}, __('Columns'))], () => {
      this.search.value = '';
      void this.load();
      return this.search;
    });
    this.popover.box.classList.add('jt-chooser');
    this.popover.box.append(this.search, this.list, h('div', { class: 'jt-chooser-foot' }, this.summary, reset));
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.popover.close(false);
  }

  private async load(): Promise<void> {
    const search = this.search.value;
    const asked = { ...this.options.where(), search, limit: LISTED };
    const view = await this.options.client.get<ColumnListView>('/views/run-columns', asked).catch(() => null);
    if (search === this.search.value) {
      this.draw(view);
    }
  }

  private draw(view: ColumnListView | null): void {
    const words = this.search.value.toLowerCase().split(/\s+/).filter(word => word !== '');
    const shown = choosable(this.options.shown()).filter(c => words.every(word => c.id.toLowerCase().includes(word)));
    const ids = new Set(shown.map(c => c.id));
    const sections = (view?.sections ?? []).map(({ title, columns, total }) => this.section(title, choosable(columns).filter(c => !ids.has(c.id)), total - columns.length, false));
    // What is switched on comes first, or it could not be found and switched off in a long list.
    const nodes = [this.section('Shown', shown, 0, true), ...sections].filter(node => node !== null);
    const nothing = view === null ? 'The columns could not be read.' : 'No column of that name';
    this.list.replaceChildren(...(nodes.length > 0 ? nodes : [h('div', { class: 'jt-muted jt-chooser-none' }, nothing)]));
    this.total = view?.total ?? this.total;
    this.sum();
  }

  private section(title: string, columns: readonly TableColumn[], rest: number, checked: boolean): HTMLElement | null {
    if (columns.length === 0 && rest <= 0) {
      return null;
    }
    return h('div', { role: 'group', 'aria-label': viewLabel(title) },
      h('div', { class: 'jt-chooser-title' }, viewLabel(title), h('span', { class: 'jt-section-count' }, (columns.length + Math.max(0, rest)).toLocaleString('en-US'))),
      ...columns.map(column => this.box(column, checked)),
      rest > 0 ? h('div', { class: 'jt-muted jt-chooser-none' }, __('and %1 more: search to find them', rest.toLocaleString('en-US'))) : null);
  }

  private box(column: TableColumn, checked: boolean): HTMLElement {
    const input = h('input', { type: 'checkbox', onchange: () => this.flip(column, input) });
    input.checked = checked;
    return h('label', { class: 'jt-chooser-row', title: column.id }, input, nameNode('jt-chooser-name', columnLabel(column)));
  }

  /** The list is not drawn anew: a box must not jump away from under the pointer. */
  private flip(column: TableColumn, input: HTMLInputElement): void {
    if (!this.options.choose(column, input.checked)) {
      input.checked = false;
      setText(this.summary, __('At most %1 columns', MAX_COLUMNS.toLocaleString('en-US')));
      return;
    }
    this.sum();
  }

  private reset(): void {
    this.options.reset();
    void this.load();
  }

  private sum(): void {
    setText(this.summary, __('%1 of %2 shown', choosable(this.options.shown()).length, this.total.toLocaleString('en-US')));
  }
}
