// What a run table is grouped by: a param, a tag or an attribute, searched.
import type { Client } from '../client.js';
import { isGroupable } from '../column_layout.js';
import { h, setText } from '../dom.js';
import type { ColumnListView } from '../types.js';
import { columnLabel, viewLabel } from '../view_labels.js';
import { __ } from '../words.js';
import { icon } from './icons.js';
import { Popover } from './popover.js';

export interface GroupMenuOptions {
  client: Client;
  /** Store and experiments, as a query string has them. */
  where(): Record<string, string | null>;
  groupBy(): string | null;
  choose(id: string | null): void;
}

const TYPING_MS = 120;

export class GroupMenu {
  readonly popover: Popover;
  private readonly label = h('span', {}, __('Group'));
  private readonly search = h('input', { type: 'search', class: 'jt-input jt-chooser-search', placeholder: __('Search params and tags'), 'aria-label': __('Search params and tags') });
  private readonly list = h('div', { class: 'jt-chooser-list' });
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: GroupMenuOptions) {
    this.search.addEventListener('input', () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => void this.load(), TYPING_MS);
    });
    this.popover = new Popover(__('Group runs'), [icon('group'), this.label], () => {
      this.search.value = '';
      void this.load();
      return this.search;
    });
    this.popover.box.classList.add('jt-chooser');
    this.popover.box.append(this.search, this.list);
  }

  update(): void {
    const by = this.options.groupBy();
    setText(this.label, by === null ? __('Group') : __('By %1', by.replace(/^\w+\./, '')));
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.popover.close(false);
  }

  private async load(): Promise<void> {
    const search = this.search.value;
    const view = await this.options.client.get<ColumnListView>('/views/run-columns', { ...this.options.where(), search }).catch(() => null);
    if (search !== this.search.value) {
      return;
    }
    const by = this.options.groupBy();
    const none = by === null ? [] : [this.row(__('No groups'), null, false)];
    const sections = (view?.sections ?? []).map(({ title, group, columns }) => {
      const own = columns.filter(isGroupable);
      return own.length === 0 ? null : h('div', { role: 'group', 'aria-label': viewLabel(title) },
        h('div', { class: 'jt-chooser-title' }, group === 'attributes' ? __('Run') : viewLabel(title)), ...own.map(c => this.row(columnLabel(c), c.id, c.id === by)));
    }).filter(node => node !== null);
    const nothing = h('div', { class: 'jt-muted jt-chooser-none' }, view === null ? __('The columns could not be read.') : __('No param or tag of that name'));
    this.list.replaceChildren(...none, ...(sections.length > 0 ? sections : [nothing]));
  }

  private row(label: string, id: string | null, chosen: boolean): HTMLElement {
    return h('button', { type: 'button', class: 'jt-menu-row', 'aria-pressed': String(chosen), onclick: () => {
      this.popover.close(true);
      this.options.choose(id);
    } }, label);
  }
}
