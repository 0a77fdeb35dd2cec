// A popover in which the columns of a run table are searched, switched on and off.
import { choosable, MAX_COLUMNS } from '../column_layout.js';
import { h, setHidden, setText } from '../dom.js';
import type { ColumnGroup, TableColumn } from '../types.js';
import { icon } from './icons.js';

/** A project can have 12,000 columns; nobody reads a list that long, and the page need not hold it. */
const SHOWN_PER_GROUP = 60;
const GROUPS: [ColumnGroup, string][] = [
  ['attributes', 'Attributes'], ['metrics', 'Metrics'], ['params', 'Params'], ['tags', 'Tags'],
];

export interface ChooserOptions {
  columns(): readonly TableColumn[];
  /** Ids that are shown now. */
  shown(): string[];
  choose(ids: string[]): void;
  /** Back to what Python chooses. */
  reset(): void;
}

let choosers = 0;

export class ColumnChooser {
  readonly node: HTMLElement;
  private readonly button: HTMLButtonElement;
  private readonly popover: HTMLElement;
  private readonly search: HTMLInputElement;
  private readonly list = h('div', { class: 'jt-chooser-list' });
  private readonly summary = h('span', { class: 'jt-muted' });

  constructor(private readonly options: ChooserOptions) {
    const id = `jt-chooser-${++choosers}`;
    this.button = h('button', { type: 'button', class: 'jt-button', 'aria-expanded': 'false', 'aria-controls': id, 'aria-haspopup': 'dialog', onclick: () => this.toggle() },
      icon('columns'), h('span', {}, 'Columns'));
    this.search = h('input', { type: 'search', class: 'jt-input jt-chooser-search', placeholder: 'Search columns', 'aria-label': 'Search columns', oninput: () => this.draw() });
    const reset = h('button', { type: 'button', class: 'jt-link', onclick: () => this.reset() }, 'Reset');
    this.popover = h('div', { class: 'jt-popover jt-chooser', id, role: 'dialog', 'aria-label': 'Choose columns', hidden: true },
      this.search, this.list, h('div', { class: 'jt-chooser-foot' }, this.summary, reset));
    this.node = h('div', { class: 'jt-anchor' }, this.button, this.popover);
    this.popover.addEventListener('keydown', event => this.onKey(event));
  }

  dispose(): void {
    this.close(false);
  }

  private toggle(): void {
    if (this.popover.hidden) {
      this.open();
    } else {
      this.close(true);
    }
  }

  private open(): void {
    this.search.value = '';
    this.draw();
    setHidden(this.popover, false);
    this.button.setAttribute('aria-expanded', 'true');
    this.search.focus();
    document.addEventListener('pointerdown', this.onOutside, true);
  }

  private close(refocus: boolean): void {
    setHidden(this.popover, true);
    this.button.setAttribute('aria-expanded', 'false');
    document.removeEventListener('pointerdown', this.onOutside, true);
    if (refocus) {
      this.button.focus();
    }
  }

  /** `composedPath` also sees into a shadow root. */
  private readonly onOutside = (event: Event): void => {
    if (!event.composedPath().includes(this.node)) {
      this.close(false);
    }
  };

  private onKey(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.key === 'Escape') {
      event.preventDefault();
      this.close(true);
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      this.step(event.key === 'ArrowDown' ? 1 : -1);
    }
  }

  /** Arrow keys walk through the boxes, and back up into the search line. */
  private step(by: number): void {
    const stops = [this.search, ...this.list.querySelectorAll('input')];
    const root = this.popover.getRootNode() as Document | ShadowRoot;
    const at = stops.indexOf(root.activeElement as HTMLInputElement);
    stops[Math.min(Math.max(at + by, 0), stops.length - 1)].focus();
  }

  private draw(): void {
    const words = this.search.value.toLowerCase().split(/\s+/).filter(word => word !== '');
    const all = choosable(this.options.columns());
    const shown = new Set(this.options.shown());
    const groups = GROUPS.map(([group, title]) => {
      const found = all.filter(c => c.group === group && words.every(w => c.id.toLowerCase().includes(w) || c.label.toLowerCase().includes(w)));
      return this.group(title, found, shown);
    });
    const nodes = groups.filter(node => node !== null);
    this.list.replaceChildren(...(nodes.length > 0 ? nodes : [h('div', { class: 'jt-muted jt-chooser-none' }, 'No column of that name')]));
    this.sum(shown.size, all.length);
  }

  private group(title: string, found: TableColumn[], shown: ReadonlySet<string>): HTMLElement | null {
    if (found.length === 0) {
      return null;
    }
    // What is switched on comes first, or it could not be switched off in a long list.
    const ordered = [...found.filter(c => shown.has(c.id)), ...found.filter(c => !shown.has(c.id))];
    const rest = found.length - SHOWN_PER_GROUP;
    return h('div', { role: 'group', 'aria-label': title },
      h('div', { class: 'jt-chooser-title' }, title, h('span', { class: 'jt-section-count' }, found.length.toLocaleString('en-US'))),
      ...ordered.slice(0, SHOWN_PER_GROUP).map(column => this.box(column, shown.has(column.id))),
      rest > 0 ? h('div', { class: 'jt-muted jt-chooser-none' }, `and ${rest.toLocaleString('en-US')} more: search to find them`) : null);
  }

  private box(column: TableColumn, checked: boolean): HTMLElement {
    const input = h('input', { type: 'checkbox', onchange: () => this.flip(column.id, input) });
    input.checked = checked;
    return h('label', { class: 'jt-chooser-row', title: column.id }, input, h('span', {}, column.label));
  }

  /** The list is not drawn anew: a box must not jump away from under the pointer. */
  private flip(id: string, input: HTMLInputElement): void {
    const ids = this.options.shown().filter(other => other !== id);
    if (input.checked && ids.length >= MAX_COLUMNS) {
      input.checked = false;
      setText(this.summary, `At most ${MAX_COLUMNS} columns`);
      return;
    }
    this.options.choose(input.checked ? [...ids, id] : ids);
    this.sum(this.options.shown().length, choosable(this.options.columns()).length);
  }

  private reset(): void {
    this.options.reset();
    this.draw();
  }

  private sum(shown: number, all: number): void {
    setText(this.summary, `${shown} of ${all.toLocaleString('en-US')} shown`);
  }
}
