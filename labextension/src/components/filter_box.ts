// The filter line of a run table, and what is wrong with the filter.
import { h, setAttr, setHidden, setText } from '../dom.js';
import type { FilterError } from '../types.js';
import { icon } from './icons.js';

let boxes = 0;

export class FilterBox {
  readonly node: HTMLElement;
  /** Stands under the tool bar: an error needs the width. */
  readonly errorNode: HTMLElement;
  private held = '';
  private readonly input: HTMLInputElement;
  private readonly clearButton: HTMLButtonElement;
  private readonly errorText = h('span', { class: 'jt-filter-message' });
  private readonly errorSource = h('pre', { class: 'jt-filter-source' });

  constructor(private readonly apply: (filter: string) => void) {
    const id = `jt-filter-${++boxes}`;
    this.input = h('input', {
      type: 'text', class: 'jt-input', 'aria-label': 'Filter runs', 'aria-describedby': id, spellcheck: 'false', autocomplete: 'off',
      placeholder: 'Filter, e.g. metrics.f1 > 0.9 and params.model = "rf"',
      title: 'Enter applies',
    });
    this.clearButton = h('button', { type: 'button', class: 'jt-button-bare', 'aria-label': 'Clear filter', title: 'Clear filter', onclick: () => this.clear() }, icon('close'));
    this.input.addEventListener('keydown', event => this.onKey(event));
    this.input.addEventListener('input', () => setHidden(this.clearButton, this.input.value === ''));
    this.node = h('div', { class: 'jt-filter' }, icon('filter'), this.input, this.clearButton);
    this.errorNode = h('div', { class: 'jt-filter-error', id, role: 'alert', hidden: true }, this.errorSource, this.errorText);
    setHidden(this.clearButton, true);
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

  clear(): void {
    this.input.value = '';
    setHidden(this.clearButton, true);
    this.apply('');
  }

  private onKey(event: KeyboardEvent): void {
    // Keys typed here are text; a notebook would take them for commands.
    event.stopPropagation();
    if (event.key === 'Enter') {
      this.apply(this.input.value.trim());
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
