// How curves are drawn: the axis, smoothing, logarithms, which metrics, groups, and what to take away as a file.
import { h, setAttr, setHidden, setText } from '../dom.js';
import type { CurveOptions, CurveX, MetricCurvesView } from '../types.js';
import { __ } from '../words.js';
import { icon } from './icons.js';
import { nameNode } from './middle_cut.js';
import { Popover } from './popover.js';

export type FileKind = 'png' | 'svg' | 'csv';

export interface ToolbarOptions {
  onChange(change: Partial<CurveOptions>): void;
  onReset(): void;
  onExport(kind: FileKind): void;
}

const axes = (): [CurveX, string, string][] => [
  ['step', __('Step'), __('Over steps')],
  ['relative', __('Elapsed'), __('Over the time since the start of each run')],
  ['time', __('Time'), __('Over the time of day')],
];
const files = (): [FileKind, string][] => [['png', __('PNG image')], ['svg', __('SVG image')], ['csv', __('CSV, all points')]];
/** A list of thousands is searched, not read. */
const SHOWN_KEYS = 100;
const MAX_METRICS = 60;

export class CurveToolbar {
  readonly node: HTMLElement;
  private readonly axes: HTMLButtonElement[];
  private readonly slider = h('input', { type: 'range', min: '0', max: '0.99', step: '0.01', 'aria-label': __('Smoothing'), oninput: () => this.smooth() });
  private readonly weight = h('output', { class: 'jt-num' });
  private readonly logX = this.toggle(__('log x'), __('Logarithmic axis from left to right'), () => ({ log_x: !this.shown?.log_x }));
  private readonly logY = this.toggle(__('log y'), __('Logarithmic axis from bottom to top'), () => ({ log_y: !this.shown?.log_y }));
  private readonly groups = h('select', { class: 'jt-select', 'aria-label': __('Group by'), onchange: () => this.group() });
  private readonly reset = h('button', { type: 'button', class: 'jt-button', onclick: () => this.options.onReset() }, __('Reset zoom'));
  private readonly metrics: Popover;
  private readonly files: Popover;
  private readonly search = h('input', { type: 'search', class: 'jt-input jt-chooser-search', placeholder: __('Search metrics'), 'aria-label': __('Search metrics'), oninput: () => this.drawKeys() });
  private readonly list = h('div', { class: 'jt-chooser-list', role: 'group', 'aria-label': __('Metrics') });
  private shown: CurveOptions | null = null;
  private view: MetricCurvesView | null = null;

  constructor(private readonly options: ToolbarOptions) {
    this.axes = axes().map(([x, label, title]) => h('button', {
      type: 'button', role: 'radio', title, 'data-x': x, onclick: () => options.onChange({ x }), onkeydown: (event: KeyboardEvent) => this.onAxisKey(event),
    }, label));
    this.metrics = new Popover(__('Choose metrics'), [icon('columns'), h('span', {}, __('Metrics'))], () => this.openMetrics());
    this.metrics.box.classList.add('jt-chooser');
    this.metrics.box.append(this.search, this.list, h('div', { class: 'jt-chooser-foot' },
      h('span'), h('button', { type: 'button', class: 'jt-link', onclick: () => this.resetMetrics() }, __('Reset'))));
    this.files = new Popover(__('Save as'), [icon('down'), h('span', { class: 'jt-sr' }, __('Save as'))], () => this.files.box.querySelector('button'));
    this.files.box.classList.add('jt-menu');
    this.files.box.append(...files().map(([kind, label]) => h('button', { type: 'button', class: 'jt-menu-row', onclick: () => this.save(kind) }, label)));
    this.node = h('div', { class: 'jt-curve-bar', role: 'toolbar', 'aria-label': __('How curves are drawn') },
      h('div', { class: 'jt-segments', role: 'radiogroup', 'aria-label': __('Axis') }, ...this.axes),
      h('label', { class: 'jt-smooth', title: __('Exponential moving average; the raw line stays behind it') }, h('span', { class: 'jt-muted' }, __('Smooth')), this.slider, this.weight),
      this.logX, this.logY, this.groups, h('div', { class: 'jt-curve-tools' }, this.reset, this.metrics.node, this.files.node));
  }

  update(options: CurveOptions, view: MetricCurvesView | null, zoomed: boolean): void {
    this.shown = options;
    this.view = view;
    for (const button of this.axes) {
      const checked = button.dataset.x === options.x;
      setAttr(button, 'aria-checked', checked ? 'true' : 'false');
      setAttr(button, 'tabindex', checked ? '0' : '-1');
    }
    // Not while it is dragged: an answer on its way is older than the hand.
    if ((this.node.getRootNode() as Document | ShadowRoot).activeElement !== this.slider || Number(this.slider.value) !== options.smoothing) {
      this.slider.value = String(options.smoothing);
    }
    setText(this.weight, options.smoothing === 0 ? __('off') : options.smoothing.toFixed(2));
    setAttr(this.logX, 'aria-pressed', options.log_x ? 'true' : 'false');
    setAttr(this.logX, 'disabled', options.x === 'time');
    setAttr(this.logY, 'aria-pressed', options.log_y ? 'true' : 'false');
    this.reset.style.visibility = zoomed ? '' : 'hidden';
    this.drawGroups(options, view);
  }

  dispose(): void {
    this.metrics.close(false);
    this.files.close(false);
  }

  private toggle(label: string, title: string, change: () => Partial<CurveOptions>): HTMLButtonElement {
    return h('button', { type: 'button', class: 'jt-button jt-toggle', title, 'aria-pressed': 'false', onclick: () => this.options.onChange(change()) }, label);
  }

  private smooth(): void {
    const smoothing = Number(this.slider.value);
    setText(this.weight, smoothing === 0 ? __('off') : smoothing.toFixed(2));
    this.options.onChange({ smoothing });
  }

  private onAxisKey(event: KeyboardEvent): void {
    const by = event.key === 'ArrowRight' || event.key === 'ArrowDown' ? 1 : event.key === 'ArrowLeft' || event.key === 'ArrowUp' ? -1 : 0;
    if (by !== 0) {
      event.preventDefault();
      event.stopPropagation();
      const at = this.axes.findIndex(button => button.getAttribute('aria-checked') === 'true');
      const next = this.axes[(at + by + this.axes.length) % this.axes.length];
      next.click();
      next.focus();
    }
  }

  private drawGroups(options: CurveOptions, view: MetricCurvesView | null): void {
    const keys = [...new Set([...(options.group_by === null ? [] : [options.group_by]), ...(view?.group_keys ?? [])])];
    setHidden(this.groups, keys.length === 0);
    if (keys.join('\n') !== [...this.groups.options].slice(1).map(option => option.value).join('\n')) {
      this.groups.replaceChildren(h('option', { value: '' }, __('Each run')), ...keys.map(key => h('option', { value: key }, __('Mean by %1', key.slice(key.indexOf('.') + 1)))));
    }
    this.groups.value = options.group_by ?? '';
  }

  private group(): void {
    this.options.onChange({ group_by: this.groups.value === '' ? null : this.groups.value });
  }

  private openMetrics(): HTMLElement {
    this.search.value = '';
    this.drawKeys();
    return this.search;
  }

  private drawKeys(): void {
    const words = this.search.value.toLowerCase().split(/\s+/).filter(word => word !== '');
    const shown = new Set(this.chosen());
    const found = (this.view?.keys ?? []).filter(key => words.every(word => key.toLowerCase().includes(word)));
    // What is switched on comes first, or it could not be switched off in a long list.
    const ordered = [...found.filter(key => shown.has(key)), ...found.filter(key => !shown.has(key))];
    this.list.replaceChildren(
      ...ordered.slice(0, SHOWN_KEYS).map(key => this.box(key, shown.has(key))),
      ...(found.length > SHOWN_KEYS ? [h('div', { class: 'jt-muted jt-chooser-none' }, __('and %1 more: search to find them', found.length - SHOWN_KEYS))] : []),
      ...(found.length === 0 ? [h('div', { class: 'jt-muted jt-chooser-none' }, __('No metric of that name'))] : []));
  }

  private box(key: string, checked: boolean): HTMLElement {
    const input = h('input', { type: 'checkbox', onchange: () => this.flip(key, input) });
    input.checked = checked;
    return h('label', { class: 'jt-chooser-row', title: key }, input, nameNode('jt-chooser-name', key));
  }

  private flip(key: string, input: HTMLInputElement): void {
    const chosen = this.chosen().filter(other => other !== key);
    if (input.checked && chosen.length >= MAX_METRICS) {
      input.checked = false;
      return;
    }
    this.options.onChange({ metrics: input.checked ? [...chosen, key] : chosen });
  }

  private resetMetrics(): void {
    this.options.onChange({ metrics: null });
    this.metrics.close(true);
  }

  private chosen(): string[] {
    return this.shown?.metrics ?? this.view?.panels.map(panel => panel.key) ?? [];
  }

  private save(kind: FileKind): void {
    this.files.close(true);
    this.options.onExport(kind);
  }
}
