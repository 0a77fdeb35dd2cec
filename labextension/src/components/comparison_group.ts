// A foldable group of rows: those that differ, and the equal ones when asked for.
import { h, setAttr, setHidden, setText } from '../dom.js';
import { __ } from '../words.js';
import { icon } from './icons.js';
import type { RowItem } from './comparison_row.js';

/** Cells that are drawn before somebody asks for more: 200 runs of 60 rows are not read. */
const CELLS = 4000;
const MIN_ROWS = 12;

export class ComparisonGroupRows {
  readonly node: HTMLTableSectionElement;
  private readonly note = h('span', { class: 'jt-section-count' });
  private readonly button: HTMLButtonElement;
  private readonly head: HTMLTableRowElement;
  private readonly cell: HTMLTableCellElement;
  private items: readonly RowItem[] = [];
  private columns = 1;
  private differing = 0;
  private total = 0;
  private words: string[] = [];
  private showsEqual = false;
  private showsAll = false;
  /** What the user chose; null while the group decides by what differs. */
  private chosen: boolean | null = null;
  /** Rows that the baseline lacks, or that others lack: said in the head. */
  private about = '';
  private message = '';
  private waits = false;
  private readonly pane: HTMLTableRowElement | null;

  /**
   * @param pane What stands below the rows, as wide as what is seen of the table.
   * @param onExpand Told when the user opens the group: what it shows may have to be fetched first.
   */
  constructor(readonly id: string, title: string, pane: HTMLElement | null = null, private readonly onExpand: () => void = () => undefined) {
    this.pane = pane === null ? null : h('tr', { class: 'jt-cmp-wide' }, h('td', {}, h('div', { class: 'jt-cmp-pane' }, pane)));
    this.button = h('button', { type: 'button', class: 'jt-cmp-fold', 'aria-expanded': 'false', onclick: () => this.flip() }, icon('chevron'), h('span', {}, title), this.note);
    this.cell = h('th', { scope: 'rowgroup' }, this.button);
    this.head = h('tr', { class: 'jt-cmp-group' }, this.cell);
    this.node = h('tbody', { 'data-group': id }, this.head);
  }

  get expanded(): boolean {
    return this.words.length > 0 || (this.chosen ?? this.differing > 0);
  }

  /** @param differing Rows that differ, as `total` of those that there are: more than `items` where they were cut. */
  update(items: readonly RowItem[], differing: number, total: number, runs: number, about = ''): void {
    this.waits = false;
    this.about = about;
    this.message = '';
    this.items = items;
    this.differing = differing;
    this.total = total;
    this.columns = runs + 1;
    this.cell.colSpan = this.columns;
    this.pane?.cells[0].setAttribute('colspan', String(this.columns));
    this.draw();
  }

  /** Shows the head alone: the rows come when somebody opens it. */
  wait(runs: number): void {
    this.update([], 0, 0, runs);
    this.waits = true;
    this.draw();
  }

  /** Says in place of rows why there are none. */
  fail(message: string): void {
    this.message = message;
    this.draw();
  }

  find(words: string): void {
    const next = words.toLowerCase().split(/\s+/).filter(word => word !== '');
    if (next.join(' ') !== this.words.join(' ')) {
      this.words = next;
      this.draw();
    }
  }

  private flip(): void {
    this.chosen = !this.expanded;
    this.draw();
    if (this.chosen) {
      this.onExpand();
    }
  }

  private draw(): void {
    const found = this.items.filter(item => this.words.every(word => item.key.toLowerCase().includes(word)));
    const empty = this.total === 0 && !this.waits && this.message === '';
    setHidden(this.node, empty || (this.words.length > 0 && found.length === 0));
    setText(this.note, this.noteText());
    setAttr(this.button, 'aria-expanded', this.expanded ? 'true' : 'false');
    this.node.replaceChildren(this.head, ...(this.expanded ? this.rows(found) : []));
  }

  private noteText(): string {
    const { differing, total } = this;
    if (this.items.length === 0) {
      return this.about;
    }
    const differ = (count: number): string => `${count.toLocaleString('en-US')} ${count === 1 ? 'differs' : 'differ'}`;
    const words = differing === 0 ? `${total.toLocaleString('en-US')} equal` : differing === total ? differ(total) : `${differing.toLocaleString('en-US')} of ${total.toLocaleString('en-US')} differ`;
    return this.about === '' ? words : `${words} · ${this.about}`;
  }

  private rows(found: readonly RowItem[]): HTMLElement[] {
    if (this.waits || this.message !== '') {
      return [this.line(h('span', { class: 'jt-muted', role: 'status' }, this.message === '' ? __('Reading the files…') : this.message))];
    }
    return [...this.valueRows(found), ...(this.pane === null ? [] : [this.pane])];
  }

  private valueRows(found: readonly RowItem[]): HTMLElement[] {
    // Who looks for a key finds it, equal or not; who opens a group of equal rows wants to see them.
    const showsEqual = this.showsEqual || this.words.length > 0 || this.differing === 0;
    const equal = found.filter(item => !item.differs);
    const wanted = showsEqual ? found : found.filter(item => item.differs);
    const most = this.showsAll ? wanted.length : Math.max(MIN_ROWS, Math.floor(CELLS / this.columns));
    const out = wanted.slice(0, most).map(item => item.draw());
    if (wanted.length > most) {
      out.push(this.ask(`Show ${(wanted.length - most).toLocaleString('en-US')} more`, () => (this.showsAll = true)));
    } else if (this.words.length === 0 && this.differing > 0 && equal.length > 0) {
      const words = showsEqual ? __('Hide equal rows') : __('Show %1 equal', equal.length.toLocaleString('en-US'));
      out.push(this.ask(words, () => (this.showsEqual = !this.showsEqual)));
    }
    const unsent = this.items.length === 0 ? 0 : this.total - this.items.length;
    if (unsent > 0 && wanted.length <= most) {
      out.push(this.line(h('span', { class: 'jt-muted' }, __('and %1 more, in the DataFrame of to_frame()', unsent.toLocaleString('en-US')))));
    }
    return out;
  }

  private ask(words: string, change: () => void): HTMLElement {
    const button: HTMLButtonElement = h('button', {
      type: 'button', class: 'jt-link', onclick: () => {
        change();
        this.draw();
        // The button was drawn anew; who pressed it by key must not be thrown out of the table.
        (this.node.querySelector<HTMLElement>('.jt-cmp-more button') ?? this.button).focus();
      },
    }, words);
    return this.line(button);
  }

  private line(child: HTMLElement): HTMLElement {
    return h('tr', { class: 'jt-cmp-more' }, h('td', { colspan: this.columns }, h('div', { class: 'jt-cmp-stay' }, child)));
  }
}
