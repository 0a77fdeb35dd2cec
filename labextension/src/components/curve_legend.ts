// The runs of a panel of curves: which colour is whose, and a click hides one.
import { h, Item, KeyedList, setAttr, setHidden, setText } from '../dom.js';
import { statusWord } from '../format.js';
import type { CurveLine } from '../types.js';
import { __ } from '../words.js';
import { swatch } from './curve_tooltip.js';
import { setName } from './middle_cut.js';

export interface LegendOptions {
  onToggle(id: string): void;
  /** This one alone, or all again. */
  onOnly(id: string): void;
  onFocus(id: string | null): void;
}

export class CurveLegend {
  readonly node: HTMLElement;
  private readonly list: KeyedList<CurveLine>;
  private readonly more = h('span', { class: 'jt-muted' });
  private hidden: ReadonlySet<string> = new Set();

  constructor(private readonly options: LegendOptions) {
    const items = h('ul', { class: 'jt-legend-list', 'aria-label': __('Runs') });
    this.list = new KeyedList(items, line => line.id, line => this.item(line));
    this.node = h('div', { class: 'jt-legend' }, items, this.more);
  }

  /** @param total How many runs there are; more than are drawn where they were cut. */
  update(lines: readonly CurveLine[], hidden: ReadonlySet<string>, total: number): void {
    this.hidden = hidden;
    this.list.update(lines);
    const shown = lines.reduce((n, line) => n + line.run_ids.length, 0);
    setText(this.more, total > shown ? __('the newest %1 of %2 runs', shown, total.toLocaleString('en-US')) : '');
    setHidden(this.more, total <= shown);
  }

  private item(first: CurveLine): Item<CurveLine> {
    const label = h('span', { class: 'jt-legend-name' });
    const mark = h('span', { class: 'jt-legend-mark' });
    const count = h('span', { class: 'jt-muted jt-num' });
    const button = h('button', {
      type: 'button', class: 'jt-legend-run', onclick: (event: MouseEvent) => this.click(first.id, event),
      onpointerenter: () => this.options.onFocus(first.id), onpointerleave: () => this.options.onFocus(null),
      onfocus: () => button.matches(':focus-visible') && this.options.onFocus(first.id), onblur: () => this.options.onFocus(null),
    }, mark, label, count);
    let drawn = '';
    return {
      node: h('li', {}, button),
      update: line => {
        setName(label, line.label);
        setText(count, line.run_ids.length > 1 ? __('%1 runs', line.run_ids.length) : '');
        setAttr(button, 'aria-label', `${line.label} ${count.textContent}`.trim());
        setAttr(button, 'aria-pressed', this.hidden.has(line.id) ? 'false' : 'true');
        setAttr(button, 'data-status', line.status);
        button.title = __('%1 (%2). Click: hide or show. Alt-click: this one alone.', line.label, statusWord(line.status).toLowerCase());
        const key = `${line.color} ${line.dash}`;
        if (key !== drawn) {
          drawn = key;
          mark.replaceChildren(swatch(line));
        }
      },
    };
  }

  private click(id: string, event: MouseEvent): void {
    if (event.altKey) {
      this.options.onOnly(id);
    } else {
      this.options.onToggle(id);
    }
  }
}
