// The head of a comparison: one cell per run, in which it is selected, opened and made the baseline.
import { h, setAttr } from '../dom.js';
import { formatAbsolute, formatDuration, formatRelative, isLive } from '../format.js';
import type { RunLink } from '../run_link.js';
import type { ComparedRun, ComparisonView } from '../types.js';
import { __ } from '../words.js';
import { swatch } from './curve_tooltip.js';
import { statusDot } from './status.js';
import { LONG, nameNode } from './middle_cut.js';

export interface HeaderCallbacks {
  onBaseline(runId: string): void;
  onOpen?(run: ComparedRun): void;
}

export class ComparisonHeader {
  readonly node: HTMLTableSectionElement;
  private readonly row = h('tr');
  private buttons: HTMLButtonElement[] = [];
  private view: ComparisonView | null = null;
  /** The one button that Tab reaches; arrow keys reach the others. */
  private current = 0;

  constructor(private readonly link: RunLink, private readonly callbacks: HeaderCallbacks) {
    this.node = h('thead', { onkeydown: (event: KeyboardEvent) => this.onKey(event) }, this.row);
  }

  update(view: ComparisonView): void {
    const focused = this.buttons.findIndex(button => button === (button.getRootNode() as Document | ShadowRoot).activeElement);
    this.view = view;
    this.current = Math.min(this.current, view.runs.length - 1);
    this.buttons = view.runs.map((run, i) => this.button(run, i));
    this.row.replaceChildren(h('th', { scope: 'col', class: 'jt-cmp-corner' }, h('span', { class: 'jt-sr' }, __('Key'))), ...view.runs.map((run, i) => this.cell(run, i)));
    this.buttons[focused]?.focus();
  }

  mark(): void {
    this.view?.runs.forEach((run, i) => {
      const cell = this.buttons[i]?.closest('th');
      if (cell) {
        setAttr(cell, 'data-on', run.run_id === this.link.hovered);
        setAttr(this.buttons[i], 'aria-pressed', this.link.selected.includes(run.run_id) ? 'true' : 'false');
      }
    });
  }

  private button(run: ComparedRun, index: number): HTMLButtonElement {
    const keys = this.callbacks.onOpen === undefined ? __('Space: select. B: baseline.') : __('Space: select. B: baseline. Enter: open.');
    return h('button', {
      type: 'button', class: 'jt-cmp-run', 'aria-pressed': 'false', 'aria-keyshortcuts': 'B', tabindex: index === this.current ? 0 : -1,
      'aria-label': run.name, title: `${run.name}\n${run.run_id}\n${keys}`, onclick: () => this.link.toggle(run.run_id),
      onfocus: () => this.setCurrent(index), onblur: () => this.link.hover(null),
    }, swatch(run), nameNode('jt-cmp-name', run.name, LONG));
  }

  private cell(run: ComparedRun, index: number): HTMLElement {
    const isBaseline = index === this.view!.baseline;
    const baseline = isBaseline
      ? h('span', { class: 'jt-badge' }, __('baseline'))
      : h('button', { type: 'button', class: 'jt-link jt-cmp-set', tabindex: -1, title: __('Measure the others against %1', run.name), onclick: () => this.callbacks.onBaseline(run.run_id) }, __('baseline'));
    const open = this.callbacks.onOpen === undefined ? null
      : h('button', { type: 'button', class: 'jt-link jt-cmp-set', tabindex: -1, title: __('Open %1', run.name), onclick: () => this.callbacks.onOpen?.(run) }, __('open'));
    return h('th', { scope: 'col', 'data-baseline': isBaseline },
      h('div', { class: 'jt-cmp-head' }, this.buttons[index]),
      h('div', { class: 'jt-cmp-about' }, statusDot(run.status), when(run), baseline, open,
        run.deleted ? h('span', { class: 'jt-badge' }, __('deleted')) : null));
  }

  private setCurrent(index: number): void {
    this.current = index;
    this.buttons.forEach((button, i) => setAttr(button, 'tabindex', i === index ? 0 : -1));
    this.link.hover(this.view?.runs[index]?.run_id ?? null);
  }

  private onKey(event: KeyboardEvent): void {
    const at = this.buttons.indexOf(event.target as HTMLButtonElement);
    const run = this.view?.runs[at];
    if (run === undefined || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const last = this.buttons.length - 1;
    const next = { ArrowRight: Math.min(at + 1, last), ArrowLeft: Math.max(at - 1, 0), Home: 0, End: last }[event.key];
    if (next !== undefined) {
      this.buttons[next].focus();
    } else if (event.key === 'b' || event.key === 'B') {
      this.callbacks.onBaseline(run.run_id);
    } else if (event.key === 'Enter' && this.callbacks.onOpen !== undefined) {
      this.callbacks.onOpen(run);
    } else if (event.key === 'Escape') {
      this.link.select([]);
    } else if (event.key !== ' ') {
      return;
    } else {
      event.stopPropagation();
      return;
    }
    event.preventDefault();
    // A notebook has keys of its own.
    event.stopPropagation();
  }
}

/** How long it took, and when: what tells two runs of one name apart. */
function when(run: ComparedRun): HTMLElement {
  if (run.start_time_ms === null) {
    return h('span');
  }
  const end = run.end_time_ms ?? (isLive(run.status) ? Date.now() : null);
  const took = end === null ? '' : formatDuration(end - run.start_time_ms);
  return h('span', { class: 'jt-muted jt-num jt-cmp-when', title: took === '' ? __('Started %1', formatAbsolute(run.start_time_ms)) : __('Started %1, took %2', formatAbsolute(run.start_time_ms), took) }, formatRelative(run.start_time_ms));
}
