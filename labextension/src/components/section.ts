// A titled part of a card that shows its first entries, and the rest when asked.
import { h, Item, KeyedList, setAttr, setHidden, setText } from '../dom.js';
import { __ } from '../words.js';

export interface SectionOptions<T> {
  title: string;
  /** Entries shown before "Show all". */
  limit: number;
  /** Shown where there is nothing; without it an empty section is not there at all. */
  empty: string | null;
  listClass: string;
  keyOf(value: T): string;
  create(value: T): Item<T>;
}

export class Section<T> {
  readonly node: HTMLElement;
  private readonly count = h('span', { class: 'jt-section-count' });
  private readonly empty: HTMLElement;
  private readonly toggle = h('button', { type: 'button', class: 'jt-link', 'aria-expanded': 'false', onclick: () => this.flip() });
  private readonly more = h('span', { class: 'jt-muted' });
  private readonly foot = h('div', { class: 'jt-section-foot' }, this.toggle, this.more);
  private readonly list: KeyedList<T>;
  private expanded = false;
  private values: readonly T[] = [];
  private total = 0;

  constructor(private readonly options: SectionOptions<T>) {
    const title = h('div', { class: 'jt-section-title', role: 'heading', 'aria-level': '4' }, options.title, this.count);
    this.empty = h('div', { class: 'jt-muted jt-section-empty' }, options.empty ?? '');
    this.list = new KeyedList<T>(h('ul', { class: options.listClass, 'aria-label': options.title }), options.keyOf, options.create);
    this.node = h('div', { class: 'jt-section' }, title, this.empty, this.list.parent, this.foot);
  }

  /** @param total How many there are; more than `values` where Python sent only the first ones. */
  update(values: readonly T[], total = values.length): void {
    this.values = values;
    this.total = Math.max(total, values.length);
    this.draw();
  }

  private flip(): void {
    this.expanded = !this.expanded;
    this.draw();
  }

  private draw(): void {
    const { limit, empty } = this.options;
    const sent = this.values.length;
    const shown = this.expanded ? sent : Math.min(sent, limit);
    this.list.update(this.values.slice(0, shown));
    setHidden(this.node, sent === 0 && empty === null);
    setHidden(this.empty, sent > 0);
    setHidden(this.list.parent, sent === 0);
    setText(this.count, this.total > 0 ? this.total.toLocaleString('en-US') : '');
    this.drawFoot(sent, shown);
  }

  private drawFoot(sent: number, shown: number): void {
    const unsent = this.total - sent;
    setHidden(this.toggle, sent <= this.options.limit);
    setAttr(this.toggle, 'aria-expanded', this.expanded ? 'true' : 'false');
    setText(this.toggle, this.expanded ? __('Show fewer') : unsent > 0 ? __('Show %1 more', sent - shown) : __('Show all %1', sent));
    setText(this.more, unsent > 0 && (this.expanded || shown === sent) ? __('and %1 more', unsent.toLocaleString('en-US')) : '');
    setHidden(this.foot, this.toggle.hidden && this.more.textContent === '');
  }
}
