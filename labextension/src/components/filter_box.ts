// The filter line of a run table: how it may go on, and what is wrong with it.
import { completed, toPoints } from '../filter_words.js';
import { h, setAttr, setHidden, setText } from '../dom.js';
import type { Completion, FilterCompletionView, FilterError } from '../types.js';
import { __ } from '../words.js';
import { icon } from './icons.js';

export interface FilterBoxOptions {
  apply(filter: string): void;
  /** How the text may go on at a position, in code points. */
  complete(text: string, position: number): Promise<FilterCompletionView>;
}

const TYPING_MS = 90;
const SHOWN = 8;
let boxes = 0;

export class FilterBox {
  readonly node: HTMLElement;
  /** Stands under the tool bar: an error needs the width. */
  readonly errorNode: HTMLElement;
  /** Stands there, too: a filter that can be read has a word that no run can have. */
  readonly hintNode = h('div', { class: 'jt-filter-hint', role: 'status', hidden: true });
  private held = '';
  private readonly id = `jt-filter-${++boxes}`;
  private readonly input: HTMLInputElement;
  private readonly clearButton: HTMLButtonElement;
  private readonly list: HTMLElement;
  private readonly errorText = h('span', { class: 'jt-filter-message' });
  private readonly errorSource = h('pre', { class: 'jt-filter-source' });
  private view: FilterCompletionView | null = null;
  private active = -1;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: FilterBoxOptions) {
    this.list = h('div', { class: 'jt-popover jt-completions', id: `${this.id}-list`, role: 'listbox', 'aria-label': __('How the filter may go on'), hidden: true });
    this.input = h('input', {
      type: 'text', class: 'jt-input', role: 'combobox', 'aria-label': __('Filter runs'), 'aria-describedby': this.id, spellcheck: 'false', autocomplete: 'off',
      'aria-expanded': 'false', 'aria-controls': this.list.id, 'aria-autocomplete': 'list',
      placeholder: __('Filter, e.g. metrics.f1 > 0.9 and params.model = "rf"'),
      title: __('Enter applies; arrow down offers fields'),
    });
    this.clearButton = h('button', { type: 'button', class: 'jt-button-bare', 'aria-label': __('Clear filter'), title: __('Clear filter'), onclick: () => this.clear() }, icon('close'));
    this.input.addEventListener('keydown', event => this.onKey(event));
    this.input.addEventListener('input', () => this.onInput());
    this.input.addEventListener('blur', () => this.close());
    // The box keeps the focus while the list is clicked.
    this.list.addEventListener('pointerdown', event => event.preventDefault());
    this.node = h('div', { class: 'jt-filter' }, icon('filter'), this.input, this.clearButton, this.list);
    this.errorNode = h('div', { class: 'jt-filter-error', id: this.id, role: 'alert', hidden: true }, this.errorSource, this.errorText);
    setHidden(this.clearButton, true);
  }

  dispose(): void {
    clearTimeout(this.timer);
  }

  /** Shows a filter that holds from now on. One that held before does not undo what the user is typing. */
  setFilter(filter: string): void {
    if (filter !== this.held) {
      this.held = filter;
      this.input.value = filter;
    }
    setHidden(this.clearButton, this.input.value === '');
  }

  setError(error: FilterError | null, filter: string): void {
    setHidden(this.errorNode, error === null);
    setAttr(this.input, 'aria-invalid', error === null ? null : 'true');
    // Python's message goes on with the filter and a caret, for consoles; here they stand above it.
    setText(this.errorText, error?.message.split('\n', 1)[0] ?? '');
    const caret = error === null || error.position === null ? '' : caretLine(filter, error.position);
    setText(this.errorSource, caret);
    setHidden(this.errorSource, caret === '');
  }

  setHint(hint: string): void {
    setText(this.hintNode, hint);
    setHidden(this.hintNode, hint === '');
  }

  clear(): void {
    this.input.value = '';
    setHidden(this.clearButton, true);
    this.close();
    this.options.apply('');
  }

  private onInput(): void {
    setHidden(this.clearButton, this.input.value === '');
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.offer(), TYPING_MS);
  }

  private async offer(): Promise<void> {
    const { value, selectionStart } = this.input;
    const view = await this.options.complete(value, toPoints(value, selectionStart ?? value.length)).catch(() => null);
    const focused = (this.node.getRootNode() as Document | ShadowRoot).activeElement === this.input;
    if (view === null || !focused || this.input.value !== value || view.items.length === 0) {
      this.close();
      return;
    }
    this.view = view;
    this.active = -1;
    this.list.replaceChildren(...view.items.slice(0, SHOWN).map((item, i) => this.row(item, i)),
      ...(view.items.length > SHOWN ? [h('div', { class: 'jt-muted jt-chooser-none', role: 'presentation' }, __('Type on to find more'))] : []));
    setHidden(this.list, false);
    setAttr(this.input, 'aria-expanded', 'true');
    this.mark();
  }

  private row(item: Completion, i: number): HTMLElement {
    return h('div', { class: 'jt-completion', role: 'option', id: `${this.list.id}-${i}`, onclick: () => this.take(i) },
      h('code', {}, item.text.trim()), h('span', { class: 'jt-muted' }, item.about));
  }

  private take(i: number): void {
    const { view } = this;
    if (view !== null) {
      const { text, cursor } = completed(this.input.value, view.start, view.end, view.items[i].text);
      this.input.value = text;
      this.input.setSelectionRange(cursor, cursor);
      this.close();
      this.onInput();
    }
  }

  private close(): void {
    clearTimeout(this.timer);
    this.view = null;
    setHidden(this.list, true);
    setAttr(this.input, 'aria-expanded', 'false');
    setAttr(this.input, 'aria-activedescendant', null);
  }

  private mark(): void {
    const rows = [...this.list.querySelectorAll('[role=option]')];
    rows.forEach((row, i) => setAttr(row, 'aria-selected', String(i === this.active)));
    setAttr(this.input, 'aria-activedescendant', rows[this.active]?.id ?? null);
  }

  private onKey(event: KeyboardEvent): void {
    // Keys typed here are text; a notebook would take them for commands.
    event.stopPropagation();
    const open = !this.list.hidden && this.view !== null;
    const count = this.list.querySelectorAll('[role=option]').length;
    if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && open) {
      event.preventDefault();
      this.active = (this.active + (event.key === 'ArrowDown' ? 1 : count + (this.active < 0 ? 0 : -1))) % count;
      this.mark();
    } else if (event.key === 'ArrowDown') {
      event.preventDefault();
      void this.offer();
    } else if (open && ((event.key === 'Enter' && this.active >= 0) || event.key === 'Tab')) {
      event.preventDefault();
      this.take(Math.max(0, this.active));
    } else if (event.key === 'Enter') {
      this.close();
      this.options.apply(this.input.value.trim());
    } else if (event.key === 'Escape' && open) {
      event.preventDefault();
      this.close();
    } else if (event.key === 'Escape' && this.input.value !== '') {
      this.clear();
    }
  }
}

/** The filter with a caret under a position. Python counts code points, JavaScript UTF-16 units. */
export function caretLine(filter: string, position: number): string {
  const points = Array.from(filter.replace(/[\n\r\t]/g, ' '));
  const at = Math.min(Math.max(position, 0), points.length);
  return `${points.join('')}\n${' '.repeat(at)}^`;
}
